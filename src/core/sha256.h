/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), for digests of tensors and for telling a damaged file. */
#ifndef YK_CORE_SHA256_H
#define YK_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define YK_SHA256_HEX 65 /**< 64 hex digits and the end */

typedef struct yk_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
} yk_sha256;

void yk_sha256_begin(yk_sha256 *sha);
void yk_sha256_add(yk_sha256 *sha, const void *data, size_t bytes);
/** Ends the sum and writes it in lower-case hex. */
void yk_sha256_end(yk_sha256 *sha, char hex[YK_SHA256_HEX]);

#endif
