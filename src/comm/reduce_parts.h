/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of yk_reduce: reduce.c adds a rank's leaves to nodes, reduce_bucket.c sends nodes to the owners. */
#ifndef YK_COMM_REDUCE_PARTS_H
#define YK_COMM_REDUCE_PARTS_H

#include <stdbool.h>

#include "comm/comm_mpi.h"
#include "comm/reduce.h"
#include "core/mem.h"

/* Vectors are numbered: 0 .. chunk-1 hold the chunk's leaves, the waiting ones follow. Where a chunk is one leaf, it
 * may be in any of them that holds no node. */

/* One line of the plan that makes a chunk's leaves into nodes: vector `into` gets += `from`, or = `from`. */
typedef struct yk_reduce_line {
    int64_t into, from;
    bool copy;
} yk_reduce_line;

struct yk_reduce {
    yk_comm *comm;
    int64_t length, step;   /* elements of a vector; from one vector to the next */
    int64_t chunk, waiting; /* numbers of leaf vectors and of waiting ones */
    int64_t *share;         /* size+1 offsets */
    yk_arena arena;
    float *vector;

    /* the batch */
    int64_t n, next, last; /* leaves of all ranks; this rank's next one, and its end */
    yk_tree_stack own;     /* this rank's nodes; a slot is the number of a vector */
    int64_t at;            /* vector of the chunk's first leaf */
    bool *taken;           /* which vectors hold a node that waits */
    yk_reduce_line *plan;
    int64_t lines;

    /* the exchange */
    yk_node *node;       /* nodes of all ranks in ascending order ... */
    int64_t *first_node; /* ... those of rank r are first_node[r] .. first_node[r+1]-1 */
    float **value;       /* where each node's piece lies */
    MPI_Request *request;
    float *inbox;                /* pieces of other ranks' nodes */
    int64_t inbox_length, piece; /* elements */
    float *total;                /* NULL on rank 0, where the total arises in its first node */
};

static inline float *yk_reduce_vector(const yk_reduce *reduce, int64_t number)
{
    return reduce->vector + number * reduce->step;
}

#endif
