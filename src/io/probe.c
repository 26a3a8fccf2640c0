/* SPDX-License-Identifier: Apache-2.0 */
/* HDF5 believes what a damaged file says: it may crash, run for ever or ask for all memory. A child process with limits
 * opens the file first and looks at everything that yoke will look at; what happens to it does not happen to us. */
#include "io/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/fork.h"
#include "core/mem.h"
#include "io/datafile_in.h"
#include "io/patience.h"

enum { HANG_SECONDS = 60, TRIES = 2, CPU_SECONDS = 5, FILES_A_SECOND = 20, KNOWN = 16, ROW_BYTES_MAX = 1 << 20 };
#define MEMORY_BYTES ((rlim_t)1 << 30) /* beside what the process has */

static bool on;

void yk_datafile_probe(bool yes)
{
    on = yes;
}

/* --- in the child */

/* Attributes, chunk index, first and last row of a field. */
static void touch_field(yk_datafile *f, int i)
{
    static char row[ROW_BYTES_MAX];
    char *names;
    double *values;
    int64_t n;
    yk_field field;
    yk_datafile_at(f, i, &field);
    if (yk_datafile_classes(f, field.name, &names, &n) == YK_OK)
        yk_free(names);
    if (yk_datafile_reals(f, field.name, "mean", &values, &n) == YK_OK)
        yk_free(values);
    char reason[YK_H5_REASON];
    yk_h5_dataset *set = NULL;
    bool usable = false;
    if (yk_part_set(f, 0, i, &set, &usable) != YK_OK || !usable)
        return;
#if H5_VERSION_GE(1, 10, 5)
    hsize_t chunks;
    hid_t space = H5Dget_space(set->id);
    H5Dget_num_chunks(set->id, space, &chunks);
    yk_h5_drop(&space);
#endif
    if (set->offset < 0 && field.shape.dim[0] > 0 &&
        yk_shape_len_from(&field.shape, 1) <= ROW_BYTES_MAX / yk_dtype_size(field.dtype)) {
        yk_h5_dataset_read(set, 0, 1, row, reason);
        yk_h5_dataset_read(set, field.shape.dim[0] - 1, 1, row, reason);
    }
}

/* Opens a split; what is wrong with it in an orderly way is told by the parent. */
static yk_status touch_group(void *path, const char *group)
{
    char spec[4096];
    yk_datafile *f;
    if (snprintf(spec, sizeof spec, "%s:%s", (const char *)path, group) < (int)sizeof spec &&
        yk_datafile_open(&f, spec) == YK_OK) {
        for (int i = 0; i < yk_datafile_count(f); i++)
            YK_H5_DO(touch_field(f, i));
        yk_datafile_close(&f);
    }
    return YK_OK;
}

/* Address space is bounded from what it is now; sanitizers have terabytes of it and keep their own bounds. */
static void bound_resources(int64_t files)
{
    const rlim_t seconds = (rlim_t)(CPU_SECONDS + files / FILES_A_SECOND);
    struct rlimit cpu = { seconds, seconds }, core = { 0, 0 };
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_CORE, &core);
#if !defined(__SANITIZE_ADDRESS__) && !defined(YK_DEBUG_ARENA)
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (statm && fscanf(statm, "%ld", &pages) == 1 && pages > 0) {
        rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_BYTES;
        struct rlimit space = { bytes, bytes };
        setrlimit(RLIMIT_AS, &space);
    }
    if (statm)
        fclose(statm);
#endif
}

static void child(int64_t n, char *const *paths)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGALRM };
    sigset_t ring;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        signal(fatal[i], SIG_DFL);
    sigemptyset(&ring);
    sigaddset(&ring, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &ring, NULL);
    alarm((unsigned)(HANG_SECONDS + n));
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) { /* nobody wants to read how it died */
        dup2(nowhere, STDERR_FILENO);
        dup2(nowhere, STDOUT_FILENO);
    }
    bound_resources(n);
    yk_patience_limit(0); /* the parent waits */
    on = false;
    for (int64_t i = 0; i < n; i++) {
        yk_status status = yk_datafile_visit(paths[i], touch_group, paths[i]);
        (void)status;
    }
    _exit(0);
}

/* --- in the parent */

/* Files that have been looked at, by what they were then; the oldest is forgotten. */
typedef struct identity {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec changed;
} identity;

static bool is_known(const identity *file, bool add)
{
    static identity known[KNOWN];
    static int next;
    for (int i = 0; i < KNOWN; i++)
        if (known[i].inode == file->inode && known[i].device == file->device && known[i].bytes == file->bytes &&
            known[i].changed.tv_sec == file->changed.tv_sec && known[i].changed.tv_nsec == file->changed.tv_nsec)
            return true;
    if (add)
        known[next++ % KNOWN] = *file;
    return false;
}

/* How a child ended that looked at n files; 0 for well, or where there is no process to be had. A lock that another
 * thread holds at the moment of the fork stays locked in the child: one that hangs is killed, and another one looks;
 * when that does not help, nobody does. */
static int look(int64_t n, char *const *paths)
{
    for (int i = 0; i < TRIES; i++) {
        int ended = 0;
        pid_t pid = yk_fork();
        if (pid == 0)
            child(n, paths);
        while (pid > 0 && waitpid(pid, &ended, 0) < 0 && errno == EINTR)
            ;
        if (!WIFSIGNALED(ended) || WTERMSIG(ended) != SIGALRM)
            return ended;
    }
    return 0;
}

static yk_status look_at_one(char *path, yk_status damaged)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return YK_OK; /* opening it will tell */
    const identity file = { s.st_dev, s.st_ino, s.st_size, s.st_mtim };
    if (is_known(&file, false))
        return YK_OK;
    const int ended = look(1, &path);
    YK_CHECK(!WIFSIGNALED(ended) || WTERMSIG(ended) != SIGXCPU, damaged,
             "%s: damaged: HDF5 does not come to an end with it (stopped after %d s of computing)", path, CPU_SECONDS);
    YK_CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0, damaged,
             "%s: damaged: HDF5 crashes when it reads the file's description (h5dump may tell more)", path);
    is_known(&file, true);
    return YK_OK;
}

yk_status yk_probe(int64_t n, char *const *paths, yk_status damaged)
{
    if (!on || (n > 1 && look(n, paths) == 0))
        return YK_OK;
    for (int64_t i = 0; i < n; i++)
        YK_TRY(look_at_one(paths[i], damaged));
    return YK_OK;
}
