/* SPDX-License-Identifier: Apache-2.0 */
/* A named thing with options, in the forms `adam`, `{sgd: 0.1}`, `{adam: {lr: 1e-3}}`. */
#ifndef YK_MODEL_PICK_H
#define YK_MODEL_PICK_H

#include "model/options.h"
#include "model/recipe.h"

/** What a table says of one entry. */
typedef struct yk_thing {
    const void *entry;
    const char *name;
    size_t size; /**< of the options' struct */
    const yk_option *opts;
} yk_thing;

/** Finds an entry by name; YK_ERR_ARG names the nearest. */
typedef yk_status (*yk_find)(const char *name, yk_thing *out);

yk_status yk_find_optimizer(const char *name, yk_thing *out);
yk_status yk_find_schedule(const char *name, yk_thing *out);
yk_status yk_find_metric(const char *name, yk_thing *out);
yk_status yk_find_loss(const char *name, yk_thing *out);
yk_status yk_find_init(const char *name, yk_thing *out);
yk_status yk_find_augment(const char *name, yk_thing *out);
yk_status yk_find_activation(const char *name, yk_thing *out); /**< "none": entry NULL */

/** Reads the node; `common` (may be NULL) are options that all things of this kind share, beside their own. Release
 *  with yk_pick_destroy(). */
YK_MUST_CHECK yk_status yk_pick_read(yk_pick *out, yk_yaml *node, yk_find find, const yk_part *common);

/** Fills the options' defaults into the node; checks nothing but the name. `common`: a table, or NULL. */
YK_MUST_CHECK yk_status yk_pick_fill(yk_yaml *node, yk_find find, const yk_option *common);

/** The map of options below a node that has been read; NULL where it is a name alone. */
yk_yaml *yk_pick_options(const yk_yaml *node);

void yk_pick_destroy(yk_pick *pick);

#endif
