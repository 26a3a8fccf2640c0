/* SPDX-License-Identifier: Apache-2.0 */
/* Options as data. One table {name, type, place, default, range, help} drives parsing, defaults, help, the recipe as
 * run, and the documentation. Attributes of ops, optimizers and schedules, the sections of a recipe and the options of
 * commands are all such tables, ended by an entry without a name. */
#ifndef YK_CORE_OPTION_H
#define YK_CORE_OPTION_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

typedef enum yk_option_type {
    YK_OPT_BOOL,    /**< bool: true or false */
    YK_OPT_INT,     /**< int64_t in [min, max] */
    YK_OPT_REAL,    /**< double in [min, max] */
    YK_OPT_TEXT,    /**< char[YK_OPT_TEXT_MAX]; "" when absent */
    YK_OPT_CHOICE,  /**< int: index into the words of `choices` (words separated by blanks) */
    YK_OPT_INTS,    /**< yk_ints: one number, or a list of up to YK_INTS_MAX, each in [min, max] */
    YK_OPT_REALS,   /**< yk_reals: the same with up to YK_REALS_MAX reals */
    YK_OPT_PADDING, /**< yk_padding: valid, same, one number, or a list of one a side; causal where there are two sides
                     */
    YK_OPT_PERIOD   /**< yk_period: "30 steps", "1 epoch", or none */
} yk_option_type;

/** Bounds of open intervals: `.min = YK_ABOVE_0, .max = YK_BELOW_1` is "> 0 and < 1". */
#define YK_ABOVE_0 DBL_MIN
#define YK_BELOW_1 (1 - DBL_EPSILON / 2)

#define YK_OPT_TEXT_MAX 512
#define YK_INTS_MAX 12
#define YK_REALS_MAX 256
#define YK_SIDES_MAX 6

/** Lists: n = 0 stands for `none`, which only an option takes that is `none` by default. */
typedef struct yk_ints {
    int n;
    int64_t at[YK_INTS_MAX];
} yk_ints;

typedef struct yk_reals {
    int n;
    double at[YK_REALS_MAX];
} yk_reals;

typedef struct yk_padding {
    enum { YK_PAD_VALID, YK_PAD_SAME, YK_PAD_CAUSAL, YK_PAD_EXPLICIT } mode;
    int64_t side[YK_SIDES_MAX]; /**< before and after each dimension; used by YK_PAD_EXPLICIT */
} yk_padding;

/** A length of training. Unit YK_NEVER (text: "none") has count 0. */
typedef struct yk_period {
    enum { YK_NEVER, YK_STEPS, YK_EPOCHS } unit;
    int64_t count;
} yk_period;

typedef struct yk_option {
    const char *name;
    yk_option_type type;
    size_t offset;       /**< of the field in the struct that the table describes */
    const char *initial; /**< default as text; NULL: the user must give it */
    double min, max;     /**< for INT, REAL, INTS, REALS, PADDING; min = max = 0 means any, max < min no upper limit */
    const char *choices; /**< for CHOICE: "none relu tanh"; for PADDING: its sides, NULL: "top bottom left right" */
    const char *help;    /**< one line for people */
} yk_option;

/** Number of options in a table (NULL: 0). */
int yk_option_count(const yk_option *table);

/** Finds an option by name. YK_ERR_ARG names the nearest name and the whole list; `owner` says whose they are
 *  ("conv2d"). */
YK_MUST_CHECK yk_status yk_option_find(const yk_option *table, const char *owner, const char *name,
                                       const yk_option **out);

/** Reads `text` into the option's field of `object`. YK_ERR_ARG: `units: "many" is not a whole number >= 1`. */
YK_MUST_CHECK yk_status yk_option_set(const yk_option *option, void *object, const char *text);

/** Fills every field that has a default. */
YK_MUST_CHECK yk_status yk_option_defaults(const yk_option *table, void *object);

/** Writes an option's value as text that yk_option_set() reads back to the same value (shortest round trip for
 *  reals). Lists are "[1, 2]". Truncates at `size`, which 1024 always suffices for but for long lists of reals. */
void yk_option_text(const yk_option *option, const void *object, char *text, size_t size);

#define YK_BOUNDS_TEXT 80
/** The range of an option's numbers, " >= 1 and <= 10", "" for any. Returns text. */
const char *yk_option_bounds(const yk_option *option, char text[YK_BOUNDS_TEXT]);

#define YK_SIDES_TEXT 64
/** Number of sides of a PADDING option; their names, "[top, bottom, left, right]", into text. */
int yk_option_sides(const yk_option *option, char text[YK_SIDES_TEXT]);

/** The name nearest to `name` among `n` names (edit distance), or NULL when none is close enough to be a typo. */
const char *yk_nearest(const char *name, const char *const *names, int n);

#endif
