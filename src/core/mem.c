/* SPDX-License-Identifier: Apache-2.0 */
/* The counted allocator. A block is [header, 64 bytes][the caller's bytes]: the header keeps the size for yk_realloc().
 * The block ends where the caller's bytes end, so that AddressSanitizer sees every overrun. */
#include "core/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/error.h"
#include "core/mem_count.h"
#include "core/num.h"

static atomic_int_least64_t allocated, alive, fail_in;

typedef struct header {
    int64_t bytes;
    char fill[YK_ALIGN - sizeof(int64_t)];
} header;

void yk_mem_fail_at(int64_t n)
{
    atomic_store(&fail_in, n);
}

int64_t yk_mem_count(void)
{
    return atomic_load(&allocated);
}

int64_t yk_mem_live(void)
{
    return atomic_load(&alive);
}

bool yk_mem_allowed(void)
{
    return atomic_load(&fail_in) <= 0 || atomic_fetch_sub(&fail_in, 1) != 1;
}

void yk_mem_born(void)
{
    atomic_fetch_add(&allocated, 1);
    atomic_fetch_add(&alive, 1);
}

void yk_mem_died(void)
{
    atomic_fetch_sub(&alive, 1);
}

static header *header_of(void *block)
{
    return (header *)(void *)((char *)block - sizeof(header));
}

/* A multiple of YK_ALIGN: what large blocks fill are huge pages, if the system has them. */
static void *reserve(size_t bytes)
{
    void *base = NULL;
    const bool large = bytes >= 4 * YK_HUGE_PAGE;
    if (posix_memalign(&base, large ? YK_HUGE_PAGE : YK_ALIGN, bytes) != 0)
        return NULL;
    if (large)
        madvise(base, bytes / YK_HUGE_PAGE * YK_HUGE_PAGE, MADV_HUGEPAGE);
    return base;
}

static yk_status block_new(void **out, int64_t count, size_t size)
{
    int64_t bytes;
    *out = NULL;
    YK_CHECK(count >= 0 && size <= INT64_MAX && yk_mul(&bytes, count, (int64_t)size) &&
                 bytes <= INT64_MAX - (int64_t)sizeof(header),
             YK_ERR_NOMEM, "no memory for %" PRId64 " elements of %zu bytes: more than can be addressed", count, size);
    void *base = yk_mem_allowed() ? reserve(sizeof(header) + (size_t)bytes) : NULL;
    YK_CHECK(base, YK_ERR_NOMEM, "no memory for %" PRId64 " bytes; a smaller batch or fewer ranks per node need less",
             bytes);
    ((header *)base)->bytes = bytes;
    *out = (char *)base + sizeof(header);
    yk_mem_born();
    return YK_OK;
}

yk_status yk_alloc(void *out, int64_t count, size_t size)
{
    void *block;
    yk_status status = block_new(&block, count, size);
    if (block)
        memset(block, 0, (size_t)header_of(block)->bytes);
    memcpy(out, &block, sizeof block); /* the caller's pointer may be of any type: no store through void ** */
    return status;
}

yk_status yk_realloc(void *out, int64_t count, size_t size)
{
    void *old, *block;
    memcpy(&old, out, sizeof old);
    YK_TRY(block_new(&block, count, size));
    int64_t bytes = header_of(block)->bytes;
    int64_t keep = old ? yk_min(bytes, header_of(old)->bytes) : 0;
    if (keep)
        memcpy(block, old, (size_t)keep);
    memset((char *)block + keep, 0, (size_t)(bytes - keep));
    yk_free(old);
    memcpy(out, &block, sizeof block);
    return YK_OK;
}

void yk_free(void *block)
{
    if (!block)
        return;
    yk_mem_died();
    free(header_of(block));
}

yk_status yk_format(char **out, const char *format, ...)
{
    *out = NULL;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    YK_CHECK(length >= 0, YK_ERR_INTERNAL, "the text of format \"%s\" cannot be written", format);
    YK_TRY(yk_alloc(out, (int64_t)length + 1, 1));
    va_start(args, format);
    vsnprintf(*out, (size_t)length + 1, format, args);
    va_end(args);
    return YK_OK;
}

yk_status yk_strdup(char **out, const char *text)
{
    size_t bytes = strlen(text) + 1;
    YK_TRY(yk_alloc(out, (int64_t)bytes, 1));
    memcpy(*out, text, bytes);
    return YK_OK;
}
