/* SPDX-License-Identifier: Apache-2.0 */
#include "train/denominators.h"

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

yk_status yk_denominators_create(yk_denominators *d, yk_comm *comm, const yk_model *model, const yk_split *split,
                                 int64_t leaves, int64_t micro)
{
    *d = (yk_denominators){ .comm = comm, .model = model, .split = split, .micro = micro };
    for (int h = 0; h < model->n_heads; h++)
        d->n_weighted += model->head[h].weighted;
    if (d->n_weighted == 0)
        return YK_OK;
    YK_TRY(yk_alloc(&d->counted, d->n_weighted * leaves, sizeof *d->counted));
    YK_TRY(yk_alloc(&d->column, leaves, sizeof *d->column));
    YK_TRY(yk_alloc(&d->row, micro, sizeof *d->row));
    return yk_alloc(&d->offset, yk_comm_size(comm) + 1, sizeof *d->offset);
}

void yk_denominators_destroy(yk_denominators *d)
{
    yk_free(d->counted);
    yk_free(d->column);
    yk_free(d->row);
    yk_free(d->offset);
}

/* What this rank's micro-batches count for a head, the k-th weighted one. */
static void count(yk_denominators *d, const yk_batch *batch, const yk_head *head, int k)
{
    for (int64_t leaf = batch->first; leaf < batch->last; leaf++) {
        const int64_t first_row = (leaf - batch->first) * d->micro, rows = yk_min(d->micro, batch->rows - first_row);
        const void *weight = head->weight_fed < 0 ? NULL : yk_split_data(d->split, batch, head->weight_fed, first_row);
        yk_head_denominators(d->model, head, rows, yk_split_data(d->split, batch, head->target_fed, first_row), weight,
                             YK_F32, d->row);
        yk_k->leaf_sums((yk_leaves){ rows, d->micro }, d->row, &d->counted[leaf * d->n_weighted + k]);
    }
}

yk_status yk_denominators_of(yk_denominators *d, const yk_batch *batch, bool good, double denominator[YK_MAX_LOSSES])
{
    const yk_model *model = d->model;
    int k = 0;
    for (int h = 0; h < model->n_heads; h++) {
        denominator[h] = (double)batch->count;
        if (model->head[h].weighted && good)
            count(d, batch, &model->head[h], k++);
    }
    if (d->n_weighted == 0)
        return YK_OK;
    const int size = yk_comm_size(d->comm);
    for (int r = 0; r < size; r++)
        yk_tree_range(batch->leaves, r, size, &d->offset[r], &d->offset[r + 1]);
    YK_TRY(yk_comm_all_gather(d->comm, d->offset, (size_t)d->n_weighted * sizeof *d->counted, d->counted));
    k = 0;
    for (int h = 0; h < model->n_heads; h++) {
        if (!model->head[h].weighted)
            continue;
        for (int64_t leaf = 0; leaf < batch->leaves; leaf++)
            d->column[leaf] = d->counted[leaf * d->n_weighted + k];
        denominator[h] = (double)yk_tree_total(batch->leaves, d->column);
        k++;
    }
    return YK_OK;
}
