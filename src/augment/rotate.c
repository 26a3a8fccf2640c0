/* SPDX-License-Identifier: Apache-2.0 */
/* rotate: the image turned about its middle, bilinear. */
#include "augment/augment.h"
#include "core/math.h"

typedef struct rotate_opts {
    yk_augment_common common;
    double degrees;
    yk_border border;
} rotate_opts;

static const yk_option opts[] = {
    { "degrees", YK_OPT_REAL, offsetof(rotate_opts, degrees), NULL, 0, 180, NULL, "largest angle, in both directions" },
    YK_BORDER_OPTIONS(rotate_opts),
    YK_AUGMENT_COMMON("1"),
};

static void move(const yk_turn *t, yk_motion *m)
{
    const rotate_opts *o = t->opts;
    const double angle = yk_turn_between(t, 0, -o->degrees, o->degrees) * (0x1.921fb54442d18p+1 / 180); /* pi */
    const double sine = yk_sin(angle), cosine = yk_cos(angle);
    const double y = (double)(t->in_h - 1) / 2, x = (double)(t->in_w - 1) / 2;
    m->row[0] = cosine;
    m->row[1] = sine;
    m->row[2] = y - cosine * y - sine * x;
    m->column[0] = -sine;
    m->column[1] = cosine;
    m->column[2] = x + sine * y - cosine * x;
    m->border = o->border;
}

const yk_augment yk_augment_rotate = {
    .name = "rotate",
    .doc = "turns the image about its middle (bilinear; label images: the nearest pixel).",
    .opts_size = sizeof(rotate_opts),
    .opts = opts,
    .move = move,
};
