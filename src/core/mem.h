/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: an allocator that counts and can fail on demand, strings, and arenas whose size a plan fixes beforehand. */
#ifndef YK_CORE_MEM_H
#define YK_CORE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

/** Alignment in bytes of every block and arena piece: a cache line, and one AVX-512 register. */
#define YK_ALIGN 64

/** Bytes of a huge page. Blocks and arenas that have some ask the system for them. */
#define YK_HUGE_PAGE ((size_t)1 << 21)

/** Allocates `count` zeroed elements of `size` bytes, 64-byte aligned, and stores the pointer in *(void **)out.
 *  count 0 gives a block that may be freed but not read. YK_ERR_NOMEM (message with the bytes; *out is NULL) when the
 *  product overflows, the system has none, or yk_mem_fail_at() says so. Release with yk_free(). Any thread. */
YK_MUST_CHECK yk_status yk_alloc(void *out, int64_t count, size_t size);

/** Makes the block *(void **)out hold `count` elements; contents up to the smaller size are kept, the rest is zero.
 *  On error the old block is untouched. */
YK_MUST_CHECK yk_status yk_realloc(void *out, int64_t count, size_t size);

/** Releases a block of yk_alloc(); accepts NULL. */
void yk_free(void *block);

/** A printf-style string in a block of its own, stored in *out; release with yk_free(). */
YK_MUST_CHECK yk_status yk_format(char **out, const char *format, ...) YK_PRINTF(2, 3);

/** Copy of a string in a block of its own; release with yk_free(). */
YK_MUST_CHECK yk_status yk_strdup(char **out, const char *text);

/** Makes the n-th allocation from now fail once (n >= 1); 0 switches it off. For tests. */
void yk_mem_fail_at(int64_t n);

/** Number of allocations since the program started, and of blocks not yet freed. */
int64_t yk_mem_count(void);
int64_t yk_mem_live(void);

/** A planned piece of memory: pieces are taken one after the other and released all at once. They need not be
 *  neighbours: what must be contiguous is one piece. */
typedef struct yk_arena {
    char *base;
    int64_t size, used;
} yk_arena;

/** Bytes that a piece takes in an arena: rounded up to YK_ALIGN. */
int64_t yk_arena_round(int64_t bytes);

/** Reserves `bytes` zeroed bytes, whose pages are there at once: touching them later costs nothing. YK_ERR_NOMEM.
 * Release with yk_arena_destroy(). With YK_DEBUG_ARENA (debug builds) each piece is a block of its own, so that ASan
 * sees overruns. */
YK_MUST_CHECK yk_status yk_arena_create(yk_arena *arena, int64_t bytes);

/** The next `bytes` bytes, 64-byte aligned. The plan has reserved them: running out is a mistake of ours (assert). */
void *yk_arena_take(yk_arena *arena, int64_t bytes);

/** Releases all pieces; accepts an arena that is all zero. */
void yk_arena_destroy(yk_arena *arena);

#endif
