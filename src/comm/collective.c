/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement, small sums, and moving arrays of any size between ranks.
 *
 * What a training step uses is made of sends and receives and not of MPI's own reductions, which allocate memory in
 * each call. Counts of bytes are 64 bits wide: messages go in pieces. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "comm/comm_mpi.h"
#include "core/num.h"

#define MESSAGE_MAX 1024
#define TAG 0
#define WAITS 1   /* tag of "I wait for your message" */
#define FEW 8     /* integers of a message that MPI keeps without asking for memory */
#define PIECE 256 /* integers of one message, 2 KB: larger ones go in turns of their own */

typedef void (*combine)(int64_t n, const int64_t *theirs, int64_t *mine);

static void take_max(int64_t n, const int64_t *theirs, int64_t *mine)
{
    for (int64_t i = 0; i < n; i++)
        mine[i] = yk_max(mine[i], theirs[i]);
}

static void take_sum(int64_t n, const int64_t *theirs, int64_t *mine)
{
    for (int64_t i = 0; i < n; i++)
        mine[i] += theirs[i];
}

/* All-reduce of a few integers: up a binomial tree to rank 0, then a broadcast. */
static yk_status reduce_few(yk_comm *comm, int n, int64_t *mine, combine with)
{
    int64_t theirs[FEW];
    for (int bit = 1; bit < comm->size; bit *= 2) {
        if (comm->rank & bit) {
            YK_MPI(MPI_Send, (mine, n, MPI_INT64_T, comm->rank - bit, TAG, comm->mpi));
            break;
        }
        if (comm->rank + bit < comm->size) {
            YK_MPI(MPI_Recv, (theirs, n, MPI_INT64_T, comm->rank + bit, TAG, comm->mpi, MPI_STATUS_IGNORE));
            with(n, theirs, mine);
        }
    }
    YK_MPI(MPI_Bcast, (mine, n, MPI_INT64_T, 0, comm->mpi));
    return YK_OK;
}

/* A message whose receiver has said that it waits: MPI asks for memory to keep larger ones that come too early. */
static yk_status give(yk_comm *comm, int to, int n, const int64_t *values)
{
    YK_MPI(MPI_Recv, (NULL, 0, MPI_BYTE, to, WAITS, comm->mpi, MPI_STATUS_IGNORE));
    YK_MPI(MPI_Send, (values, n, MPI_INT64_T, to, TAG, comm->mpi));
    return YK_OK;
}

static yk_status take(yk_comm *comm, int from, int n, int64_t *values)
{
    MPI_Request request;
    YK_MPI(MPI_Irecv, (values, n, MPI_INT64_T, from, TAG, comm->mpi, &request));
    YK_MPI(MPI_Send, (NULL, 0, MPI_BYTE, from, WAITS, comm->mpi));
    YK_MPI(MPI_Wait, (&request, MPI_STATUS_IGNORE));
    return YK_OK;
}

/* All-reduce of more integers: up the same tree, and down again. */
static yk_status reduce_more(yk_comm *comm, int n, int64_t *mine, combine with)
{
    int64_t theirs[PIECE];
    int bit = 1;
    for (; bit < comm->size && !(comm->rank & bit); bit *= 2)
        if (comm->rank + bit < comm->size) {
            YK_TRY(take(comm, comm->rank + bit, n, theirs));
            with(n, theirs, mine);
        }
    if (comm->rank != 0) {
        YK_TRY(give(comm, comm->rank - bit, n, mine));
        YK_TRY(take(comm, comm->rank - bit, n, mine));
    }
    for (bit /= 2; bit > 0; bit /= 2)
        if (comm->rank + bit < comm->size)
            YK_TRY(give(comm, comm->rank + bit, n, mine));
    return YK_OK;
}

static yk_status reduce_all(yk_comm *comm, int64_t n, int64_t *values, combine with)
{
    if (comm->size == 1)
        return YK_OK;
    if (n <= FEW)
        return reduce_few(comm, (int)n, values, with);
    for (int64_t at = 0; at < n; at += PIECE)
        YK_TRY(reduce_more(comm, (int)yk_min(PIECE, n - at), values + at, with));
    return YK_OK;
}

yk_status yk_comm_max(yk_comm *comm, int64_t n, int64_t *values)
{
    return reduce_all(comm, n, values, take_max);
}

yk_status yk_comm_sum(yk_comm *comm, int64_t n, int64_t *values)
{
    return reduce_all(comm, n, values, take_sum);
}

/* Ranks that have nothing to say learn the message of `origin`; it keeps the trail that it has. */
static yk_status spread_message(yk_comm *comm, yk_status status, int origin, bool all_failed)
{
    char text[MESSAGE_MAX] = "";
    if (comm->rank == origin)
        snprintf(text, sizeof text, "%s", yk_error_text());
    YK_MPI(MPI_Bcast, (text, MESSAGE_MAX, MPI_CHAR, origin, comm->mpi));
    if (comm->rank != origin)
        yk_error_set(status, __FILE__, __LINE__, __func__, "%s", text);
    if (!all_failed)
        yk_error_prefix(status, "rank %d (host %s): ", origin, comm->host[origin]);
    return status;
}

