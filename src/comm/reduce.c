/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient sum inside a rank (reduce.h), and its memory. For each chunk a plan is made once: a list of vector
 * additions in the order of the tree, and of copies that save unfinished nodes from the next chunk. It is applied to
 * every range of elements as soon as backward has finished it. */
#include <assert.h>
#include <string.h>

#include "comm/reduce_parts.h"
#include "core/num.h"
#include "core/parallel.h"

#define BLOCK 2048          /* elements that take the whole plan at once, in the first-level cache */
#define PIECE_MAX (1 << 18) /* elements of one message: 1 MB */
#define LANE_MAX (1 << 23)  /* elements that come at once: 32 MB */

/* What a reduction needs on this rank; create() and bytes() both go by it. */
typedef struct sizes {
    int64_t step, waiting, lines; /* of this rank's own sum */
    int64_t nodes, near, far;     /* at most: of all ranks; of this machine; of the others */
    int64_t requests, piece_length, inbox;
    int64_t piece; /* bytes of the memory that others see */
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

/* The lowest rank that shares memory with a rank, as far as one can know before it is there. */
static int lowest_sharer(const yk_comm *comm, int rank)
{
    const int few = comm->ways.no_memory ? 1 : comm->ways.machine;
    if (few == 0)
        return comm->machine[rank];
    int r = 0;
    while (comm->machine[r] != comm->machine[rank] || (few > 0 ? r / few != rank / few : (r - rank) % few != 0))
        r++;
    return r;
}

/* group: the lowest rank that each one shares memory with; NULL: as far as one can know. */
static sizes sizes_of(const yk_comm *comm, const int *group, int64_t length, int64_t chunk, int64_t leaves,
                      const yk_deal *deal)
{
    const int64_t each = yk_div_up(leaves, comm->size), most = nodes_most(each, false, 1);
    const bool zero = comm->rank == 0;
    const int mine = group ? group[comm->rank] : lowest_sharer(comm, comm->rank);
    sizes s = { .step = yk_arena_round(length * 4) / 4, .piece_length = length };
    int64_t machines = 0, sharers = 0;
    /* nodes wait after every chunk but the last; leaf 0 begins rank 0's chunks, whose ends are multiples of chunk */
    s.waiting = each > chunk ? nodes_most((each - 1) / chunk * chunk, zero, zero ? chunk & -chunk : 1) : 0;
    s.lines = chunk + 2 * s.waiting;
    s.piece = (chunk + s.waiting) * s.step * 4;
    if (comm->size == 1)
        return s;
    for (int r = 0; r < comm->size; r++) {
        const int lowest = group ? group[r] : lowest_sharer(comm, r);
        machines += lowest == r;
        sharers += lowest == mine;
    }
    s.piece += yk_reduce_head();
    s.nodes = comm->size * most;
    s.near = sharers * most;
    s.far = s.nodes - s.near;
    if (machines >
        1) { /* an owner's nodes come, this machine's go to its part of the owners; or each piece is gathered */
        s.piece_length = yk_max(1, yk_min(yk_min(PIECE_MAX, yk_deal_widest(deal)), LANE_MAX / s.nodes));
        s.requests =
            yk_max(s.far + (comm->size + machines * sharers) * most, YK_REDUCE_GATHERED * (comm->size + machines));
        s.inbox = YK_REDUCE_LANES * s.far * s.piece_length;
    }
    return s;
}

/* Takes all that is not seen by others from the arena; without one, says how many bytes that is. */
static int64_t take_all(yk_reduce *r, const sizes *s)
{
    int64_t bytes = 0;
    const int64_t size = r->comm->size;
    const struct {
        void *to;
        int64_t count;
        size_t size;
    } part[] = {
        { &r->piece, size, sizeof *r->piece },
        { &r->taken, r->chunk + s->waiting, sizeof *r->taken },
        { &r->plan, s->lines, sizeof *r->plan },
        { &r->machine, size, sizeof *r->machine },
        { &r->place, size, sizeof *r->place },
        { &r->member, size, sizeof *r->member },
        { &r->first, size + 1, sizeof *r->first },
        { &r->near_node, s->near, sizeof *r->near_node },
        { &r->cover, s->nodes, sizeof *r->cover },
        { &r->near, s->near, sizeof *r->near },
        { &r->near_plan.line, s->near, sizeof *r->near_plan.line },
        { &r->near_plan.node, s->near, sizeof *r->near_plan.node },
        { &r->near_plan.first, s->near, sizeof *r->near_plan.first },
        { &r->near_plan.changed, s->near, sizeof *r->near_plan.changed },
        { &r->summand, s->nodes, sizeof *r->summand },
        { &r->sum_plan.line, s->nodes, sizeof *r->sum_plan.line },
        { &r->sum_plan.node, s->nodes, sizeof *r->sum_plan.node },
        { &r->sum_plan.first, s->nodes, sizeof *r->sum_plan.first },
        { &r->sum_plan.changed, s->nodes, sizeof *r->sum_plan.changed },
        { &r->value, s->nodes, sizeof *r->value },
        { &r->out, s->near, sizeof *r->out },
        { &r->request, YK_REDUCE_LANES * s->requests, sizeof *r->request },
        { &r->inbox, s->inbox, sizeof *r->inbox },
    };
    for (int i = 0; i < YK_LEN(part); i++) {
        const int64_t take = part[i].count * (int64_t)part[i].size;
        bytes += yk_arena_round(take);
        if (r->arena.size) {
            void *at = yk_arena_take(&r->arena, take);
            memcpy(part[i].to, &at, sizeof at);
        }
    }
    return bytes;
}

static yk_status take_arenas(yk_reduce *r, const sizes *s, const int *group)
{
    const int rank = r->comm->rank;
    r->waiting = s->waiting;
    r->step = s->step;
    r->requests = (int)s->requests;
    r->piece_length = s->piece_length;
    YK_TRY(yk_arena_create(&r->arena, take_all(r, s)));
    take_all(r, s);
    yk_reduce_group(r, group);
    if (!r->shared) {
        YK_TRY(yk_arena_create(&r->own, s->piece));
        r->piece[rank] = yk_arena_take(&r->own, s->piece);
    }
    for (int i = 0; r->shared && i < r->comm->size; i++)
        if (group[i] == group[rank])
            r->piece[i] = yk_shared_piece(r->shared, i);
    r->vector = r->comm->size == 1 ? (float *)(void *)r->piece[0] : yk_reduce_vector_of(r, rank, 0);
    return YK_OK;
}

static yk_status create(yk_reduce *r, int *group, int64_t leaves)
{
    yk_comm *comm = r->comm;
    sizes s = sizes_of(comm, group, r->length, r->chunk, leaves, r->deal);
    YK_TRY(yk_shared_create(&r->shared, comm, group, s.piece));
    s = sizes_of(comm, group, r->length, r->chunk, leaves, r->deal); /* the memory may not be there */
    YK_TRY(yk_comm_agree(comm, take_arenas(r, &s, group)));
    yk_reduce_start_queue(r);
    return YK_OK;
}

yk_status yk_reduce_create(yk_reduce **out, yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, yk_wire wire,
                           const yk_deal *deal)
{
    int *group = NULL;
    *out = NULL;
    yk_status status = yk_alloc(out, 1, sizeof **out);
    if (status == YK_OK)
        status = yk_alloc(&group, comm->size, sizeof *group);
    status = yk_comm_agree(comm, status);
    if (status == YK_OK) {
        **out = (yk_reduce){ .comm = comm, .wire = wire, .length = length, .chunk = chunk, .deal = deal };
        for (int r = 0; r < comm->size; r++)
            group[r] = lowest_sharer(comm, r);
        status = create(*out, group, leaves);
    }
    yk_free(group);
    if (status != YK_OK)
        yk_reduce_destroy(out);
    return status;
}

void yk_reduce_destroy(yk_reduce **reduce)
{
    if (!reduce || !*reduce)
        return;
    yk_reduce_stop_queue(*reduce);
    yk_shared_destroy(&(*reduce)->shared);
    yk_arena_destroy(&(*reduce)->own);
    yk_arena_destroy(&(*reduce)->arena);
    yk_free(*reduce);
    *reduce = NULL;
}

/* The groups are not there yet: they are found one by one. */
int64_t yk_reduce_bytes(const yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, const yk_deal *deal)
{
    yk_reduce none = { .comm = (yk_comm *)comm, .chunk = chunk };
    const sizes s = sizes_of(comm, NULL, length, chunk, leaves, deal);
    return s.piece + take_all(&none, &s);
}

int yk_reduce_sharers(const yk_reduce *reduce)
{
    const int machine = reduce->machine[reduce->comm->rank];
    return reduce->first[machine + 1] - reduce->first[machine];
}

bool yk_reduce_has_thread(const yk_reduce *reduce)
{
    return reduce->has_thread;
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
    yk_comm *comm = reduce->comm;
    if (comm->size > 1 && reduce->status == YK_OK)
        yk_reduce_note_status(reduce, yk_reduce_await_all(reduce, reduce->fence));
    reduce->n = n;
    reduce->nodes = (yk_tree_stack){ .n = n };
    reduce->told = false;
    memset(reduce->taken, 0, (size_t)(reduce->chunk + reduce->waiting));
    if (comm->size > 1)
        yk_reduce_find_nodes(reduce);
    yk_tree_range(n, comm->rank, comm->size, &reduce->next, &reduce->last);
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
    yk_tree_stack *own = &reduce->nodes;
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
            yk_wire_add(reduce->wire, n, into, from, kept ? sum : into);
    }
}

void yk_reduce_add(yk_reduce *reduce, int64_t first, int64_t last)
{
    int64_t n = last - first;
    if (reduce->n == 1) { /* nothing is added, but a value of the tree all the same */
        float *leaf = yk_reduce_vector(reduce, reduce->at) + first;
        yk_wire_copy(reduce->wire, n, leaf, leaf);
    }
    yk_parallel(yk_div_up(n, BLOCK), n * reduce->lines, add_block, &(addition){ reduce, first, last });
}

float *yk_reduce_total(yk_reduce *reduce)
{
    return yk_reduce_vector(reduce, reduce->nodes.depth > 0 ? reduce->nodes.open[0].slot : 0);
}
