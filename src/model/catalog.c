/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that recipes can name, in one list made of the tables. */
#include <stddef.h>

#include "metrics/metric.h"
#include "model/layers.h"
#include "model/model.h"
#include "model/sections.h"

static bool op_at(int i, yk_op_kind kind, yk_catalog_entry *out)
{
    const yk_op *op;
    for (int64_t k = 0; (op = yk_op_at(k)); k++) {
        if (op->kind != kind || i-- > 0)
            continue;
        *out = (yk_catalog_entry){ kind == YK_OP_LOSS ? "loss" : "layer", op->name, op->doc, op->attrs, NULL };
        out->common = kind == YK_OP_LOSS ? yk_loss_options : yk_layer_common(op, NULL);
        return true;
    }
    return false;
}

static bool layer_at(int i, yk_catalog_entry *out)
{
    return op_at(i, YK_OP_LAYER, out);
}

static bool loss_at(int i, yk_catalog_entry *out)
{
    return op_at(i, YK_OP_LOSS, out);
}

static bool optimizer_at(int i, yk_catalog_entry *out)
{
    const yk_optimizer *o = yk_optimizer_table[i];
    if (o)
        *out = (yk_catalog_entry){ "optimizer", o->name, o->doc, o->opts, NULL };
    return o != NULL;
}

static bool schedule_at(int i, yk_catalog_entry *out)
{
    const yk_schedule *s = yk_schedule_table[i];
    if (s)
        *out = (yk_catalog_entry){ "schedule", s->name, s->doc, s->opts, NULL };
    return s != NULL;
}

static bool metric_at(int i, yk_catalog_entry *out)
{
    const yk_metric *m = yk_metric_table[i];
    if (m)
        *out = (yk_catalog_entry){ "metric", m->name, m->doc, m->opts, yk_metric_options };
    return m != NULL;
}

static bool init_at(int i, yk_catalog_entry *out)
{
    const yk_init *n = yk_init_table[i];
    if (n)
        *out = (yk_catalog_entry){ "initialiser", n->name, n->doc, n->opts, NULL };
    return n != NULL;
}

static bool augment_at(int i, yk_catalog_entry *out)
{
    const yk_augment *a = yk_augment_table[i];
    if (a)
        *out = (yk_catalog_entry){ "augmentation", a->name, a->doc, a->opts, NULL };
    return a != NULL;
}

static bool section_at(int i, yk_catalog_entry *out)
{
    const yk_section *s = &yk_section_table[i];
    if (s->name)
        *out = (yk_catalog_entry){ "section", s->name, s->doc, s->opts, NULL };
    return s->name != NULL;
}

bool yk_catalog_at(int i, yk_catalog_entry *out)
{
    static bool (*const lists[])(int, yk_catalog_entry *) = { layer_at,    loss_at, metric_at,  optimizer_at,
                                                              schedule_at, init_at, augment_at, section_at };
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
        for (int j = 0; lists[k](j, out); j++)
            if (i-- == 0)
                return true;
    return false;
}
