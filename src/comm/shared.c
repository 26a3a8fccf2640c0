/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the ranks of a machine (shared.h): a file in /dev/shm that has no name any more once all have mapped it, so
 * that nothing is left of a job that is killed, and a rank lets go of it without the others. */
#include "comm/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "comm/comm_mpi.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/mem.h"
#include "core/num.h"

enum {
    PAGE = 1 << 16,     /* no system has larger pages, huge ones apart */
    LOOKS = 64,         /* between two looks at the clock */
    NAP_LEAST = 100000, /* nanoseconds of the first sleep; who posts wakes the sleepers, */
    NAP_MOST = 2000000, /* but MPI's own messages move only while somebody calls it */
};
#define SPIN_SECONDS 100e-6 /* where each rank has a core; waking one that sleeps takes half as long */

/* What a rank has done, on cache lines of its own. */
typedef struct counter {
    _Alignas(128) atomic_uint done;
    atomic_uint sleepers; /* who wait for `done` to change */
    atomic_uint rings, listeners;
} counter;

struct yk_shared {
    yk_comm *comm;
    int n;        /* ranks of the group */
    bool crowded; /* more than cores */
    char *base;   /* counters, one a rank, and the pieces */
    int64_t bytes;
    int *place;     /* of each rank of the communicator in its group; -1: of another group */
    int *word;      /* one a rank, for messages */
    int64_t *first; /* offsets of the pieces by place, n+1 */
};

static counter *counter_of(const yk_shared *s, int rank)
{
    return (counter *)(void *)s->base + s->place[rank];
}

/* --- the file */

/* Takes the memory of this rank's piece now: where there is too little, writing to it would end the process. On
 * machines of several memories it is the one near this rank. */
static bool reserve(int fd, int64_t first, int64_t bytes)
{
    int refused;
    if (bytes == 0)
        return true;
    do
        refused = posix_fallocate(fd, first, bytes);
    while (refused == EINTR);
    return !refused;
}

