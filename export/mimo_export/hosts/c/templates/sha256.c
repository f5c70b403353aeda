<% set p = model.spelling.snake %>
#include "sha256.h"

#include <stdio.h>
#include <string.h>

/* FIPS 180-4, 4.2.2: from the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* FIPS 180-4, 5.3.3: from the square roots of the first 8 primes. */
static const uint32_t initial[8] = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
  return word >> bits | word << (32 - bits);
}

/* FIPS 180-4, 6.2.2. */
static void mix(uint32_t state[8], const uint8_t block[64])
{
  uint32_t w[64];
  for (size_t t = 0; t < 16; t++) {
    w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16
        | (uint32_t)block[4 * t + 2] << 8 | (uint32_t)block[4 * t + 3];
  }
  for (size_t t = 16; t < 64; t++) {
    uint32_t before = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t after = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = w[t - 16] + before + w[t - 7] + after;
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (size_t t = 0; t < 64; t++) {
    uint32_t one = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t first = h + one + ((e & f) ^ (~e & g)) + constants[t] + w[t];
    uint32_t zero = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t second = zero + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void <%= p %>_sha256_start(<%= p %>_sha256 *hash)
{
  memcpy(hash->state, initial, sizeof initial);
  hash->length = 0;
}

void <%= p %>_sha256_add(<%= p %>_sha256 *hash, const uint8_t *bytes, size_t count)
{
  while (count > 0) {
    size_t used = hash->length % 64;
    size_t part = count < 64 - used ? count : 64 - used;
    memcpy(hash->block + used, bytes, part);
    hash->length += part;
    bytes += part;
    count -= part;
    if (used + part == 64) {
      mix(hash->state, hash->block);
    }
  }
}

void <%= p %>_sha256_finish(<%= p %>_sha256 *hash, char digits[65])
{
  uint64_t bits = hash->length * 8;
  const uint8_t one = 0x80, zero = 0;
  <%= p %>_sha256_add(hash, &one, 1);
  while (hash->length % 64 != 56) {
    <%= p %>_sha256_add(hash, &zero, 1);
  }
  uint8_t length[8];
  for (size_t i = 0; i < 8; i++) {
    length[i] = (uint8_t)(bits >> (56 - 8 * i));
  }
  <%= p %>_sha256_add(hash, length, 8);
  for (size_t i = 0; i < 8; i++) {
    snprintf(digits + 8 * i, 9, "%08lx", (unsigned long)hash->state[i]);
  }
}
