/* SPDX-License-Identifier: Apache-2.0 */
/* Passes: liveness, and places in the arena. A home is alive from the first instruction that uses one of its slots to
 * the last. Homes are placed largest first, each at the lowest offset where nothing that is alive at the same time lies
 * (first fit). */
#include "graph/plan.h"

#include <limits.h>
#include <stdlib.h>

#include "core/mem.h"

void yk_plan_liveness(yk_program *program)
{
    for (int s = 0; s < program->n_slot; s++) {
        program->slot[s].home = s;
        program->slot[s].first = INT_MAX;
        program->slot[s].last = program->slot[s].kept ? program->n_instruction : -1;
    }
    for (int i = 0; i < program->n_instruction; i++) {
        const yk_instruction *instruction = &program->instruction[i];
        for (int u = 0; u < instruction->n_use; u++) {
            yk_slot *slot = &program->slot[instruction->use[u].slot];
            if (slot->first > i)
                slot->first = i;
            if (slot->last < i)
                slot->last = i;
        }
    }
    for (int l = 0; program->opts.backward && l < program->opts.n_loss; l++) { /* all seeds are set before backward */
        yk_slot *dloss = &program->slot[yk_slot_of_gradient(program, program->opts.loss[l])];
        if (dloss->last >= 0)
            dloss->first = program->n_forward;
    }
}

/* Largest first; of equals the earlier. */
static int compare_homes(const void *x, const void *y)
{
    const yk_slot *a = *(yk_slot *const *)x, *b = *(yk_slot *const *)y;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a->home < b->home ? -1 : a->home > b->home;
}

/* The lowest offset for `slot` among n placed homes, which are sorted by offset. */
static int64_t find_gap(const yk_slot *slot, yk_slot *const *placed, int n)
{
    int64_t at = 0, bytes = yk_arena_round(slot->bytes);
    for (int i = 0; i < n; i++) {
        if (placed[i]->last < slot->first || placed[i]->first > slot->last)
            continue;
        if (at + bytes <= placed[i]->offset)
            break;
        at = yk_max(at, placed[i]->offset + yk_arena_round(placed[i]->bytes));
    }
    return at;
}

/* Puts `slot` among n placed homes, after those of the same offset. */
static void insert(yk_slot *slot, yk_slot **placed, int n)
{
    for (; n > 0 && placed[n - 1]->offset > slot->offset; n--)
        placed[n] = placed[n - 1];
    placed[n] = slot;
}

yk_status yk_plan_memory(yk_program *program, bool reuse)
{
    yk_slot **home = NULL; /* sorted by size; the first `placed` ones, once placed, by offset */
    yk_status status = YK_OK;
    int n = 0;
    YK_TRY(yk_alloc(&home, program->n_slot, sizeof *home));
    for (int s = 0; s < program->n_slot; s++) {
        yk_slot *slot = &program->slot[s];
        if (slot->tensor.dtype == YK_NO_DTYPE || slot->fed || slot->first > slot->last)
            continue;
        program->bytes.activations += yk_arena_round(slot->bytes);
        if (s >= yk_slot_of_room(program, 0, 0))
            program->bytes.workspace = yk_max(program->bytes.workspace, slot->bytes);
        YK_CHECK_GOTO(program->bytes.activations < INT64_MAX / 4, done, YK_ERR_NOMEM,
                      "%lld samples at once need more memory than can be addressed: take a smaller batch",
                      (long long)program->opts.rows);
        if (slot->home == s)
            home[n++] = slot;
    }
    qsort(home, (size_t)n, sizeof *home, compare_homes);
    for (int i = 0; i < n; i++) {
        yk_slot *slot = home[i];
        slot->offset = reuse ? find_gap(slot, home, i) : program->bytes.arena;
        program->bytes.arena = yk_max(program->bytes.arena, slot->offset + yk_arena_round(slot->bytes));
        insert(slot, home, i);
    }
done:
    yk_free(home);
    return status;
}
