/* SPDX-License-Identifier: Apache-2.0 */
/* The all-gather behind the gradient sum (reduce.h). What a rank owns lies where its totals were; the ranks of its
 * machine copy it from there. Each piece goes to every other machine once, to the rank that serves its owner there,
 * into its place in that rank's vector of totals, and the ranks of that machine copy it from there.
 *
 * Between machines it goes a stretch of the vector after the other, from the end: gradients become final from the last
 * layer to the first, and the vector is in that order, so its end is what the next forward begins with. */
#include <string.h>

#include "comm/reduce_parts.h"
#include "core/num.h"
#include "core/parallel.h"

enum { BLOCK = 1 << 16 }; /* elements that one thread copies */

typedef struct copying {
    const float *from;
    float *to;
    int64_t count;
} copying;

static void copy_block(const void *context, int64_t block)
{
    const copying *c = context;
    const int64_t at = block * BLOCK;
    memcpy(c->to + at, c->from + at, (size_t)yk_min(BLOCK, c->count - at) * sizeof *c->to);
}

static void copy(int64_t count, const float *from, float *to)
{
    if (from != to)
        yk_parallel(yk_div_up(count, BLOCK), count, copy_block, &(copying){ from, to, count });
}

/* The piece that a rank owns of a stripe. */
static yk_reduce_part piece_of(const yk_reduce *reduce, int64_t stripe, int rank)
{
    const int64_t *cut = &reduce->deal->cut[yk_deal_piece(reduce->deal, stripe, rank)];
    return (yk_reduce_part){ cut[0], cut[1] };
}

/* Stripes begin .. end-1. */
typedef struct stretch {
    int64_t begin, end;
} stretch;

/* What comes before stripe `end`. The first stretch is short: the losses come with it. */
static stretch stretch_before(const yk_reduce *reduce, int64_t end)
{
    const int64_t most = end == reduce->deal->stripes ? 1 : YK_REDUCE_GATHERED;
    return (stretch){ reduce->machines == 1 ? 0 : yk_max(0, end - most), end };
}

/* What a rank owns of a stretch, each piece in its place. */
static void copy_owned(const yk_reduce *reduce, int rank, stretch of, const float *from, float *to)
{
    for (int64_t s = of.begin; s < of.end; s++) {
        const yk_reduce_part p = piece_of(reduce, s, rank);
        copy(p.end - p.begin, from + p.begin, to + p.begin);
    }
}

static float *total_of(const yk_reduce *reduce, int rank)
{
    return yk_reduce_vector_of(reduce, rank, yk_reduce_piece_of(reduce, rank)->total);
}

/* A stripe's messages: this rank's piece to the machines, and theirs to this rank where it serves them. */
static yk_status start_stripe(yk_reduce *reduce, const float *mine, float *arriving, int64_t stripe, int lane)
{
    const yk_comm *comm = reduce->comm;
    const int rank = comm->rank, machine = reduce->machine[rank];
    MPI_Request *request = reduce->request + lane * reduce->requests;
    int *n = &reduce->in_flight[lane];
    for (int i = 1; i < comm->size; i++) {
        const int owner = (rank + comm->size - i) % comm->size;
        const yk_reduce_part p = piece_of(reduce, stripe, owner);
        if (p.end > p.begin && reduce->machine[owner] != machine && yk_reduce_server(reduce, machine, owner) == rank)
            YK_MPI(MPI_Irecv, (arriving + p.begin, (int)(p.end - p.begin), MPI_FLOAT, owner, YK_REDUCE_GATHER_TAG,
                               comm->mpi, &request[(*n)++]));
    }
    const yk_reduce_part p = piece_of(reduce, stripe, rank);
    for (int i = 1; p.end > p.begin && i < reduce->machines; i++) {
        const int to = yk_reduce_server(reduce, (machine + i) % reduce->machines, rank);
        YK_MPI(MPI_Isend, (mine + p.begin, (int)(p.end - p.begin), MPI_FLOAT, to, YK_REDUCE_GATHER_TAG, comm->mpi,
                           &request[(*n)++]));
    }
    return YK_OK;
}

static yk_status start(yk_reduce *reduce, const float *mine, float *arriving, stretch of, int lane)
{
    reduce->in_flight[lane] = 0;
    for (int64_t s = of.begin; reduce->machines > 1 && s < of.end; s++)
        YK_TRY(start_stripe(reduce, mine, arriving, s, lane));
    return YK_OK;
}

/* From the ranks of this machine; each begins with another one. */
static yk_status copy_near(yk_reduce *reduce, unsigned step, stretch of, float *all)
{
    const int rank = reduce->comm->rank, *member = reduce->member + reduce->first[reduce->machine[rank]];
    const int n = reduce->first[reduce->machine[rank] + 1] - reduce->first[reduce->machine[rank]];
    for (int i = 1; i < n; i++) {
        const int owner = member[(reduce->place[rank] + i) % n];
        YK_TRY(yk_reduce_await(reduce, owner, step));
        copy_owned(reduce, owner, of, total_of(reduce, owner), all);
    }
    return YK_OK;
}

/* From the ranks of this machine that received for it. */
static yk_status copy_far(yk_reduce *reduce, unsigned step, stretch of, float *all)
{
    const int rank = reduce->comm->rank, machine = reduce->machine[rank];
    for (int owner = 0; owner < reduce->comm->size; owner++) {
        if (reduce->machine[owner] == machine)
            continue;
        const int server = yk_reduce_server(reduce, machine, owner);
        if (server != rank)
            YK_TRY(yk_reduce_await(reduce, server, step));
        copy_owned(reduce, owner, of, total_of(reduce, server), all);
    }
    return YK_OK;
}

/* A stretch whose messages have come, as far as this rank is the one that got them. */
static yk_status finish(yk_reduce *reduce, unsigned owned, stretch of, float *all)
{
    YK_TRY(copy_near(reduce, owned, of, all));
    if (reduce->machines > 1 && reduce->shared)
        YK_TRY(copy_far(reduce, yk_reduce_post(reduce), of, all));
    return YK_OK;
}

/* While one stretch travels the next one is under way. Ranks do not wait in a circle: each waits for its neighbours
 * only when its own messages of that stretch are through, so of all who wait those at the earliest stretch get on. */
yk_status yk_reduce_gather_all(yk_reduce *reduce, const float *mine, float *all)
{
    const int rank = reduce->comm->rank;
    const stretch whole = { 0, reduce->deal->stripes };
    float *total = yk_reduce_vector(reduce, reduce->total), *arriving = reduce->shared ? total : all;
    unsigned owned = 0;
    int lane = 0;
    if (reduce->shared) {
        copy_owned(reduce, rank, whole, mine, total);
        owned = yk_reduce_post(reduce);
    }
    copy_owned(reduce, rank, whole, mine, all);
    stretch now = stretch_before(reduce, whole.end);
    YK_TRY(start(reduce, mine, arriving, now, lane));
    for (; now.end > 0; lane = 1 - lane) {
        const stretch next = stretch_before(reduce, now.begin);
        YK_TRY(start(reduce, mine, arriving, next, 1 - lane));
        YK_TRY(yk_reduce_complete(reduce, lane));
        YK_TRY(finish(reduce, owned, now, all));
        yk_reduce_note_gathered(reduce, piece_of(reduce, now.begin, 0).begin);
        now = next;
    }
    reduce->fence = yk_reduce_post(reduce);
    return YK_OK;
}
