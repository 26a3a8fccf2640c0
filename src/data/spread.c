/* SPDX-License-Identifier: Apache-2.0 */
#include "data/spread.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

enum { MAX_FIELDS = 64 };

struct yk_spread {
    yk_comm *comm;
    int n, rank, size;
    int64_t sample_bytes[MAX_FIELDS], widest;
    const char *memory[MAX_FIELDS]; /* this rank's samples */
    int64_t *first;                 /* [size+1] samples first[r] .. first[r+1]-1 are rank r's */

    /* the batch */
    int64_t n_out, *out;      /* own samples that travel, by rank and then by position */
    int64_t *out_at;          /* [size+1] where each rank's begin in it */
    int64_t rows, *row;       /* samples that this rank gets, by position */
    int64_t *in_at;           /* [size+1] where each owner's begin in `inbox` */
    int64_t *bytes[2], *next; /* [size+1] scratch */

    char *outbox, *inbox; /* samples on their way, of one field */
    int64_t out_room;     /* samples that `out` and `outbox` hold */
};

yk_status yk_spread_create(yk_spread **out, yk_comm *comm, int n, const int64_t *sample_bytes)
{
    yk_status status = YK_OK;
    yk_spread *s;
    *out = NULL;
    YK_CHECK(n >= 1 && n <= MAX_FIELDS, YK_ERR_ARG, "%d fields are given; 1 to %d are possible", n, MAX_FIELDS);
    YK_TRY(yk_alloc(&s, 1, sizeof *s));
    s->comm = comm;
    s->n = n;
    s->rank = yk_comm_rank(comm);
    s->size = yk_comm_size(comm);
    for (int i = 0; i < n; i++) {
        s->sample_bytes[i] = sample_bytes[i];
        s->widest = yk_max(s->widest, sample_bytes[i]);
    }
    int64_t **arrays[] = { &s->first, &s->out_at, &s->in_at, &s->bytes[0], &s->bytes[1], &s->next };
    for (int i = 0; i < YK_LEN(arrays); i++)
        YK_TRY_GOTO(yk_alloc(arrays[i], s->size + 1, sizeof **arrays[i]), fail);
    *out = s;
    return YK_OK;
fail:
    yk_spread_destroy(&s);
    return status;
}

void yk_spread_destroy(yk_spread **spread)
{
    yk_spread *s = *spread;
    if (!s)
        return;
    yk_free(s->first);
    yk_free(s->out_at);
    yk_free(s->in_at);
    yk_free(s->bytes[0]);
    yk_free(s->bytes[1]);
    yk_free(s->next);
    yk_free(s->out);
    yk_free(s->row);
    yk_free(s->outbox);
    yk_free(s->inbox);
    yk_free(s);
    *spread = NULL;
}

/* Room for all own samples to travel; kept when the next ones are fewer. */
static yk_status grow(yk_spread *s, int64_t count)
{
    if (s->size == 1 || count <= s->out_room)
        return YK_OK;
    YK_TRY(yk_realloc(&s->out, count, sizeof *s->out));
    YK_TRY(yk_realloc(&s->outbox, count, (size_t)s->widest));
    s->out_room = count;
    return YK_OK;
}

yk_status yk_spread_set(yk_spread *s, int64_t count, const void *const *memory)
{
    YK_TRY(yk_comm_agree(s->comm, grow(s, count)));
    memset(s->next, 0, (size_t)(s->size + 1) * sizeof *s->next);
    s->next[s->rank] = count;
    YK_TRY(yk_comm_sum(s->comm, s->size, s->next));
    for (int r = 0; r < s->size; r++)
        s->first[r + 1] = s->first[r] + s->next[r];
    for (int i = 0; i < s->n; i++)
        s->memory[i] = memory[i];
    return YK_OK;
}

int64_t yk_spread_range(const yk_spread *s, int64_t *first, int64_t *last)
{
    *first = s->first[s->rank];
    *last = s->first[s->rank + 1];
    return s->first[s->size];
}

yk_status yk_spread_reserve(yk_spread *s, int64_t batch, int64_t rows)
{
    YK_TRY(yk_realloc(&s->row, yk_min(rows, batch), sizeof *s->row));
    if (s->size > 1)
        YK_TRY(yk_realloc(&s->inbox, yk_min(rows, batch), (size_t)s->widest));
    return YK_OK;
}

/* The rank that holds a sample: the last whose first is not beyond it (ranks before it may hold none). */
static int owner_of(const yk_spread *s, int64_t sample)
{
    int low = 0, high = s->size;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (s->first[middle] <= sample)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void yk_spread_draw(yk_spread *s, const yk_order *order, int64_t epoch, int64_t start, int64_t count,
                    const int64_t *cut)
{
    const int64_t mine = s->first[s->rank], end = s->first[s->rank + 1];
    int64_t first = 0, last = count; /* positions at which own samples can stand */
    if (order->shuffle.mode == YK_SHUFFLE_NONE && !order->of) {
        first = yk_max(0, mine - start);
        last = yk_min(count, end - start);
    }
    s->n_out = 0;
    for (int r = 0; r < s->size; r++) {
        s->out_at[r] = s->n_out;
        for (int64_t p = yk_max(first, cut[r]); r != s->rank && p < yk_min(last, cut[r + 1]); p++) {
            const int64_t sample = yk_order_at(order, epoch, start + p);
            if (sample >= mine && sample < end)
                s->out[s->n_out++] = sample - mine;
        }
    }
    s->out_at[s->size] = s->n_out;

    s->rows = cut[s->rank + 1] - cut[s->rank];
    memset(s->in_at, 0, (size_t)(s->size + 1) * sizeof *s->in_at);
    for (int64_t i = 0; i < s->rows; i++) {
        s->row[i] = yk_order_at(order, epoch, start + cut[s->rank] + i);
        const int owner = owner_of(s, s->row[i]);
        if (owner != s->rank)
            s->in_at[owner + 1]++;
    }
    for (int r = 0; r < s->size; r++)
        s->in_at[r + 1] += s->in_at[r];
}

yk_status yk_spread_fetch(yk_spread *s, int i, void *out)
{
    const int64_t size = s->sample_bytes[i], mine = s->first[s->rank];
    for (int64_t k = 0; k < s->n_out; k++)
        memcpy(s->outbox + k * size, s->memory[i] + s->out[k] * size, (size_t)size);
    for (int r = 0; r <= s->size; r++) {
        s->bytes[0][r] = s->out_at[r] * size;
        s->bytes[1][r] = s->in_at[r] * size;
        s->next[r] = s->in_at[r];
    }
    YK_TRY(yk_comm_exchange(s->comm, s->bytes[0], s->outbox, s->bytes[1], s->inbox));
    for (int64_t k = 0; k < s->rows; k++) { /* an owner's samples arrive in the order of their positions */
        const int owner = owner_of(s, s->row[k]);
        const char *from =
            owner == s->rank ? s->memory[i] + (s->row[k] - mine) * size : s->inbox + s->next[owner]++ * size;
        memcpy((char *)out + k * size, from, (size_t)size);
    }
    return YK_OK;
}
