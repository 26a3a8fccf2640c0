/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas. A release arena is one anonymous mapping, on huge pages where it is large. The system hands out pages,
 * zeroed, when they are first touched; that takes longer than what is then computed in them, so threads share it out
 * among them at the start (a page also lies near the thread that touched it first). A debug arena is a list of blocks,
 * one a piece. */
#include "core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/error.h"
#include "core/mem_count.h"
#include "core/num.h"
#include "core/parallel.h"

int64_t yk_arena_round(int64_t bytes)
{
    return (bytes + YK_ALIGN - 1) / YK_ALIGN * YK_ALIGN;
}

static yk_status too_big(int64_t bytes)
{
    YK_FAIL(YK_ERR_NOMEM,
            "no memory for an arena of %" PRId64 " bytes; a smaller batch or fewer ranks per node need less", bytes);
}

#ifdef YK_DEBUG_ARENA

typedef struct piece {
    struct piece *next;
    char fill[YK_ALIGN - sizeof(struct piece *)];
} piece;

yk_status yk_arena_create(yk_arena *arena, int64_t bytes)
{
    *arena = (yk_arena){ 0 };
    if (bytes < 0 || !yk_mem_allowed())
        return too_big(bytes);
    arena->size = yk_arena_round(bytes);
    return YK_OK;
}

void *yk_arena_take(yk_arena *arena, int64_t bytes)
{
    int64_t next = arena->used + yk_arena_round(bytes);
    assert(bytes >= 0 && next <= arena->size);
    void *block = NULL;
    int bad = posix_memalign(&block, YK_ALIGN, sizeof(piece) + (size_t)bytes);
    assert(!bad);
    (void)bad;
    memset(block, 0, sizeof(piece) + (size_t)bytes);
    ((piece *)block)->next = (piece *)(void *)arena->base;
    arena->base = block;
    arena->used = next;
    yk_mem_born();
    return (char *)block + sizeof(piece);
}

void yk_arena_destroy(yk_arena *arena)
{
    for (piece *p = (piece *)(void *)arena->base, *next; p; p = next) {
        next = p->next;
        free(p);
        yk_mem_died();
    }
    *arena = (yk_arena){ 0 };
}

#else

/* Maps `bytes` bytes that begin at a multiple of YK_HUGE_PAGE: maps too much and gives back both ends. */
static void *map_huge(size_t bytes)
{
    char *base = mmap(NULL, bytes + YK_HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return MAP_FAILED;
    size_t head = (YK_HUGE_PAGE - (uintptr_t)base % YK_HUGE_PAGE) % YK_HUGE_PAGE;
    if (head)
        munmap(base, head);
    if (head < YK_HUGE_PAGE)
        munmap(base + head + bytes, YK_HUGE_PAGE - head);
    madvise(base + head, bytes, MADV_HUGEPAGE); /* a wish: a system without huge pages says no */
    return base + head;
}

/* What touch_job() goes through: SMALL_PAGE bytes are the least that a page can have. */
typedef struct mapping {
    volatile char *base;
    size_t bytes;
} mapping;

enum { SMALL_PAGE = 4096 };

static void touch_job(const void *context, int64_t job)
{
    const mapping *m = context;
    const size_t first = (size_t)job * YK_HUGE_PAGE;
    for (size_t at = first; at < m->bytes && at < first + YK_HUGE_PAGE; at += SMALL_PAGE)
        m->base[at] = 0;
}

static void touch(void *base, size_t bytes)
{
    const int64_t jobs = yk_div_up((int64_t)bytes, YK_HUGE_PAGE);
    yk_parallel(jobs, (int64_t)bytes, touch_job, &(mapping){ base, bytes });
}

/* Bytes of the mapping behind an arena: whole huge pages where it is large. */
static size_t mapped(int64_t size)
{
    size_t bytes = (size_t)size;
    return bytes < YK_HUGE_PAGE ? bytes : (bytes + YK_HUGE_PAGE - 1) / YK_HUGE_PAGE * YK_HUGE_PAGE;
}

yk_status yk_arena_create(yk_arena *arena, int64_t bytes)
{
    *arena = (yk_arena){ 0 };
    if (bytes < 0 || bytes > INT64_MAX / 2 || !yk_mem_allowed())
        return too_big(bytes);
    if (bytes == 0)
        return YK_OK;
    int64_t size = yk_arena_round(bytes);
    void *base = mapped(size) >= YK_HUGE_PAGE
                     ? map_huge(mapped(size))
                     : mmap(NULL, mapped(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return too_big(bytes);
    touch(base, (size_t)size);
    arena->base = base;
    arena->size = size;
    yk_mem_born();
    return YK_OK;
}

void *yk_arena_take(yk_arena *arena, int64_t bytes)
{
    int64_t next = arena->used + yk_arena_round(bytes);
    assert(bytes >= 0 && next <= arena->size);
    void *at = arena->base + arena->used;
    arena->used = next;
    return at;
}

void yk_arena_destroy(yk_arena *arena)
{
    if (arena->base) {
        munmap(arena->base, mapped(arena->size));
        yk_mem_died();
    }
    *arena = (yk_arena){ 0 };
}

#endif
