<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The hashes with which TensorFlow puts strings into buckets. */
#ifndef <%= P %>_FINGERPRINT_H
#define <%= P %>_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* FarmHash64 of some bytes, which may be NULL where there are none. */
uint64_t <%= p %>_farm_hash(const char *data, size_t size);

/* SipHash-2-4 of some bytes, under a key of two integers. */
uint64_t <%= p %>_sip_hash(const char *data, size_t size, const uint64_t key[2]);

/* TensorFlow's fingerprint of two fingerprints. */
uint64_t <%= p %>_combine(uint64_t first, uint64_t second);

#endif
