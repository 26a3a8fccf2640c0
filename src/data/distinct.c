/* SPDX-License-Identifier: Apache-2.0 */
#include "data/distinct.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

/* FNV-1a, and then its high bits, too. */
static uint64_t hash(const yk_cell *cell)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < cell->length; i++)
        h = (h ^ (unsigned char)cell->text[i]) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot that holds the cell's text, or the empty one where it belongs. */
static int64_t slot_of(const yk_distinct *set, const yk_cell *cell)
{
    int64_t at = (int64_t)(hash(cell) & (uint64_t)(set->slots - 1));
    while (set->slot[at] != 0) {
        const yk_cell *other = set->cell[set->slot[at] - 1];
        if (other->length == cell->length && memcmp(other->text, cell->text, (size_t)cell->length) == 0)
            break;
        at = (at + 1) & (set->slots - 1);
    }
    return at;
}

static yk_status grow(yk_distinct *set)
{
    const int64_t slots = yk_max(16, 2 * set->slots);
    int64_t *slot;
    YK_TRY(yk_realloc(&set->cell, slots / 2, sizeof *set->cell));
    YK_TRY(yk_alloc(&slot, slots, sizeof *slot));
    yk_free(set->slot);
    set->slot = slot;
    set->slots = slots;
    for (int64_t i = 0; i < set->n; i++)
        set->slot[slot_of(set, set->cell[i])] = i + 1;
    return YK_OK;
}

yk_status yk_distinct_add(yk_distinct *set, const yk_cell *cell)
{
    if (2 * set->n >= set->slots)
        YK_TRY(grow(set));
    const int64_t at = slot_of(set, cell);
    if (set->slot[at] == 0) {
        set->cell[set->n++] = cell;
        set->slot[at] = set->n;
    }
    return YK_OK;
}

int64_t yk_distinct_find(const yk_distinct *set, const yk_cell *cell)
{
    return set->slots ? set->slot[slot_of(set, cell)] - 1 : -1;
}

void yk_distinct_free(yk_distinct *set)
{
    yk_free(set->cell);
    yk_free(set->slot);
    *set = (yk_distinct){ 0 };
}
