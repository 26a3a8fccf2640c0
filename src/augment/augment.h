/* SPDX-License-Identifier: Apache-2.0 */
/* Augmentation: samples of images that differ from epoch to epoch. An augmentation is one file with one constant struct
 * and one line of augment_list.h; from these come its name in recipes, its options and their messages, and its place in
 * `yoke ops`.
 *
 * What is done to a sample is a function of (seed, name of the step, epoch, number of the sample) and of nothing else:
 * any number of ranks gives the same pixels, and so does a run that was resumed. Sums and products in a fixed order, no
 * libm. Images are (height, width, channels), or (height, width): one channel. */
#ifndef YK_AUGMENT_AUGMENT_H
#define YK_AUGMENT_AUGMENT_H

#include "core/option.h"
#include "core/philox.h"
#include "tensor/tensor.h"

/** What every augmentation takes: the first member of its options' struct. */
typedef struct yk_augment_common {
    double probability;
    char fields[YK_OPT_TEXT_MAX]; /**< "x", "[x, y]" */
} yk_augment_common;

/** The table's last entries. */
#define YK_AUGMENT_COMMON(probability)                                                                                 \
    YK_AUGMENT_PROBABILITY(probability),                                                                               \
        YK_AUGMENT_FIELDS("x", "what it is done to: x, or a list as [x, y]: a target that is an image moves with x"),  \
    {                                                                                                                  \
        0                                                                                                              \
    }
#define YK_AUGMENT_PROBABILITY(initial)                                                                                \
    {                                                                                                                  \
        "probability", YK_OPT_REAL, offsetof(yk_augment_common, probability), initial, 0, 1, NULL,                     \
            "share of the samples that it is done to"                                                                  \
    }
#define YK_AUGMENT_FIELDS(initial, help)                                                                               \
    {                                                                                                                  \
        "fields", YK_OPT_TEXT, offsetof(yk_augment_common, fields), initial, 0, 0, NULL, help                          \
    }

/** How an augmentation meets one sample. */
typedef struct yk_turn {
    const void *opts;
    yk_key key;
    int64_t epoch, sample;
    bool chance;        /**< false: the fixed form (of what changes sizes: from the middle) */
    int64_t in_h, in_w; /**< size before */
    int64_t h, w, c;    /**< size after */
    const float *axes;  /**< [c][c] main axes of the training data's colours times the deviation along them, or NULL */
} yk_turn;

/** The k-th random number of a turn: in [0, 1), in [low, high), whole in [0, n). */
double yk_turn_uniform(const yk_turn *turn, int64_t k);
double yk_turn_between(const yk_turn *turn, int64_t k, double low, double high);
int64_t yk_turn_below(const yk_turn *turn, int64_t k, int64_t n);

typedef enum yk_fill { YK_FILL_CONSTANT, YK_FILL_REFLECT, YK_FILL_EDGE } yk_fill;

/** What lies beyond the border: options of all that move pixels. */
typedef struct yk_border {
    int fill; /**< yk_fill */
    double value;
    int64_t label;
} yk_border;
#define YK_BORDER_OPTIONS(type)                                                                                        \
    YK_BORDER_OPTION(type, "fill", YK_OPT_CHOICE, fill, "constant", "constant reflect edge",                           \
                     "what lies beyond the border: a constant, the image mirrored, its last pixel"),                   \
        YK_BORDER_OPTION(type, "value", YK_OPT_REAL, value, "0", NULL, "the constant"),                                \
        YK_BORDER_OPTION(type, "label", YK_OPT_INT, label, "0", NULL, "the constant of label images")
#define YK_BORDER_OPTION(type, name, kind, field, initial, choices, help)                                              \
    {                                                                                                                  \
        name, kind, offsetof(type, border.field), initial, 0, 0, choices, help                                         \
    }

/** Pixel (y, x) of the result shows the place (row . (y, x, 1), column . (y, x, 1)) of the image. */
typedef struct yk_motion {
    double row[3], column[3];
    yk_border border;
} yk_motion;

typedef struct yk_augment {
    const char *name;
    const char *doc;
    size_t opts_size;
    const yk_option *opts;
    bool resizes; /**< also done, in its fixed form, to samples that are not trained on */
    bool colours; /**< wants turn->axes */
    bool mixes;   /**< samples of a micro-batch with each other: share() */

    /** Refuses options that do not suit an image of that size, and sets the size of the result, which is the same
     *  before. NULL: any size. YK_ERR_ARG. */
    yk_status (*check)(const void *opts, int64_t c, int64_t *h, int64_t *w);
    /** Where pixels come from; or */
    void (*move)(const yk_turn *turn, yk_motion *motion);
    /** changes values in place: x (h, w, c); or */
    void (*paint)(const yk_turn *turn, float *x);
    /** the sample's own share, in [0, 1]; the rest is another sample's. */
    double (*share)(const yk_turn *turn);
} yk_augment;

extern const yk_augment *const yk_augment_table[]; /**< ended by NULL */

/** YK_ERR_ARG names the nearest. */
YK_MUST_CHECK yk_status yk_augment_find(const char *name, const yk_augment **out);

/** What an image holds, in 32 bits each. Between labels there is nothing: the nearest pixel counts. */
typedef enum yk_image_kind { YK_IMAGE_NUMBERS, YK_IMAGE_LABELS, YK_IMAGE_LABELS_AS_FLOATS } yk_image_kind;

/** result (turn->h, turn->w, c) of the motion. at: scratch of turn->w numbers. */
void yk_warp(const yk_turn *turn, const yk_motion *motion, yk_image_kind kind, const void *image, int64_t *at,
             void *result);

#endif
