/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas. A release arena is one anonymous mapping: the system hands out its pages zeroed, and only when they are first
 * touched, so they lie near the thread that uses them. A debug arena is a list of blocks, one a piece. */
#include "core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/error.h"
#include "core/mem_count.h"

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

#define HUGE_PAGE ((size_t)1 << 21)

/* Maps `bytes` bytes that begin at a multiple of HUGE_PAGE: maps too much and gives back both ends. */
static void *map_huge(size_t bytes)
{
    char *base = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return MAP_FAILED;
    size_t head = (HUGE_PAGE - (uintptr_t)base % HUGE_PAGE) % HUGE_PAGE;
    if (head)
        munmap(base, head);
    if (head < HUGE_PAGE)
        munmap(base + head + bytes, HUGE_PAGE - head);
    madvise(base + head, bytes, MADV_HUGEPAGE); /* a wish: a system without huge pages says no */
    return base + head;
}

/* Bytes of the mapping behind an arena: whole huge pages where it is large. */
static size_t mapped(int64_t size)
{
    size_t bytes = (size_t)size;
    return bytes < HUGE_PAGE ? bytes : (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

yk_status yk_arena_create(yk_arena *arena, int64_t bytes)
{
    *arena = (yk_arena){ 0 };
    if (bytes < 0 || bytes > INT64_MAX / 2 || !yk_mem_allowed())
        return too_big(bytes);
    if (bytes == 0)
        return YK_OK;
    int64_t size = yk_arena_round(bytes);
    void *base = mapped(size) >= HUGE_PAGE
                     ? map_huge(mapped(size))
                     : mmap(NULL, mapped(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return too_big(bytes);
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
