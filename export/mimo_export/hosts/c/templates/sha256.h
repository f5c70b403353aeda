<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* SHA-256 as FIPS 180-4 defines it. */
#ifndef <%= P %>_SHA256_H
#define <%= P %>_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct <%= p %>_sha256 {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64];
} <%= p %>_sha256;

void <%= p %>_sha256_start(<%= p %>_sha256 *hash);
void <%= p %>_sha256_add(<%= p %>_sha256 *hash, const uint8_t *bytes, size_t count);
/* Write the hash as 64 small hexadecimal digits and a NUL. */
void <%= p %>_sha256_finish(<%= p %>_sha256 *hash, char digits[65]);

#endif
