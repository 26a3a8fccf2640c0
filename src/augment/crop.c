/* SPDX-License-Identifier: Apache-2.0 */
/* crop: a window of the image, which may reach beyond its border; from the middle where nothing is trained. */
#include "augment/augment.h"
#include "core/error.h"

typedef struct crop_opts {
    yk_augment_common common;
    yk_ints size;
    int64_t padding;
    yk_border border;
} crop_opts;

static const yk_option opts[] = {
    { "size", YK_OPT_INTS, offsetof(crop_opts, size), NULL, 1, 1e6, NULL,
      "of the window in pixels: one number, or [height, width]" },
    { "padding", YK_OPT_INT, offsetof(crop_opts, padding), "0", 0, 1e6, NULL,
      "pixels by which the image is made larger on each side before" },
    YK_BORDER_OPTIONS(crop_opts),
    YK_AUGMENT_COMMON("1"),
};

static yk_status check(const void *options, int64_t c, int64_t *h, int64_t *w)
{
    const crop_opts *o = options;
    (void)c;
    YK_CHECK(o->size.n <= 2, YK_ERR_ARG, "size: one number, or [height, width] is expected");
    const int64_t height = o->size.at[0], width = o->size.at[o->size.n - 1];
    YK_CHECK(height <= *h + 2 * o->padding && width <= *w + 2 * o->padding, YK_ERR_ARG,
             "a window of %lld x %lld is larger than the image of %lld x %lld with a padding of %lld",
             (long long)height, (long long)width, (long long)*h, (long long)*w, (long long)o->padding);
    *h = height;
    *w = width;
    return YK_OK;
}

/* Where the window begins, of `size` pixels in `in`. */
static double begin(const yk_turn *t, int64_t k, int64_t in, int64_t size)
{
    const int64_t padding = ((const crop_opts *)t->opts)->padding;
    if (!t->chance) {
        const int64_t rest = in - size;
        return (double)(rest >= 0 ? rest / 2 : -((1 - rest) / 2)); /* rounded down */
    }
    return (double)(yk_turn_below(t, k, in + 2 * padding - size + 1) - padding);
}

static void move(const yk_turn *t, yk_motion *m)
{
    m->row[2] = begin(t, 0, t->in_h, t->h);
    m->column[2] = begin(t, 1, t->in_w, t->w);
    m->border = ((const crop_opts *)t->opts)->border;
}

const yk_augment yk_augment_crop = {
    .name = "crop",
    .doc = "a window of the image at a place by chance; the middle one in evaluation, so that sizes agree.",
    .opts_size = sizeof(crop_opts),
    .opts = opts,
    .resizes = true,
    .check = check,
    .move = move,
};
