/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient sum across ranks (reduce.h): every rank sends its nodes' elements, from where they lie, to the ranks
 * that hold these elements; each holder evaluates the tree. A bucket goes in pieces, so that what a rank receives at
 * once fits its inbox. The piece's size, and so the number of turns, follows from what all ranks know.
 *
 * The tree leaves its value in the first node's memory: on rank 0 that is its own first node, on other ranks it is the
 * place of the total, into which rank 0's first node is received. */
#include <assert.h>

#include "comm/reduce_parts.h"
#include "core/num.h"

/* Elements begin .. end-1 of the vector. */
typedef struct part {
    int64_t begin, end;
} part;

/* What rank holds of piece number `turn` of the bucket; begin = end when there is nothing (left). */
static part piece_of(const yk_reduce *reduce, int rank, part bucket, int64_t turn)
{
    int64_t begin = yk_max(bucket.begin, reduce->share[rank]), end = yk_min(bucket.end, reduce->share[rank + 1]);
    begin = yk_min(begin + turn * reduce->piece, yk_max(begin, end));
    end = yk_max(begin, yk_min(begin + reduce->piece, end));
    return (part){ begin, end };
}

static int64_t turns_of(const yk_reduce *reduce, part bucket)
{
    int64_t widest = 0;
    for (int r = 0; r < reduce->comm->size; r++)
        widest = yk_max(widest, yk_min(bucket.end, reduce->share[r + 1]) - yk_max(bucket.begin, reduce->share[r]));
    return yk_div_up(widest, reduce->piece);
}

static float *own_node(const yk_reduce *reduce, int i)
{
    return yk_reduce_vector(reduce, reduce->own.open[i].slot);
}

/* Where each node's part lies here, or will lie once it is received. */
static void place(yk_reduce *reduce, part mine)
{
    int rank = reduce->comm->rank;
    int64_t first_own = reduce->first_node[rank], after_own = reduce->first_node[rank + 1];
    float *inbox = reduce->inbox;
    for (int64_t k = 0; k < reduce->first_node[reduce->comm->size]; k++) {
        if (k >= first_own && k < after_own) {
            reduce->value[k] = own_node(reduce, (int)(k - first_own)) + mine.begin;
        } else if (k == 0) {
            reduce->value[k] = reduce->total + (mine.begin - reduce->share[rank]);
        } else {
            reduce->value[k] = inbox;
            inbox += reduce->piece;
        }
    }
}

static yk_status receive_nodes(yk_reduce *reduce, part mine, int *requests)
{
    yk_comm *comm = reduce->comm;
    for (int r = 0; r < comm->size; r++)
        for (int64_t k = reduce->first_node[r]; r != comm->rank && k < reduce->first_node[r + 1]; k++)
            YK_MPI(MPI_Irecv, (reduce->value[k], (int)(mine.end - mine.begin), MPI_FLOAT, r,
                               (int)(k - reduce->first_node[r]), comm->mpi, &reduce->request[(*requests)++]));
    return YK_OK;
}

/* The next rank is served first, so that not all ranks send to the same one at once. */
static yk_status send_nodes(yk_reduce *reduce, part bucket, int64_t turn, int *requests)
{
    yk_comm *comm = reduce->comm;
    for (int i = 1; i < comm->size; i++) {
        int to = (comm->rank + i) % comm->size;
        part theirs = piece_of(reduce, to, bucket, turn);
        for (int k = 0; theirs.begin < theirs.end && k < reduce->own.depth; k++)
            YK_MPI(MPI_Isend, (own_node(reduce, k) + theirs.begin, (int)(theirs.end - theirs.begin), MPI_FLOAT, to, k,
                               comm->mpi, &reduce->request[(*requests)++]));
    }
    return YK_OK;
}

yk_status yk_reduce_bucket(yk_reduce *reduce, int64_t first, int64_t last)
{
    yk_comm *comm = reduce->comm;
    part bucket = { first, last };
    assert(reduce->next == reduce->last);
    assert(reduce->own.depth == reduce->first_node[comm->rank + 1] - reduce->first_node[comm->rank]);
    if (comm->size == 1)
        return YK_OK;
    int64_t turns = turns_of(reduce, bucket);
    for (int64_t turn = 0; turn < turns; turn++) {
        int requests = 0;
        part mine = piece_of(reduce, comm->rank, bucket, turn);
        if (mine.begin < mine.end) {
            place(reduce, mine);
            YK_TRY(receive_nodes(reduce, mine, &requests));
        }
        YK_TRY(send_nodes(reduce, bucket, turn, &requests));
        YK_MPI(MPI_Waitall, (requests, reduce->request, MPI_STATUSES_IGNORE));
        if (mine.begin < mine.end)
            yk_tree_sum(reduce->n, reduce->first_node[comm->size], reduce->node, reduce->value, mine.end - mine.begin);
    }
    return YK_OK;
}

yk_status yk_reduce_wait(yk_reduce *reduce)
{
    (void)reduce; /* yk_reduce_bucket() has waited */
    return YK_OK;
}

float *yk_reduce_total(yk_reduce *reduce)
{
    return reduce->comm->rank == 0 ? own_node(reduce, 0) + reduce->share[0] : reduce->total;
}
