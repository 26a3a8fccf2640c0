/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a log joined to points, where train and dev stand side by side. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "report/history.h"

/* The mean of the train rows first .. last-1 by their steps; `before` is where the first of them begins. */
static void mean_rows(const yk_history *h, int64_t first, int64_t last, int64_t before, double *out)
{
    for (int i = 0; i < h->n_measures; i++) {
        double sum = 0, weight = 0;
        int64_t from = before;
        for (int64_t r = first; r < last; r++) {
            if (h->row[r].dev)
                continue;
            const double steps = (double)yk_max(1, h->row[r].at - from), value = h->row[r].value[i];
            from = h->row[r].at;
            if (isnan(value))
                continue;
            sum += steps * value;
            weight += steps;
        }
        out[i] = weight > 0 ? sum / weight : NAN;
    }
}

/* Does a point end with row r? */
static bool ends(const yk_history *h, int64_t r, bool any_dev)
{
    const yk_history_row *row = &h->row[r], *next = r + 1 < h->n_rows ? row + 1 : NULL;
    if (h->is_curve)
        return !next || next->at != row->at;
    if (any_dev)
        return row->dev;
    return !next || next->epoch != row->epoch;
}

yk_status yk_history_points(const yk_history *h, yk_point **out, int64_t *n)
{
    bool any_dev = false;
    int64_t most = 0, begin = 0, before = 0;
    for (int64_t r = 0; r < h->n_rows; r++)
        any_dev = any_dev || h->row[r].dev;
    for (int64_t r = 0; r < h->n_rows; r++)
        most += ends(h, r, any_dev);
    *n = 0;
    const int64_t each = (int64_t)sizeof(yk_point) + 2 * h->n_measures * (int64_t)sizeof(double);
    YK_TRY(yk_alloc(out, most * each, 1));
    double *value = (double *)(void *)(*out + most);
    for (int64_t r = 0; r < h->n_rows; r++) {
        if (!ends(h, r, any_dev))
            continue;
        yk_point *p = &(*out)[(*n)++];
        *p = (yk_point){ .at = h->row[r].at, .epoch = h->row[r].epoch, .train = value, .dev = value + h->n_measures };
        p->middle = h->is_curve ? (double)p->at : ((double)before + 1 + (double)p->at) / 2;
        value += 2 * h->n_measures;
        mean_rows(h, begin, r + 1, h->is_curve ? h->row[r].at - 1 : before, p->train);
        for (int i = 0; i < h->n_measures; i++)
            p->dev[i] = NAN;
        for (int64_t d = begin; d <= r; d++)
            if (h->row[d].dev) {
                p->has_dev = true;
                memcpy(p->dev, h->row[d].value, (size_t)h->n_measures * sizeof *p->dev);
            }
        begin = r + 1;
        before = h->row[r].at;
    }
    return YK_OK;
}
