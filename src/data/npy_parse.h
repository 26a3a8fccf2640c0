/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a .npy file, versions 1 to 3: magic, version, length, and a Python dictionary of type, order and shape.
 */
#ifndef YK_DATA_NPY_PARSE_H
#define YK_DATA_NPY_PARSE_H

#include "tensor/tensor.h"

#define YK_NPY_FIRST 12                    /* bytes that tell how long the head is */
#define YK_NPY_HEAD_MAX ((int64_t)1 << 20) /* bytes of a head, at most */

typedef struct yk_npy {
    yk_dtype dtype; /**< bool counts as int8: 0 and 1 */
    bool big;       /**< big-endian elements */
    bool fortran;   /**< the first dimension runs fastest */
    yk_shape shape;
    int64_t bytes; /**< of the elements */
} yk_npy;

/** Length of the head, from the file's first YK_NPY_FIRST bytes (got of them are there). YK_ERR_DATA: not npy. */
YK_MUST_CHECK yk_status yk_npy_head(const char *name, const void *first, int64_t got, int64_t *bytes);

/** Reads a whole head of `bytes` bytes. YK_ERR_DATA: types and shapes that yoke has none for, damage. */
YK_MUST_CHECK yk_status yk_npy_parse(yk_npy *out, const char *name, const void *head, int64_t bytes);

#endif
