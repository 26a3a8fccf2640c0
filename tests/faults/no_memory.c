/* SPDX-License-Identifier: Apache-2.0 */
/* An LD_PRELOAD library that gives the program no memory once: its n-th request fails, on one rank. Requests of
 * libraries are theirs: they are not counted.
 *
 * YOKE_NO_MEMORY=n (0: never); YOKE_NO_MEMORY_RANK: the rank (0). YOKE_NO_MEMORY_COUNT: a file that gets the number of
 * requests at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static atomic_long requests;
static long fails_at;
static const char *low, *high; /* where the program's code lies; NULL: not counting */

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            low = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            high = low + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("YOKE_NO_MEMORY"), *rank = getenv("YOKE_NO_MEMORY_RANK");
    const char *mine = getenv("OMPI_COMM_WORLD_RANK");
    if (!at || atoi(rank ? rank : "0") != atoi(mine ? mine : "0"))
        return;
    fails_at = atol(at);
    dl_iterate_phdr(find_program, NULL);
}

__attribute__((destructor)) static void stop(void)
{
    const char *path = getenv("YOKE_NO_MEMORY_COUNT");
    FILE *f = low && path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%ld\n", atomic_load(&requests));
    fclose(f);
}

static bool has_none(const void *caller)
{
    const char *from = caller;
    if (!low || from < low || from >= high || atomic_fetch_add(&requests, 1) + 1 != fails_at)
        return false;
    errno = ENOMEM;
    return true;
}

#define HAS_NONE has_none(__builtin_return_address(0))

void *malloc(size_t n)
{
    return HAS_NONE ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return HAS_NONE ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return HAS_NONE ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return HAS_NONE ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **out, size_t align, size_t n)
{
    void *p = HAS_NONE ? NULL : __libc_memalign(align, n);
    if (!p)
        return ENOMEM;
    *out = p;
    return 0;
}

void *mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    return HAS_NONE ? MAP_FAILED : next(address, n, protection, flags, fd, offset);
}
