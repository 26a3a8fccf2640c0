/* SPDX-License-Identifier: Apache-2.0 */
/* shift: the image moved by whole pixels. */
#include <math.h>

#include "augment/augment.h"
#include "core/error.h"

typedef struct shift_opts {
    yk_augment_common common;
    yk_ints pixels;
    double share;
    yk_border border;
} shift_opts;

static const yk_option opts[] = {
    { "pixels", YK_OPT_INTS, offsetof(shift_opts, pixels), "0", 0, 1e6, NULL,
      "most pixels that it moves: one number, or [vertical, horizontal]" },
    { "share", YK_OPT_REAL, offsetof(shift_opts, share), "0", 0, YK_BELOW_1, NULL,
      "instead of pixels: most of the image's height and width that it moves" },
    YK_BORDER_OPTIONS(shift_opts),
    YK_AUGMENT_COMMON("1"),
};

static yk_status check(const void *options, int64_t c, int64_t *h, int64_t *w)
{
    const shift_opts *o = options;
    (void)c;
    (void)h;
    (void)w;
    YK_CHECK(o->pixels.n <= 2, YK_ERR_ARG, "pixels: one number, or [vertical, horizontal] is expected");
    return YK_OK;
}

/* Whole number in [-most, most]. */
static double draw(const yk_turn *t, int64_t k, int64_t pixels, int64_t size)
{
    const shift_opts *o = t->opts;
    const int64_t most = o->share > 0 ? (int64_t)floor(o->share * (double)size + 0.5) : pixels;
    return (double)(yk_turn_below(t, k, 2 * most + 1) - most);
}

static void move(const yk_turn *t, yk_motion *m)
{
    const shift_opts *o = t->opts;
    m->row[2] = draw(t, 0, o->pixels.at[0], t->in_h);
    m->column[2] = draw(t, 1, o->pixels.at[o->pixels.n - 1], t->in_w);
    m->border = o->border;
}

const yk_augment yk_augment_shift = {
    .name = "shift",
    .doc = "moves the image by whole pixels, up or down and left or right.",
    .opts_size = sizeof(shift_opts),
    .opts = opts,
    .check = check,
    .move = move,
};
