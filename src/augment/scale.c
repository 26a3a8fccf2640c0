/* SPDX-License-Identifier: Apache-2.0 */
/* scale: the image made larger or smaller about its middle, bilinear. */
#include "augment/augment.h"

typedef struct scale_opts {
    yk_augment_common common;
    double range;
    yk_border border;
} scale_opts;

static const yk_option opts[] = {
    { "range", YK_OPT_REAL, offsetof(scale_opts, range), NULL, 0, YK_BELOW_1, NULL,
      "the factor is in [1 - range, 1 + range]" },
    YK_BORDER_OPTIONS(scale_opts),
    YK_AUGMENT_COMMON("1"),
};

static void move(const yk_turn *t, yk_motion *m)
{
    const scale_opts *o = t->opts;
    const double back = 1 / yk_turn_between(t, 0, 1 - o->range, 1 + o->range);
    const double y = (double)(t->in_h - 1) / 2, x = (double)(t->in_w - 1) / 2;
    m->row[0] = m->column[1] = back;
    m->row[2] = y - back * y;
    m->column[2] = x - back * x;
    m->border = o->border;
}

const yk_augment yk_augment_scale = {
    .name = "scale",
    .doc = "makes the image larger or smaller about its middle, its size stays (bilinear; label images: the nearest "
           "pixel).",
    .opts_size = sizeof(scale_opts),
    .opts = opts,
    .move = move,
};
