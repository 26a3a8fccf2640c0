/* SPDX-License-Identifier: Apache-2.0 */
/* flip: the image mirrored. */
#include "augment/augment.h"

typedef struct flip_opts {
    yk_augment_common common;
    int axis;
} flip_opts;

enum { HORIZONTAL, VERTICAL, BOTH };

static const yk_option opts[] = {
    { "axis", YK_OPT_CHOICE, offsetof(flip_opts, axis), "horizontal", 0, 0, "horizontal vertical both",
      "left and right change places, or top and bottom; both: one of the two, or both" },
    YK_AUGMENT_COMMON("0.5"),
};

/* With `both` the turn itself is one of three: each combination but "not at all", which is no turn. */
static void move(const yk_turn *t, yk_motion *m)
{
    const int axis = ((const flip_opts *)t->opts)->axis;
    const int64_t which = axis == BOTH ? yk_turn_below(t, 0, 3) : axis;
    if (which != VERTICAL) {
        m->column[1] = -1;
        m->column[2] = (double)(t->in_w - 1);
    }
    if (which != HORIZONTAL) {
        m->row[0] = -1;
        m->row[2] = (double)(t->in_h - 1);
    }
}

const yk_augment yk_augment_flip = {
    .name = "flip",
    .doc = "mirrors the image: horizontal, vertical, or both.",
    .opts_size = sizeof(flip_opts),
    .opts = opts,
    .move = move,
};
