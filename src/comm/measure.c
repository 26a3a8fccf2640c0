/* SPDX-License-Identifier: Apache-2.0 */
#include "comm/measure.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "comm/comm_mpi.h"
#include "comm/reduce.h"
#include "core/clock.h"
#include "core/median.h"
#include "core/mem.h"
#include "core/num.h"

enum { TAG = 3, PINGS = 20 };

/* What is timed. */
typedef yk_status timed(yk_comm *comm, void *context);

static yk_status time_once(yk_comm *comm, timed *what, void *context, double *taken)
{
    YK_MPI(MPI_Barrier, (comm->mpi));
    const double began = yk_clock();
    YK_TRY(what(comm, context));
    *taken = yk_clock() - began;
    return YK_OK;
}

/* The slowest rank's median; sorts. */
static yk_status judge(yk_comm *comm, int rounds, double *taken, double *seconds)
{
    int64_t nanoseconds = (int64_t)(1e9 * yk_median(rounds, taken));
    YK_TRY(yk_comm_max(comm, 1, &nanoseconds));
    *seconds = 1e-9 * (double)nanoseconds;
    return YK_OK;
}

/* Several things in turns, `rounds` times each, after a first round that opens connections. */
static yk_status time_in_turns(yk_comm *comm, int n, timed *const *what, void *context, int rounds, double *seconds)
{
    double *taken;
    yk_status status = YK_OK;
    YK_TRY(yk_comm_agree(comm, yk_alloc(&taken, (int64_t)n * rounds, sizeof *taken)));
    for (int r = -1; status == YK_OK && r < rounds; r++)
        for (int k = 0; status == YK_OK && k < n; k++)
            status = time_once(comm, what[k], context, &taken[k * rounds + yk_max(r, 0)]);
    for (int k = 0; status == YK_OK && k < n; k++)
        status = judge(comm, rounds, taken + (int64_t)k * rounds, &seconds[k]);
    yk_free(taken);
    return status;
}

/* --- sums */

typedef struct sums {
    int64_t count, bucket;
    float *values;
    yk_reduce *reduce;
    yk_deal deal;
} sums;

static yk_status sum_by_mpi(yk_comm *comm, void *context)
{
    const sums *s = context;
    YK_MPI(MPI_Allreduce, (MPI_IN_PLACE, s->values, (int)s->count, MPI_FLOAT, MPI_SUM, comm->mpi));
    return YK_OK;
}

static yk_status sum_by_us(yk_comm *comm, void *context)
{
    const sums *s = context;
    yk_reduce_begin(s->reduce, comm->size);
    yk_reduce_chunk(s->reduce, 1);
    yk_reduce_add(s->reduce, 0, s->count);
    for (int64_t at = 0; at < s->count; at += s->bucket)
        YK_TRY(yk_reduce_bucket(s->reduce, at, yk_min(at + s->bucket, s->count)));
    YK_TRY(yk_reduce_wait(s->reduce));
    return yk_reduce_gather(s->reduce, yk_reduce_total(s->reduce), yk_reduce_total(s->reduce)); /* in place, too */
}

static void release(sums *s)
{
    yk_reduce_destroy(&s->reduce);
    yk_free(s->values);
    yk_free(s->deal.cut);
}

static yk_status allocate(sums *s, const yk_comm *comm)
{
    YK_TRY(yk_alloc(&s->values, s->count, sizeof *s->values));
    s->deal = (yk_deal){ .size = comm->size, .stripes = yk_max(1, yk_div_up(s->count, s->bucket)) };
    YK_TRY(yk_alloc(&s->deal.cut, s->deal.stripes * comm->size + 1, sizeof *s->deal.cut));
    for (int64_t i = 0; i <= s->deal.stripes * comm->size; i++)
        s->deal.cut[i] = yk_min(s->count, s->bucket * i / comm->size);
    return YK_OK;
}

yk_status yk_comm_time_sum(yk_comm *comm, int64_t bytes, int rounds, double *seconds)
{
    static timed *const what[] = { sum_by_mpi };
    sums s = { .count = bytes / 4, .bucket = bytes / 4 };
    *seconds = 0;
    if (comm->mpi == MPI_COMM_NULL)
        return YK_OK;
    yk_status status = yk_comm_agree(comm, allocate(&s, comm));
    if (status == YK_OK)
        status = time_in_turns(comm, 1, what, &s, rounds, seconds);
    release(&s);
    return status;
}

