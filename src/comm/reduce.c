/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient sum inside a rank (reduce.h). For each chunk a plan is made once: a list of vector additions in the
 * order of the tree, and of copies that save unfinished nodes from the next chunk. It is applied to every range of
 * elements as soon as backward has finished it. */
#include <assert.h>
#include <string.h>

#include "comm/reduce_parts.h"
#include "core/num.h"
#include "core/parallel.h"

#define BLOCK 2048          /* elements that take the whole plan at once, in the first-level cache */
#define PIECE_MAX (1 << 18) /* elements of one message: 1 MB */
#define INBOX_MAX (1 << 24) /* elements that wait to be added: 64 MB */

/* What a reduction needs on this rank; create() and bytes() both go by it. */
typedef struct sizes {
    int64_t step, waiting, lines, nodes, requests, inbox, total, bytes;
} sizes;

/* The most nodes that a range of up to `length` leaves can have: their sizes rise and fall again, 1 1 2 2 4 4 ...; of a
 * range that begins at leaf 0 they only fall. All are multiples of `unit`, a power of two. */
static int64_t nodes_most(int64_t length, bool from_zero, int64_t unit)
{
    int64_t nodes = 0, smallest = unit;
    while (length >= smallest) {
        length -= smallest;
        nodes++;
        if (from_zero || nodes % 2 == 0)
            smallest *= 2;
    }
    return nodes;
}

static sizes sizes_of(const yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, const int64_t *share)
{
    sizes s = { .step = yk_arena_round(length * 4) / 4 };
    int64_t each = yk_div_up(leaves, comm->size), widest = 0;
    bool zero = comm->rank == 0;
    /* nodes wait after every chunk but the last; leaf 0 begins rank 0's chunks, whose ends are multiples of chunk */
    s.waiting = each > chunk ? nodes_most((each - 1) / chunk * chunk, zero, zero ? chunk & -chunk : 1) : 0;
    s.lines = chunk + 2 * s.waiting;
    s.nodes = nodes_most(each, true, 1) + (comm->size - 1) * nodes_most(each, false, 1);
    for (int r = 0; r < comm->size; r++)
        widest = yk_max(widest, share[r + 1] - share[r]);
    if (comm->size > 1) {
        s.requests = s.nodes + (comm->size - 1) * nodes_most(each, zero, 1);
        s.inbox = yk_max(s.nodes, yk_min(INBOX_MAX, s.nodes * yk_min(PIECE_MAX, widest)));
        s.total = zero ? 0 : share[comm->rank + 1] - share[comm->rank];
    }
    const int64_t part[] = { (comm->size + 1) * 8,
                             (chunk + s.waiting) * s.step * 4,
                             chunk + s.waiting,
                             s.lines * (int64_t)sizeof(yk_reduce_line),
                             s.nodes * (int64_t)sizeof(yk_node),
                             (comm->size + 1) * 8,
                             s.nodes * (int64_t)sizeof(float *),
                             s.requests * (int64_t)sizeof(MPI_Request),
                             s.inbox * 4,
                             s.total * 4 };
    for (int i = 0; i < YK_LEN(part); i++)
        s.bytes += yk_arena_round(part[i]);
    return s;
}

yk_status yk_reduce_create(yk_reduce **out, yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves,
                           const int64_t *share)
{
    yk_status status;
    yk_reduce *r;
    sizes s = sizes_of(comm, length, chunk, leaves, share);
    *out = NULL;
    YK_TRY(yk_alloc(&r, 1, sizeof *r));
    *r = (yk_reduce){ .comm = comm, .length = length, .step = s.step, .chunk = chunk, .waiting = s.waiting };
    YK_TRY_GOTO(yk_arena_create(&r->arena, s.bytes), fail);
    int64_t offsets = comm->size + 1;
    r->share = yk_arena_take(&r->arena, offsets * 8);
    memcpy(r->share, share, (size_t)offsets * 8);
    r->vector = yk_arena_take(&r->arena, (chunk + s.waiting) * s.step * 4);
    r->taken = yk_arena_take(&r->arena, chunk + s.waiting);
    r->plan = yk_arena_take(&r->arena, s.lines * (int64_t)sizeof *r->plan);
    r->node = yk_arena_take(&r->arena, s.nodes * (int64_t)sizeof *r->node);
    r->first_node = yk_arena_take(&r->arena, offsets * 8);
    r->value = yk_arena_take(&r->arena, s.nodes * (int64_t)sizeof *r->value);
    r->request = yk_arena_take(&r->arena, s.requests * (int64_t)sizeof *r->request);
    r->inbox = yk_arena_take(&r->arena, s.inbox * 4);
    r->inbox_length = s.inbox;
    if (comm->rank > 0)
        r->total = yk_arena_take(&r->arena, s.total * 4);
    *out = r;
    return YK_OK;
fail:
    yk_free(r);
    return status;
}

