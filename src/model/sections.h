/* SPDX-License-Identifier: Apache-2.0 */
/* The top-level keys of a recipe: one line of a table each. */
#ifndef YK_MODEL_SECTIONS_H
#define YK_MODEL_SECTIONS_H

#include "model/options.h"
#include "model/recipe.h"

typedef enum yk_section_need {
    YK_SECTION_NEEDED,  /**< an error where it is missing */
    YK_SECTION_DEFAULT, /**< read from `initial` where it is missing */
    YK_SECTION_OPTIONAL /**< not read where it is missing */
} yk_section_need;

typedef struct yk_section {
    const char *name, *doc;
    yk_section_need need;
    const char *initial;   /**< YAML text */
    const yk_option *opts; /**< NULL where it is no map of options */
    yk_status (*read)(yk_recipe *recipe, yk_yaml *node);
} yk_section;

extern const yk_section yk_section_table[]; /**< ended by an entry without a name */

/** Reads and fills a map of options in one. */
YK_MUST_CHECK yk_status yk_section_options(yk_yaml *node, const char *owner, const yk_option *table, void *object);

extern const yk_option yk_data_options[], yk_input_options[], yk_train_options[], yk_checkpoint_options[],
    yk_log_options[];
extern const yk_option yk_regularize_options[], yk_early_stopping_options[], yk_ema_options[], yk_init_from_options[];

/** Writes the plug-ins that the layers and the loss came from into `plugins:`. */
YK_MUST_CHECK yk_status yk_note_plugins(yk_recipe *recipe);

yk_status yk_read_data(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_input(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_loss(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_train(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_regularize(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_early_stopping(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_ema(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_init_from(yk_recipe *recipe, yk_yaml *node);
yk_status yk_read_freeze(yk_recipe *recipe, yk_yaml *node);

/** A schedule that watches a value needs a dev split. */
yk_status yk_check_schedule(const yk_recipe *recipe, const yk_yaml *node);

#endif