/* The file, of a name that the lowest rank makes up. */
static bool open_and_map(yk_shared *s, const char *name)
{
    const int place = s->place[s->comm->rank];
    const int fd = open(name, place ? O_RDWR | O_CLOEXEC : O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const int64_t begin = place ? s->first[place] : 0; /* the counters are the lowest rank's */
    if ((place || ftruncate(fd, s->bytes) == 0) && reserve(fd, begin, s->first[place + 1] - begin)) {
        char *base = mmap(NULL, (size_t)s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (base != MAP_FAILED)
            s->base = base;
    }
    close(fd);
    if (!s->base)
        return false;
    madvise(s->base, (size_t)s->bytes, MADV_HUGEPAGE);                 /* a wish */
    memset(s->base + begin, 0, (size_t)(s->first[place + 1] - begin)); /* its pages come to this process now */
    return true;
}

static void unmap(yk_shared *s)
{
    if (s->base)
        munmap(s->base, (size_t)s->bytes);
    s->base = NULL;
}

/* Does all of the group have it? The lowest rank goes first, then the others. */
static yk_status map_group(yk_shared *s, MPI_Comm group, bool *all)
{
    struct timespec now;
    char name[64];
    const bool lowest = s->place[s->comm->rank] == 0;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "/dev/shm/yoke-%ld-%lld%09ld", (long)getpid(), (long long)now.tv_sec, now.tv_nsec);
    YK_MPI(MPI_Bcast, (name, sizeof name, MPI_CHAR, 0, group));
    int missing = lowest && !open_and_map(s, name);
    YK_MPI(MPI_Bcast, (&missing, 1, MPI_INT, 0, group));
    if (!missing && !lowest)
        missing = !open_and_map(s, name);
    YK_MPI(MPI_Allreduce, (MPI_IN_PLACE, &missing, 1, MPI_INT, MPI_MAX, group));
    if (lowest)
        unlink(name);
    *all = !missing;
    return YK_OK;
}

/* --- creation */

static yk_status allocate(yk_shared **out, yk_comm *comm, const int *group)
{
    yk_status status;
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_shared *s = *out;
    s->comm = comm;
    YK_TRY_GOTO(yk_alloc(&s->place, comm->size, sizeof *s->place), fail);
    YK_TRY_GOTO(yk_alloc(&s->word, comm->size, sizeof *s->word), fail);
    YK_TRY_GOTO(yk_alloc(&s->first, comm->size + 1, sizeof *s->first), fail);
    for (int r = 0; r < comm->size; r++)
        s->place[r] = group[r] == group[comm->rank] ? s->n++ : -1;
    s->crowded = s->n > sysconf(_SC_NPROCESSORS_ONLN);
    return YK_OK;
fail:
    yk_shared_destroy(out);
    return status;
}

static int64_t pages(int64_t bytes)
{
    return yk_div_up(bytes, PAGE) * PAGE;
}

/* Offsets from all ranks' bytes, then the memory itself. */
static yk_status map_pieces(yk_shared *s, int64_t bytes, MPI_Comm group, bool *all)
{
    const int64_t mine = pages(bytes);
    YK_MPI(MPI_Allgather, (&mine, 1, MPI_INT64_T, s->first + 1, 1, MPI_INT64_T, group));
    s->first[0] = pages(s->n * (int64_t)sizeof(counter));
    for (int i = 0; i < s->n; i++)
        s->first[i + 1] += s->first[i];
    s->bytes = s->first[s->n];
    return map_group(s, group, all);
}

static yk_status map_all(yk_shared *s, int *group, int64_t bytes)
{
    yk_comm *comm = s->comm;
    MPI_Comm members;
    bool all = true;
    yk_status status = YK_OK;
    YK_MPI(MPI_Comm_split, (comm->mpi, group[comm->rank], comm->rank, &members));
    if (s->n > 1)
        status = map_pieces(s, bytes, members, &all);
    MPI_Comm_free(&members);
    YK_TRY(status);
    const int alone = !all;
    YK_MPI(MPI_Allgather, (&alone, 1, MPI_INT, s->word, 1, MPI_INT, comm->mpi));
    for (int r = 0; r < comm->size; r++)
        group[r] = s->word[r] ? r : group[r];
    if (alone)
        unmap(s);
    return YK_OK;
}

yk_status yk_shared_create(yk_shared **out, yk_comm *comm, int *group, int64_t bytes)
{
    *out = NULL;
    bool any = false;
    for (int r = 0; r < comm->size; r++)
        any = any || group[r] != r;
    if (!any)
        return YK_OK;
    yk_shared *s = NULL;
    yk_status status = yk_comm_agree(comm, allocate(&s, comm, group));
    if (status == YK_OK)
        status = map_all(s, group, bytes);
    if (status == YK_OK && s->base)
        *out = s;
    else
        yk_shared_destroy(&s);
    return status;
}

void yk_shared_destroy(yk_shared **shared)
{
    if (!shared || !*shared)
        return;
    unmap(*shared);
    yk_free((*shared)->place);
    yk_free((*shared)->word);
    yk_free((*shared)->first);
    yk_free(*shared);
    *shared = NULL;
}

void *yk_shared_piece(const yk_shared *s, int rank)
{
    return s->base + s->first[s->place[rank]];
}

/* --- steps */

unsigned yk_shared_post(yk_shared *s)
{
    counter *mine = counter_of(s, s->comm->rank);
    const unsigned step = atomic_fetch_add(&mine->done, 1) + 1;
    if (atomic_load(&mine->sleepers))
        syscall(SYS_futex, &mine->done, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    return step;
}

bool yk_shared_done(const yk_shared *s, int rank, unsigned step)
{
    return (int)(atomic_load(&counter_of(s, rank)->done) - step) >= 0;
}

bool yk_shared_all_done(const yk_shared *s, unsigned step)
{
    for (int r = 0; r < s->comm->size; r++)
        if (s->place[r] >= 0 && !yk_shared_done(s, r, step))
            return false;
    return true;
}

static bool look(const yk_shared *s, int rank, unsigned step)
{
    const double end = yk_clock() + SPIN_SECONDS;
    do
        for (int i = 0; i < LOOKS; i++, yk_cpu_relax())
            if (yk_shared_done(s, rank, step))
                return true;
    while (!s->crowded && yk_clock() < end);
    return false;
}

/* A message of MPI's that its sender has left to us may be what the other rank waits for. */
static yk_status let_mpi_move(yk_comm *comm)
{
    int some;
    YK_MPI(MPI_Iprobe, (MPI_ANY_SOURCE, MPI_ANY_TAG, comm->mpi, &some, MPI_STATUS_IGNORE));
    return YK_OK;
}

yk_status yk_shared_await(yk_shared *s, int rank, unsigned step)
{
    counter *theirs = counter_of(s, rank);
    if (look(s, rank, step))
        return YK_OK;
    for (long nap = NAP_LEAST; !yk_shared_done(s, rank, step); nap = yk_min(2 * nap, NAP_MOST)) {
        atomic_fetch_add(&theirs->sleepers, 1);
        const unsigned seen = atomic_load(&theirs->done);
        if ((int)(seen - step) < 0)
            syscall(SYS_futex, &theirs->done, FUTEX_WAIT, seen, &(struct timespec){ .tv_nsec = nap }, NULL, 0);
        atomic_fetch_sub(&theirs->sleepers, 1);
        YK_TRY(let_mpi_move(s->comm));
    }
    return YK_OK;
}

yk_status yk_shared_await_all(yk_shared *s, unsigned step)
{
    for (int r = 0; r < s->comm->size; r++)
        if (s->place[r] >= 0 && r != s->comm->rank)
            YK_TRY(yk_shared_await(s, r, step));
    return YK_OK;
}

/* --- bells */

unsigned yk_shared_rings(const yk_shared *s)
{
    return atomic_load(&counter_of(s, s->comm->rank)->rings);
}

void yk_shared_ring(yk_shared *s, int rank)
{
    counter *theirs = counter_of(s, rank);
    atomic_fetch_add(&theirs->rings, 1);
    if (atomic_load(&theirs->listeners))
        syscall(SYS_futex, &theirs->rings, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void yk_shared_listen(yk_shared *s, unsigned heard, double seconds)
{
    counter *mine = counter_of(s, s->comm->rank);
    const struct timespec nap = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - floor(seconds)) * 1e9) };
    atomic_fetch_add(&mine->listeners, 1);
    if (atomic_load(&mine->rings) == heard)
        syscall(SYS_futex, &mine->rings, FUTEX_WAIT, heard, &nap, NULL, 0);
    atomic_fetch_sub(&mine->listeners, 1);
}
