/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of yk_reduce. reduce.c adds a rank's leaves to nodes, reduce_who.c knows which nodes there are and who
 * sends which to whom, reduce_bucket.c does one bucket, reduce_queue.c says when, reduce_gather.c brings all to all. */
#ifndef YK_COMM_REDUCE_PARTS_H
#define YK_COMM_REDUCE_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "comm/comm_mpi.h"
#include "comm/reduce.h"
#include "comm/shared.h"
#include "core/mem.h"

/* Vectors are numbered: 0 .. chunk-1 hold the chunk's leaves, the waiting ones follow. Where a chunk is one leaf, it
 * may be in any of them that holds no node. */

/* One line of the plan that makes a chunk's leaves into nodes: vector `into` gets += `from`, or = `from`. */
typedef struct yk_reduce_line {
    int64_t into, from;
    bool copy;
} yk_reduce_line;

/* What a rank shows to those that share memory with it; its vectors follow. Its totals arise in the vector of its first
 * node: of the elements that a rank owns, nobody else of its machine reads its nodes. */
typedef struct yk_reduce_piece {
    int64_t slot[YK_TREE_NODES_MAX]; /* the vectors that its nodes of this batch are in */
    int64_t total;                   /* the vector that its totals are in */
} yk_reduce_piece;

/* Elements begin .. end-1 of the vector. */
typedef struct yk_reduce_part {
    int64_t begin, end;
} yk_reduce_part;

typedef struct yk_reduce_bucket_given {
    yk_reduce_part part;
    unsigned step; /* of comm/shared.h: who has done it has given the bucket */
} yk_reduce_bucket_given;

/* A node of this machine: number `place` of a rank's. */
typedef struct yk_reduce_near {
    int rank, place;
} yk_reduce_near;

/* What an owner adds up. */
typedef struct yk_reduce_summand {
    yk_node node;
    int near; /* >= 0: that node of this machine; else it comes by message: */
    int rank, tag;
} yk_reduce_summand;

enum {
    YK_REDUCE_QUEUE = 256,  /* buckets that are given and not done */
    YK_REDUCE_LANES = 2,    /* pieces of a bucket that are on their way at once */
    YK_REDUCE_GATHERED = 4, /* stripes of the gather in a lane, at most */
    YK_REDUCE_TAG = 1000,   /* and up: node 0, 1, ... of a machine */
    YK_REDUCE_GATHER_TAG = 999,
};

struct yk_reduce {
    yk_comm *comm;
    yk_wire wire;
    int64_t length, step;   /* elements of a vector; from one vector to the next */
    int64_t chunk, waiting; /* numbers of leaf vectors and of waiting ones */
    const yk_deal *deal;    /* who owns what; borrowed */
    yk_arena arena;

    /* memory that others see, or could */
    yk_shared *shared; /* NULL: nobody else does */
    yk_arena own;      /* the piece where nobody does */
    char **piece;      /* of each rank; NULL: not seen */
    float *vector;     /* this rank's */
    int64_t total;     /* number of the vector of its totals, once the first bucket is given */

    /* the batch */
    int64_t n, next, last; /* leaves of all ranks; this rank's next one, and its end */
    yk_tree_stack nodes;   /* this rank's; a slot is the number of a vector */
    int64_t at;            /* vector of the chunk's first leaf */
    bool *taken;           /* which vectors hold a node that waits */
    yk_reduce_line *plan;
    int64_t lines;

    /* who: machines are numbered by their lowest rank */
    int machines;
    int *machine, *place; /* of each rank; its number among those of its machine */
    int *member, *first;  /* the ranks machine by machine; those of machine m from first[m] to first[m+1]-1 */

    /* nodes of a batch of `planned` leaves */
    int64_t planned;
    int nears, summands, fars;  /* fars: those of the summands that come by message */
    yk_node *near_node, *cover; /* cover: of one machine, while a plan is made */
    yk_reduce_near *near;
    yk_tree_plan near_plan; /* what this machine sends */
    yk_reduce_summand *summand;
    yk_tree_plan sum_plan;

