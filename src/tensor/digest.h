/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of tensors. A tensor's digest is the SHA-256 of its elements' little-endian bytes, row-major. The digest of
 * a set is the SHA-256 over its lines "name dtype (shape) digest\n", sorted by name: it names values and nothing of how
 * they were stored or computed. */
#ifndef YK_TENSOR_DIGEST_H
#define YK_TENSOR_DIGEST_H

#include "core/sha256.h"
#include "tensor/tensor.h"

void yk_digest_tensor(const yk_tensor *tensor, char hex[YK_SHA256_HEX]);

typedef struct yk_digest_entry {
    const char *name;
    const yk_tensor *tensor;
    char hex[YK_SHA256_HEX]; /**< of the tensor */
} yk_digest_entry;

/** Digest over n entries whose hex is filled in; sorts them by name. */
void yk_digest_set(yk_digest_entry *entries, int64_t n, char hex[YK_SHA256_HEX]);

#endif
