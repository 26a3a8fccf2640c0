/* SPDX-License-Identifier: Apache-2.0 */
/* One bucket of the gradient sum (reduce.h). It goes in pieces, so that what a rank receives at once fits its inbox:
 * while one is added up, the next one is on its way. The pieces' size follows from what all ranks know. */
#include <assert.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "comm/reduce_parts.h"
#include "core/num.h"

#define NAP 30000 /* nanoseconds that the thread leaves its core to who computes, between two looks at its messages */

/* A bucket is worked off step by step: a stripe's pieces, or as much of them as a message takes. */
typedef struct at {
    int64_t stripe, turn;
} at;

static yk_reduce_part piece_of(const yk_reduce *reduce, int rank, yk_reduce_part bucket, at now)
{
    const int64_t *cut = &reduce->deal->cut[yk_deal_piece(reduce->deal, now.stripe, rank)];
    int64_t begin = yk_max(bucket.begin, cut[0]), end = yk_min(bucket.end, cut[1]);
    begin = yk_min(begin + now.turn * reduce->piece_length, yk_max(begin, end));
    end = yk_max(begin, yk_min(begin + reduce->piece_length, end));
    return (yk_reduce_part){ begin, end };
}

/* Has a stripe as much as a turn `turn`, for anybody? */
static bool any_piece(const yk_reduce *reduce, yk_reduce_part bucket, at now)
{
    const int64_t skip = now.turn * reduce->piece_length;
    for (int r = 0; r < reduce->comm->size; r++) {
        const int64_t *cut = &reduce->deal->cut[yk_deal_piece(reduce->deal, now.stripe, r)];
        if (yk_min(bucket.end, cut[1]) - yk_max(bucket.begin, cut[0]) > skip)
            return true;
    }
    return false;
}

/* Moves on to a step with something to do; false at the end. */
static bool find_work(const yk_reduce *reduce, yk_reduce_part bucket, at *now)
{
    for (; now->stripe < reduce->deal->stripes; *now = (at){ now->stripe + 1, 0 })
        if (any_piece(reduce, bucket, *now))
            return true;
    return false;
}

/* Elements from `begin` on of a node of this machine. */
static float *near_value(const yk_reduce *reduce, int k, int64_t begin)
{
    const yk_reduce_near *near = &reduce->near[k];
    return yk_reduce_vector_of(reduce, near->rank, yk_reduce_piece_of(reduce, near->rank)->slot[near->place]) + begin;
}

static MPI_Request *request(yk_reduce *reduce, int lane)
{
    assert(reduce->in_flight[lane] < reduce->requests);
    return &reduce->request[lane * reduce->requests + reduce->in_flight[lane]++];
}

static float *inbox(const yk_reduce *reduce, int lane, int far)
{
    return reduce->inbox + (lane * (int64_t)reduce->fars + far) * reduce->piece_length;
}

static MPI_Datatype type_of(yk_wire wire)
{
    return wire == YK_WIRE_BF16 ? MPI_UINT16_T : MPI_FLOAT;
}

static yk_status receive(yk_reduce *reduce, yk_reduce_part mine, int lane)
{
    int far = 0;
    for (int i = 0; mine.begin < mine.end && i < reduce->summands; i++) {
        const yk_reduce_summand *s = &reduce->summand[i];
        if (s->near < 0)
            YK_MPI(MPI_Irecv, (yk_wire_landing(reduce->wire, mine.end - mine.begin, inbox(reduce, lane, far++)),
                               (int)(mine.end - mine.begin), type_of(reduce->wire), s->rank, s->tag, reduce->comm->mpi,
                               request(reduce, lane)));
    }
    return YK_OK;
}

/* This machine's nodes, as far as they can be added here, to an owner on another one. A sum takes the place of its
 * first node: nobody else of this machine needs these elements. */
static yk_status serve(yk_reduce *reduce, int owner, yk_reduce_part theirs, int lane)
{
    const yk_tree_plan *plan = &reduce->near_plan;
    const int64_t count = theirs.end - theirs.begin;
    for (int k = 0; k < reduce->nears; k++)
        reduce->value[k] = near_value(reduce, k, theirs.begin);
    for (int k = 0; k < plan->rest; k++)
        reduce->out[k] = reduce->value[plan->first[k]];
    yk_tree_plan_run(plan, reduce->wire, reduce->value, reduce->out, count);
    for (int k = 0; k < plan->rest; k++)
        YK_MPI(MPI_Isend, (yk_wire_pack(reduce->wire, count, reduce->out[k]), (int)count, type_of(reduce->wire), owner,
                           YK_REDUCE_TAG + k, reduce->comm->mpi, request(reduce, lane)));
    return YK_OK;
}