yk_status yk_comm_agree(yk_comm *comm, yk_status mine)
{
    if (comm->size == 1)
        return mine;
    /* the highest word belongs to the worst status, and among its ranks to the lowest */
    int64_t word[2] = { (int64_t)mine * comm->size + (comm->size - 1 - comm->rank), mine == YK_OK };
    YK_TRY(yk_comm_max(comm, 2, word));
    yk_status worst = (yk_status)(word[0] / comm->size);
    if (worst == YK_OK)
        return YK_OK;
    return spread_message(comm, worst, (int)(comm->size - 1 - word[0] % comm->size), !word[1]);
}

yk_status yk_comm_broadcast(yk_comm *comm, int root, void *data, int64_t bytes)
{
    if (comm->size == 1)
        return YK_OK;
    for (int64_t at = 0; at < bytes; at += YK_COMM_PIECE)
        YK_MPI(MPI_Bcast, ((char *)data + at, (int)yk_min(YK_COMM_PIECE, bytes - at), MPI_BYTE, root, comm->mpi));
    return YK_OK;
}

/* Sends `out_bytes` to one rank while receiving `in_bytes` from another. */
static yk_status exchange(yk_comm *comm, int to, const char *out, int64_t out_bytes, int from, char *in,
                          int64_t in_bytes)
{
    for (int64_t at = 0; at < yk_max(out_bytes, in_bytes); at += YK_COMM_PIECE) {
        int64_t send = yk_max(0, yk_min(YK_COMM_PIECE, out_bytes - at));
        int64_t receive = yk_max(0, yk_min(YK_COMM_PIECE, in_bytes - at));
        YK_MPI(MPI_Sendrecv,
               (send ? out + at : out, (int)send, MPI_BYTE, send ? to : MPI_PROC_NULL, TAG, receive ? in + at : in,
                (int)receive, MPI_BYTE, receive ? from : MPI_PROC_NULL, TAG, comm->mpi, MPI_STATUS_IGNORE));
    }
    return YK_OK;
}

/* A ring: in turn k every rank hands on the part that it got in turn k - 1. */
yk_status yk_comm_all_gather(yk_comm *comm, const int64_t *offset, size_t size, void *data)
{
    int next = (comm->rank + 1) % comm->size, previous = (comm->rank + comm->size - 1) % comm->size;
    for (int turn = 0; turn < comm->size - 1; turn++) {
        int out = (comm->rank + comm->size - turn) % comm->size, in = (out + comm->size - 1) % comm->size;
        int64_t out_first = offset[out] * (int64_t)size, in_first = offset[in] * (int64_t)size;
        YK_TRY(exchange(comm, next, (char *)data + out_first, offset[out + 1] * (int64_t)size - out_first, previous,
                        (char *)data + in_first, offset[in + 1] * (int64_t)size - in_first));
    }
    return YK_OK;
}

/* Bytes that `rank` has at mine + from_at, to out + to_at on root. */
static yk_status collect_part(yk_comm *comm, int root, int rank, const char *mine, int64_t from_at, char *out,
                              int64_t to_at, int64_t bytes)
{
    if (bytes <= 0 || (comm->rank != root && comm->rank != rank))
        return YK_OK;
    const char *from = comm->rank == rank ? mine + from_at : NULL;
    char *to = comm->rank == root ? out + to_at : NULL;
    if (rank == root)
        memcpy(to, from, (size_t)bytes);
    else if (comm->rank == rank)
        return exchange(comm, root, from, bytes, MPI_PROC_NULL, NULL, 0);
    else
        return exchange(comm, MPI_PROC_NULL, NULL, 0, rank, to, bytes);
    return YK_OK;
}

yk_status yk_comm_collect(yk_comm *comm, int root, const int64_t *offset, size_t size, const void *mine, int64_t first,
                          int64_t count, void *out)
{
    for (int rank = 0; rank < comm->size; rank++) {
        const int64_t begin = yk_max(first, offset[rank]), end = yk_min(first + count, offset[rank + 1]);
        YK_TRY(collect_part(comm, root, rank, mine, (begin - offset[rank]) * (int64_t)size, out,
                            (begin - first) * (int64_t)size, (end - begin) * (int64_t)size));
    }
    return YK_OK;
}

yk_status yk_comm_collect_dealt(yk_comm *comm, int root, const yk_deal *deal, size_t size, const void *mine,
                                int64_t first, int64_t count, void *out)
{
    int64_t packed = 0; /* elements of this rank's pieces so far */
    for (int64_t i = 0; i < deal->stripes * deal->size; i++) {
        const int rank = (int)(i % deal->size);
        const int64_t begin = yk_max(first, deal->cut[i]), end = yk_min(first + count, deal->cut[i + 1]);
        YK_TRY(collect_part(comm, root, rank, mine, (packed + begin - deal->cut[i]) * (int64_t)size, out,
                            (begin - first) * (int64_t)size, (end - begin) * (int64_t)size));
        packed += rank == comm->rank ? deal->cut[i + 1] - deal->cut[i] : 0;
    }
    return YK_OK;
}

yk_status yk_comm_exchange(yk_comm *comm, const int64_t *out_at, const void *out, const int64_t *in_at, void *in)
{
    for (int turn = 1; turn < comm->size; turn++) {
        int to = (comm->rank + turn) % comm->size, from = (comm->rank + comm->size - turn) % comm->size;
        YK_TRY(exchange(comm, to, (const char *)out + out_at[to], out_at[to + 1] - out_at[to], from,
                        (char *)in + in_at[from], in_at[from + 1] - in_at[from]));
    }
    return YK_OK;
}
