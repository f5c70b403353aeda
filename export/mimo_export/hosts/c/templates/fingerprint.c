<% set p = model.spelling.snake %>
/*
 * 1. FarmHash's Hash64, in its "na" form (farmhashna, github.com/google/farmhash);
 * 2. SipHash-2-4 (Aumasson and Bernstein, 2012);
 * 3. TensorFlow's FingerprintCat64 (tensorflow/core/platform/fingerprint.h).
 */
#include "fingerprint.h"

static const uint64_t k0 = UINT64_C(0xc3a5c85c97cb3127);
static const uint64_t k1 = UINT64_C(0xb492b66fbe98f273);
static const uint64_t k2 = UINT64_C(0x9ae16a3b2f90404f);

typedef struct pair {
  uint64_t first, second;
} pair;

/* Read some bytes as a little-endian integer. */
static uint64_t read(const char *data, size_t size)
{
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | (unsigned char)data[i];
  }
  return value;
}

static uint64_t word(const char *data)
{
  return read(data, 8);
}

/* Rotate to the right, by 1 to 63 bits. */
static uint64_t right(uint64_t value, int bits)
{
  return value >> bits | value << (64 - bits);
}

static uint64_t shift_mix(uint64_t value)
{
  return value ^ value >> 47;
}

static uint64_t mixed(uint64_t u, uint64_t v, uint64_t factor)
{
  uint64_t a = shift_mix((u ^ v) * factor);
  return shift_mix((v ^ a) * factor) * factor;
}

/* === FarmHash === */

static uint64_t up_to_16(const char *data, size_t size)
{
  const char *end = data + size;
  uint64_t factor = k2 + size * 2;
  if (size >= 8) {
    uint64_t a = word(data) + k2, b = word(end - 8);
    uint64_t c = right(b, 37) * factor + a, d = (right(a, 25) + b) * factor;
    return mixed(c, d, factor);
  }
  if (size >= 4) {
    return mixed(size + (read(data, 4) << 3), read(end - 4, 4), factor);
  }
  uint64_t y = read(data, 1) + (read(data + size / 2, 1) << 8);
  uint64_t z = size + (read(end - 1, 1) << 2);
  return shift_mix(y * k2 ^ z * k0) * k2;
}

static uint64_t from_17_to_32(const char *data, size_t size)
{
  const char *end = data + size;
  uint64_t factor = k2 + size * 2;
  uint64_t a = word(data) * k1, b = word(data + 8);
  uint64_t c = word(end - 8) * factor, d = word(end - 16) * k2;
  uint64_t u = right(a + b, 43) + right(c, 30) + d;
  return mixed(u, a + right(b + k2, 18) + c, factor);
}

static uint64_t from_33_to_64(const char *data, size_t size)
{
  const char *end = data + size;
  uint64_t factor = k2 + size * 2;
  uint64_t a = word(data) * k2, b = word(data + 8);
  uint64_t c = word(end - 8) * factor, d = word(end - 16) * k2;
  uint64_t y = right(a + b, 43) + right(c, 30) + d;
  uint64_t z = mixed(y, a + right(b + k2, 18) + c, factor);
  uint64_t e = word(data + 16) * factor, f = word(data + 24);
  uint64_t g = (y + word(end - 32)) * factor, h = (z + word(end - 24)) * factor;
  uint64_t u = right(e + f, 43) + right(g, 30) + h;
  return mixed(u, e + right(f + a, 18) + g, factor);
}

/* FarmHash's weak hash of 32 bytes, with two seeds. */
static pair weak(const char *data, uint64_t a, uint64_t b)
{
  a += word(data);
  b = right(b + a + word(data + 24), 21);
  uint64_t c = a;
  a += word(data + 8) + word(data + 16);
  b += right(a, 44);
  return (pair){ a + word(data + 24), b + c };
}

/* What goes on from one block of 64 bytes to the next. */
typedef struct farm_state {
  uint64_t x, y, z;
  pair v, w;
} farm_state;

/* Add a block; the last one is weighed otherwise. */
static void farm_add(farm_state *s, const char *data, uint64_t factor, uint64_t scale)
{
  uint64_t x = right(s->x + s->y + s->v.first + word(data + 8), 37) * factor ^ s->w.second * scale;
  uint64_t y = right(s->y + s->v.second + word(data + 48), 42) * factor + s->v.first * scale
      + word(data + 40);
  uint64_t z = right(s->z + s->w.first, 33) * factor;
  pair v = weak(data, s->v.second * factor, x + s->w.first);
  pair w = weak(data + 32, z + s->w.second, y + word(data + 16));
  *s = (farm_state){ z, y, x, v, w };
}

static uint64_t more_than_64(const char *data, size_t size)
{
  const uint64_t seed = 81, y = seed * k1 + 113;
  farm_state s = { seed * k2 + word(data), y, shift_mix(y * k2 + 113) * k2, { 0, 0 }, { 0, 0 } };
  for (size_t block = 0; block < (size - 1) / 64; block++) {
    farm_add(&s, data + 64 * block, k1, 1);
  }
  const uint64_t factor = k1 + ((s.z & 0xff) << 1);
  s.w.first += (size - 1) & 63;
  s.v.first += s.w.first;
  s.w.first += s.v.first;
  farm_add(&s, data + size - 64, factor, 9);
  uint64_t first = mixed(s.v.first, s.w.first, factor) + shift_mix(s.y) * k0 + s.z;
  return mixed(first, mixed(s.v.second, s.w.second, factor) + s.x, factor);
}

uint64_t <%= p %>_farm_hash(const char *data, size_t size)
{
  if (size == 0) {
    return k2;
  }
  if (size > 64) {
    return more_than_64(data, size);
  }
  return size > 32 ? from_33_to_64(data, size)
      : size > 16  ? from_17_to_32(data, size)
                   : up_to_16(data, size);
}

/* === SipHash === */

static void sip_round(uint64_t v[4])
{
  v[0] += v[1];
  v[2] += v[3];
  v[1] = right(v[1], 51) ^ v[0];
  v[3] = right(v[3], 48) ^ v[2];
  v[0] = right(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = right(v[1], 47) ^ v[2];
  v[3] = right(v[3], 43) ^ v[0];
  v[2] = right(v[2], 32);
}

static void sip_add(uint64_t v[4], uint64_t message)
{
  v[3] ^= message;
  sip_round(v);
  sip_round(v);
  v[0] ^= message;
}

uint64_t <%= p %>_sip_hash(const char *data, size_t size, const uint64_t key[2])
{
  uint64_t v[4] = {
    key[0] ^ UINT64_C(0x736f6d6570736575),
    key[1] ^ UINT64_C(0x646f72616e646f6d),
    key[0] ^ UINT64_C(0x6c7967656e657261),
    key[1] ^ UINT64_C(0x7465646279746573),
  };
  const size_t whole = size / 8;
  for (size_t i = 0; i < whole; i++) {
    sip_add(v, word(data + 8 * i));
  }
  uint64_t rest = size % 8 == 0 ? 0 : read(data + 8 * whole, size % 8);
  sip_add(v, rest | (uint64_t)size << 56);
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++) {
    sip_round(v);
  }
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* === Of two === */

uint64_t <%= p %>_combine(uint64_t first, uint64_t second)
{
  const uint64_t cat = UINT64_C(0xc6a4a7935bd1e995);
  uint64_t result = (first ^ cat ^ shift_mix(second * cat) * cat) * cat;
  return shift_mix(shift_mix(result) * cat);
}