/* Starts a piece's messages. The next owner is served first, so that not all send to the same one at once. */
static yk_status start(yk_reduce *reduce, const yk_reduce_bucket_given *bucket, at now, int lane)
{
    const int rank = reduce->comm->rank, size = reduce->comm->size, machine = reduce->machine[rank];
    reduce->in_flight[lane] = 0;
    YK_TRY(receive(reduce, piece_of(reduce, rank, bucket->part, now), lane));
    for (int i = 1; i < size; i++) {
        const int owner = (rank + i) % size;
        if (reduce->machine[owner] == machine || yk_reduce_server(reduce, machine, owner) != rank)
            continue;
        const yk_reduce_part theirs = piece_of(reduce, owner, bucket->part, now);
        if (theirs.begin == theirs.end)
            continue;
        YK_TRY(yk_reduce_await_all(reduce, bucket->step));
        YK_TRY(serve(reduce, owner, theirs, lane));
    }
    return YK_OK;
}

/* MPI burns the core that it waits on; while the rank computes that core is wanted. Looking, not MPI's own waiting: the
 * rank may go on with its work before all of the lane is there. */
yk_status yk_reduce_complete(yk_reduce *reduce, int lane)
{
    MPI_Request *first = &reduce->request[lane * reduce->requests];
    const int n = reduce->in_flight[lane];
    int done = n == 0;
    while (!done && reduce->has_thread) {
        YK_MPI(MPI_Testall, (n, first, &done, MPI_STATUSES_IGNORE));
        if (!done && !atomic_load(&reduce->waited))
            nanosleep(&(struct timespec){ .tv_nsec = NAP }, NULL);
    }
    if (!done)
        YK_MPI(MPI_Waitall, (n, first, MPI_STATUSES_IGNORE));
    return YK_OK;
}

/* Adds up a piece whose messages have come. */
static yk_status finish(yk_reduce *reduce, const yk_reduce_bucket_given *bucket, at now, int lane)
{
    const int rank = reduce->comm->rank;
    const yk_reduce_part mine = piece_of(reduce, rank, bucket->part, now);
    const int64_t count = mine.end - mine.begin;
    YK_TRY(yk_reduce_complete(reduce, lane));
    if (count == 0)
        return YK_OK;
    YK_TRY(yk_reduce_await_all(reduce, bucket->step));
    float *total = yk_reduce_vector(reduce, reduce->total) + mine.begin;
    for (int i = 0, far = 0; i < reduce->summands; i++) {
        const int near = reduce->summand[i].near;
        reduce->value[i] = near < 0 ? inbox(reduce, lane, far++) : near_value(reduce, near, mine.begin);
        if (near < 0)
            yk_wire_unpack(reduce->wire, count, reduce->value[i]);
    }
    if (reduce->sum_plan.changed[0])
        yk_tree_plan_run(&reduce->sum_plan, reduce->wire, reduce->value, &total,
                         count); /* what it overwrites it reads no more */
    else
        yk_wire_copy(reduce->wire, count, reduce->value[0], total);
    return YK_OK;
}

yk_status yk_reduce_do(yk_reduce *reduce, const yk_reduce_bucket_given *bucket)
{
    const at end = { reduce->deal->stripes, 0 };
    at now = { 0, 0 }, next;
    int lane = 0;
    if (find_work(reduce, bucket->part, &now))
        YK_TRY(start(reduce, bucket, now, lane));
    for (; now.stripe < end.stripe; now = next, lane = (lane + 1) % YK_REDUCE_LANES) {
        next = (at){ now.stripe, now.turn + 1 };
        if (find_work(reduce, bucket->part, &next))
            YK_TRY(start(reduce, bucket, next, (lane + 1) % YK_REDUCE_LANES));
        YK_TRY(finish(reduce, bucket, now, lane));
    }
    return YK_OK;
}
