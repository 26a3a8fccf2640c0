/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of a recipe read by option tables. Where a map is expected, a scalar or a plain list stands for the first
 * option: `dense: 10` is `dense: {units: 10}`. */
#ifndef YK_MODEL_OPTIONS_H
#define YK_MODEL_OPTIONS_H

#include "core/option.h"
#include "model/node.h"

/** `initial` of an option that may be left out and then is not filled in. */
#define YK_OPTIONAL ""

/** Offset of an option that the table only names: its owner reads the value himself. */
#define YK_READ_BY_OWNER ((size_t)-1)

/** A table, and the zeroed struct that it fills. */
typedef struct yk_part {
    const yk_option *table;
    void *object;
} yk_part;
#define YK_MAX_PARTS 3

/** Reads a map into the structs; what is not given gets its default. The node becomes a map if it was not. `owner`:
 *  "conv2d", "train". YK_ERR_RECIPE with the place: unknown key (with the nearest), wrong type, missing key. */
YK_MUST_CHECK yk_status yk_options_read(yk_yaml *node, const char *owner, int n, const yk_part *parts);

/** Reads one scalar or list of scalars into the option's field of `object`. */
YK_MUST_CHECK yk_status yk_options_read_value(const yk_yaml *node, const yk_option *option, void *object);

/** Whether the table has a default to fill in; it may be NULL. */
bool yk_options_default(const yk_option *table);

/** Appends the defaults of all keys that the map does not have; checks nothing. */
YK_MUST_CHECK yk_status yk_options_fill(yk_yaml *node, int n, const yk_part *parts);

/** YK_ERR_RECIPE `OWNER has no key "los" (did you mean "loss"?); it has a, b, c` at the key of `child`. */
yk_status yk_options_unknown(const yk_yaml *child, const char *owner, const char *const *names, int n);

/** What could have been meant by `name`, for messages: ` (did you mean "loss"?); LEAD a, b, c` into text. */
#define YK_NAMES_TEXT 900
const char *yk_names_text(char text[YK_NAMES_TEXT], const char *name, const char *lead, const char *const *names,
                          int n);

#endif