yk_status yk_comm_time_sums(yk_comm *comm, yk_wire wire, int64_t bytes, int64_t bucket_bytes, int rounds,
                            yk_sum_times *out)
{
    static timed *const what[] = { sum_by_us, sum_by_mpi };
    sums s = { .count = bytes / 4, .bucket = yk_max(1, yk_min(bytes, bucket_bytes) / 4) };
    double seconds[2] = { 0 };
    *out = (yk_sum_times){ 0 };
    if (comm->mpi == MPI_COMM_NULL)
        return YK_OK;
    yk_status status = yk_comm_agree(comm, allocate(&s, comm));
    if (status == YK_OK)
        status = yk_reduce_create(&s.reduce, comm, s.count, 1, comm->size, wire, &s.deal);
    if (status == YK_OK)
        status = time_in_turns(comm, YK_LEN(what), what, &s, rounds, seconds);
    *out = (yk_sum_times){ .own = seconds[0], .mpi = seconds[1] };
    release(&s);
    return status;
}

/* --- the roads that they travel */

typedef struct road {
    int64_t bytes;
    char *from, *to;
    int next, last; /* first ranks of the machines beside; -1: this rank is none */
} road;

static yk_status copy(yk_comm *comm, void *context)
{
    const road *r = context;
    (void)comm;
    memcpy(r->to, r->from, (size_t)r->bytes);
    return YK_OK;
}

static yk_status send_on(yk_comm *comm, void *context)
{
    const road *r = context;
    if (r->next >= 0)
        YK_MPI(MPI_Sendrecv, (r->from, (int)r->bytes, MPI_BYTE, r->next, TAG, r->to, (int)r->bytes, MPI_BYTE, r->last,
                              TAG, comm->mpi, MPI_STATUS_IGNORE));
    return YK_OK;
}

/* The machines in a ring, by their first ranks. */
static void find_neighbours(const yk_comm *comm, road *r)
{
    const int size = comm->size, rank = comm->rank;
    r->next = r->last = -1;
    for (int i = 1; comm->machine[rank] == rank && i < size; i++) {
        const int above = (rank + i) % size, below = (rank + size - i) % size;
        if (r->next < 0 && comm->machine[above] == above)
            r->next = above;
        if (r->last < 0 && comm->machine[below] == below)
            r->last = below;
    }
}

static yk_status time_road(yk_comm *comm, timed *what, int64_t bytes, int rounds, double *seconds)
{
    road r = { .bytes = bytes };
    find_neighbours(comm, &r);
    yk_status status = yk_alloc(&r.from, bytes, 1);
    if (status == YK_OK)
        status = yk_alloc(&r.to, bytes, 1);
    if (status == YK_OK) { /* pages come when they are written */
        memset(r.from, 1, (size_t)bytes);
        memset(r.to, 1, (size_t)bytes);
    }
    status = yk_comm_agree(comm, status);
    if (status == YK_OK)
        status = time_in_turns(comm, 1, &what, &r, rounds, seconds);
    yk_free(r.from);
    yk_free(r.to);
    return status;
}

yk_status yk_comm_time_copy(yk_comm *comm, int64_t bytes, int rounds, double *seconds)
{
    *seconds = 0;
    return comm->mpi == MPI_COMM_NULL ? YK_OK : time_road(comm, copy, bytes, rounds, seconds);
}

yk_status yk_comm_time_link(yk_comm *comm, int64_t bytes, int rounds, double *seconds)
{
    *seconds = 0;
    return comm->nodes == 1 ? YK_OK : time_road(comm, send_on, bytes, rounds, seconds);
}

/* --- clocks */

static double wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rank 0 asks for the time; the fastest answer counts, as the one that lay about least. */
static yk_status ask(yk_comm *comm, int rank, double *offset)
{
    double fastest = HUGE_VAL;
    for (int i = 0; i < PINGS; i++) {
        double theirs;
        const double began = wall_clock();
        YK_MPI(MPI_Send, (NULL, 0, MPI_BYTE, rank, TAG, comm->mpi));
        YK_MPI(MPI_Recv, (&theirs, 1, MPI_DOUBLE, rank, TAG, comm->mpi, MPI_STATUS_IGNORE));
        const double ended = wall_clock();
        if (ended - began < fastest) {
            fastest = ended - began;
            *offset = theirs - (began + ended) / 2;
        }
    }
    return YK_OK;
}

static yk_status answer(yk_comm *comm)
{
    for (int i = 0; i < PINGS; i++) {
        YK_MPI(MPI_Recv, (NULL, 0, MPI_BYTE, 0, TAG, comm->mpi, MPI_STATUS_IGNORE));
        const double now = wall_clock();
        YK_MPI(MPI_Send, (&now, 1, MPI_DOUBLE, 0, TAG, comm->mpi));
    }
    return YK_OK;
}

yk_status yk_comm_clock_offsets(yk_comm *comm, double *offset)
{
    if (comm->rank > 0)
        return answer(comm);
    offset[0] = 0;
    for (int r = 1; r < comm->size; r++)
        YK_TRY(ask(comm, r, &offset[r]));
    return YK_OK;
}
