/* SPDX-License-Identifier: Apache-2.0 */
/* An LD_PRELOAD library that counts the memory that a training run asks for, step by step. The program does not know
 * of it: a step ends where rank 0 writes a row "STEP,..." to log.csv (recipe: log: {every: 1 steps}). That rank puts
 * the step into a file that all ranks have mapped; every rank counts its calls under the step that it finds there.
 *
 * YOKE_COUNT=FOLDER. FOLDER/step: the step, shared. FOLDER/faults: pages that the system had to find for rank 0 from
 * FIRST_STEP to LAST_STEP. FOLDER/PID: per call "STEP FUNCTION BYTES CALLER", where CALLER is `yoke` for the program
 * itself, else the library that called; written at exit, of the first MAX_CALLS calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST_STEP = 2, LAST_STEP = 100, MAX_CALLS = 65536 };

static struct {
    long step;
    const char *function;
    size_t bytes;
    void *caller;
} calls[MAX_CALLS];
static atomic_int n_calls;
static _Atomic long *step; /* NULL: not counting */

static void count(const char *function, size_t bytes, void *caller)
{
    long now = step ? atomic_load(step) : 0;
    if (now < FIRST_STEP)
        return;
    int i = atomic_fetch_add(&n_calls, 1);
    if (i >= MAX_CALLS)
        return;
    calls[i].step = now;
    calls[i].function = function;
    calls[i].bytes = bytes;
    calls[i].caller = caller;
}

#define CALLER __builtin_return_address(0)

/* glibc's own names: dlsym() would itself allocate. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
    count("malloc", n, CALLER);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    count("calloc", n * size, CALLER);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    count("realloc", n, CALLER);
    return __libc_realloc(p, n);
}

void *memalign(size_t align, size_t n)
{
    count("memalign", n, CALLER);
    return __libc_memalign(align, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    count("aligned_alloc", n, CALLER);
    return __libc_memalign(align, n);
}

int posix_memalign(void **out, size_t align, size_t n)
{
    count("posix_memalign", n, CALLER);
    *out = __libc_memalign(align, n);
    return *out ? 0 : 12;
}

void *mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    count("mmap", n, CALLER);
    return next(address, n, protection, flags, fd, offset);
}

static bool is_log(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = '\0';
    const char *name = strrchr(path, '/');
    return name && strcmp(name, "/log.csv") == 0;
}

static void note_faults(long at)
{
    static long first;
    char path[PATH_MAX];
    struct rusage used;
    if (at != FIRST_STEP && at != LAST_STEP)
        return;
    getrusage(RUSAGE_SELF, &used);
    if (at == FIRST_STEP) {
        first = used.ru_minflt;
        return;
    }
    snprintf(path, sizeof path, "%s/faults", getenv("YOKE_COUNT"));
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to >= 0) {
        dprintf(to, "%ld\n", used.ru_minflt - first);
        close(to);
    }
}

ssize_t write(int fd, const void *data, size_t n)
{
    static ssize_t (*next)(int, const void *, size_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "write");
    ssize_t done = next(fd, data, n);
    const char *text = data;
    if (step && n > 1 && text[0] >= '1' && text[0] <= '9' && is_log(fd)) {
        atomic_store(step, strtol(text, NULL, 10));
        note_faults(*step);
    }
    return done;
}

__attribute__((constructor)) static void start(void)
{
    char path[PATH_MAX];
    const char *folder = getenv("YOKE_COUNT");
    int fd;
    if (!folder)
        return;
    snprintf(path, sizeof path, "%s/step", folder);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *step) != 0)
        return;
    void *shared = mmap(NULL, sizeof *step, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED)
        step = shared;
}

__attribute__((destructor)) static void stop(void)
{
    char path[PATH_MAX], self[PATH_MAX] = "";
    const char *folder = getenv("YOKE_COUNT");
    if (!step)
        return;
    step = NULL;
    snprintf(path, sizeof path, "%s/%ld", folder, (long)getpid());
    FILE *f = fopen(path, "w");
    if (!f || readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return;
    int n = atomic_load(&n_calls);
    for (int i = 0; i < n && i < MAX_CALLS; i++) {
        Dl_info info = { 0 };
        char real[PATH_MAX] = "?";
        if (dladdr(calls[i].caller, &info) && info.dli_fname && !realpath(info.dli_fname, real))
            snprintf(real, sizeof real, "%.200s", info.dli_fname);
        const char *name = strrchr(real, '/');
        fprintf(f, "%ld %s %zu %s\n", calls[i].step, calls[i].function, calls[i].bytes,
                strcmp(real, self) == 0 ? "yoke"
                : name                  ? name + 1
                                        : real);
    }
    fclose(f);
}