    /* a bucket */
    float **value, **out;
    float *inbox;         /* pieces of nodes that come */
    int64_t piece_length; /* elements of a message, equal on all ranks */
    MPI_Request *request;
    int requests; /* of a lane, at most */
    int in_flight[YK_REDUCE_LANES];

    /* the queue */
    yk_reduce_bucket_given queue[YK_REDUCE_QUEUE];
    int64_t head, tail; /* numbers of the next bucket to be done, and to be given */
    unsigned fence;     /* the last step of this rank in the batch before */
    bool told;          /* the others know this rank's slots */
    yk_status status;   /* the first error, and what it says: it may have come on the thread */
    char message[512];

    /* a gather by the thread */
    bool gathering; /* it is asked for, or under way */
    const float *gather_mine;
    float *gather_all;
    _Atomic int64_t gathered; /* elements from here on are there; 0: no gather is under way */

    /* the thread */
    bool started, has_thread; /* the queue; the thread */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool busy, stop;    /* a bucket is being done; the thread ends */
    atomic_bool waited; /* the rank waits: what is left of the buckets it does itself */
};

static inline float *yk_reduce_vector(const yk_reduce *reduce, int64_t number)
{
    return reduce->vector + number * reduce->step;
}

/* Bytes of a rank's piece in front of its vectors. */
static inline int64_t yk_reduce_head(void)
{
    return yk_arena_round(sizeof(yk_reduce_piece));
}

static inline float *yk_reduce_vector_of(const yk_reduce *reduce, int rank, int64_t number)
{
    return (float *)(void *)(reduce->piece[rank] + yk_reduce_head()) + number * reduce->step;
}

static inline const yk_reduce_piece *yk_reduce_piece_of(const yk_reduce *reduce, int rank)
{
    return (const yk_reduce_piece *)(const void *)reduce->piece[rank];
}

/* The rank of a machine that serves an owner. */
static inline int yk_reduce_server(const yk_reduce *reduce, int machine, int owner)
{
    const int *first = &reduce->first[machine];
    return reduce->member[first[0] + reduce->place[owner] % (first[1] - first[0])];
}

/* --- reduce_who.c */

/* Groups the ranks by `group`, the lowest rank of each one's machine. */
void yk_reduce_group(yk_reduce *reduce, const int *group);

/* Which nodes a batch of reduce->n leaves has, and where. */
void yk_reduce_find_nodes(yk_reduce *reduce);

/* --- reduce_bucket.c */

/* Does one bucket, which all sharers may still be about to give. */
yk_status yk_reduce_do(yk_reduce *reduce, const yk_reduce_bucket_given *bucket);

/* Waits for a lane's messages. */
yk_status yk_reduce_complete(yk_reduce *reduce, int lane);

/* --- reduce_gather.c */

/* The whole gather, in the caller's thread. */
yk_status yk_reduce_gather_all(yk_reduce *reduce, const float *mine, float *all);

/* --- reduce_queue.c */

/* Mutex, and the thread where there are messages and MPI lets it. */
void yk_reduce_start_queue(yk_reduce *reduce);
void yk_reduce_stop_queue(yk_reduce *reduce);

/* The first error stays, with what it says. With the mutex, or where the thread has nothing to do. */
void yk_reduce_note_status(yk_reduce *reduce, yk_status status);

/* Tells who waits for a gather that elements from `first` on are there. */
void yk_reduce_note_gathered(yk_reduce *reduce, int64_t first);

/* This rank has done a step that sharers may wait for. */
unsigned yk_reduce_post(yk_reduce *reduce);
yk_status yk_reduce_await(yk_reduce *reduce, int rank, unsigned step);
yk_status yk_reduce_await_all(yk_reduce *reduce, unsigned step);

#endif
