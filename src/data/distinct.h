/* SPDX-License-Identifier: Apache-2.0 */
/* The distinct texts among cells, in the order in which they were met: a hash table. */
#ifndef YK_DATA_DISTINCT_H
#define YK_DATA_DISTINCT_H

#include "data/csv_parse.h"

typedef struct yk_distinct {
    int64_t n;
    const yk_cell **cell; /**< [n] the first cell with each text; borrowed */
    int64_t slots, *slot; /**< [slots] 1 + index of a text, 0: empty; a power of two */
} yk_distinct;

/** Adds the text of a cell if it is new; the cell must stay where it is. Begin with a yk_distinct of zeros. */
YK_MUST_CHECK yk_status yk_distinct_add(yk_distinct *set, const yk_cell *cell);

/** Index of a cell's text, -1: not there. */
int64_t yk_distinct_find(const yk_distinct *set, const yk_cell *cell);
void yk_distinct_free(yk_distinct *set);

#endif