void yk_reduce_destroy(yk_reduce **reduce)
{
    if (!reduce || !*reduce)
        return;
    yk_arena_destroy(&(*reduce)->arena);
    yk_free(*reduce);
    *reduce = NULL;
}

int64_t yk_reduce_bytes(const yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, const int64_t *share)
{
    return sizes_of(comm, length, chunk, leaves, share).bytes;
}

float *yk_reduce_leaves(yk_reduce *reduce)
{
    return yk_reduce_vector(reduce, reduce->at);
}

int64_t yk_reduce_step(const yk_reduce *reduce)
{
    return reduce->step;
}

void yk_reduce_begin(yk_reduce *reduce, int64_t n)
{
    int size = reduce->comm->size;
    int64_t nodes = 0, first, last;
    reduce->n = n;
    reduce->own = (yk_tree_stack){ .n = n };
    memset(reduce->taken, 0, (size_t)(reduce->chunk + reduce->waiting));
    for (int r = 0; r < size; r++) {
        yk_node cover[YK_TREE_NODES_MAX];
        yk_tree_range(n, r, size, &first, &last);
        int count = yk_tree_cover(n, first, last, cover);
        memcpy(reduce->node + nodes, cover, (size_t)count * sizeof *cover);
        reduce->first_node[r] = nodes;
        nodes += count;
    }
    reduce->first_node[size] = nodes;
    reduce->piece = yk_min(PIECE_MAX, reduce->inbox_length / nodes);
    yk_tree_range(n, reduce->comm->rank, size, &reduce->next, &reduce->last);
}

/* A vector from number `first` on that holds no node. */
static int64_t take(yk_reduce *reduce, int64_t first)
{
    int64_t i = first;
    while (i < reduce->chunk + reduce->waiting && reduce->taken[i])
        i++;
    assert(i < reduce->chunk + reduce->waiting);
    reduce->taken[i] = true;
    return i;
}

void yk_reduce_chunk(yk_reduce *reduce, int64_t count)
{
    int64_t into, from, lines = 0;
    yk_tree_stack *own = &reduce->own;
    assert(count <= reduce->chunk && reduce->next + count <= reduce->last);
    reduce->at = reduce->chunk == 1 ? take(reduce, 0) : 0;
    for (int64_t i = 0; i < count; i++) {
        yk_tree_push(own, (yk_node){ 0, reduce->next + i }, reduce->at + i);
        while (yk_tree_fold(own, &into, &from)) {
            reduce->plan[lines++] = (yk_reduce_line){ into, from, .copy = false };
            reduce->taken[from] = false;
        }
    }
    reduce->next += count;
    if (reduce->next < reduce->last && reduce->chunk > 1) { /* the next chunk overwrites the leaf vectors */
        for (int i = 0; i < own->depth; i++) {
            if (own->open[i].slot < reduce->chunk) {
                int64_t place = take(reduce, reduce->chunk);
                reduce->plan[lines++] = (yk_reduce_line){ place, own->open[i].slot, .copy = true };
                own->open[i].slot = place;
            }
        }
    }
    reduce->lines = lines;
}

/* sum = x + y; sum may be x or y. */
static void add(int64_t n, const float *x, const float *y, float *sum)
{
    for (int64_t i = 0; i < n; i++)
        sum[i] = x[i] + y[i];
}

typedef struct addition {
    yk_reduce *reduce;
    int64_t first, last;
} addition;

/* The whole plan on one block of elements. A sum that the next line adds to another vector, and nobody reads after
 * that, is kept in the cache and not written back. */
static void add_block(const void *context, int64_t block)
{
    const addition *a = context;
    yk_reduce *reduce = a->reduce;
    int64_t at = a->first + block * BLOCK, n = yk_min(BLOCK, a->last - at);
    float sum[BLOCK];
    bool kept = false; /* line->from is in `sum` */
    for (int64_t i = 0; i < reduce->lines; i++) {
        const yk_reduce_line *line = &reduce->plan[i], *next = i + 1 < reduce->lines ? line + 1 : NULL;
        float *into = yk_reduce_vector(reduce, line->into) + at;
        const float *from = kept ? sum : yk_reduce_vector(reduce, line->from) + at;
        kept = !line->copy && next && !next->copy && next->from == line->into;
        if (line->copy)
            memcpy(into, from, (size_t)n * sizeof *into);
        else
            add(n, into, from, kept ? sum : into);
    }
}

void yk_reduce_add(yk_reduce *reduce, int64_t first, int64_t last)
{
    int64_t n = last - first;
    yk_parallel(yk_div_up(n, BLOCK), n * reduce->lines, add_block, &(addition){ reduce, first, last });
}
