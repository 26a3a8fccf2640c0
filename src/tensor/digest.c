/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/digest.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a digest is taken over the little-endian bytes in memory");

void yk_digest_tensor(const yk_tensor *tensor, char hex[YK_SHA256_HEX])
{
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    yk_sha256_add(&sha, tensor->data, (size_t)yk_tensor_bytes(tensor));
    yk_sha256_end(&sha, hex);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const yk_digest_entry *)a)->name, ((const yk_digest_entry *)b)->name);
}

static void add_text(yk_sha256 *sha, const char *text)
{
    yk_sha256_add(sha, text, strlen(text));
}

void yk_digest_set(yk_digest_entry *entries, int64_t n, char hex[YK_SHA256_HEX])
{
    if (n > 1)
        qsort(entries, (size_t)n, sizeof *entries, by_name);
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    for (int64_t i = 0; i < n; i++) {
        char shape[YK_SHAPE_TEXT];
        add_text(&sha, entries[i].name);
        add_text(&sha, " ");
        add_text(&sha, yk_dtype_name(entries[i].tensor->dtype));
        add_text(&sha, " ");
        add_text(&sha, yk_shape_text(&entries[i].tensor->shape, 0, shape));
        add_text(&sha, " ");
        add_text(&sha, entries[i].hex);
        add_text(&sha, "\n");
    }
    yk_sha256_end(&sha, hex);
}
