/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe: everything about a training in one YAML file (docs/recipes.md). Reading it checks every key against the
 * option tables and fills every default, so that what a run stores says all that it depends on. */
#ifndef YK_MODEL_RECIPE_H
#define YK_MODEL_RECIPE_H

#include "augment/pipeline.h"
#include "data/dataset.h"
#include "data/order.h"
#include "graph/program.h"
#include "model/node.h"
#include "optim/optim.h"

#define YK_MAX_METRICS 8

/** A named thing with options: `{adam: {lr: 1e-3}}`. opts is a block filled by the thing's option table. */
typedef struct yk_pick {
    const void *entry; /**< yk_optimizer, yk_schedule, yk_metric, ... */
    void *opts;
} yk_pick;

#define YK_NAME_BYTES 64

/** A loss of a recipe, and what it is fed with. */
typedef struct yk_loss_spec {
    yk_pick pick;                      /**< yk_op */
    const yk_yaml *node;               /**< for its place */
    char name[YK_NAME_BYTES];          /**< unique */
    bool from_last;                    /**< it takes the last layer; else: */
    int from;                          /**< entry of layers, or YK_MODEL_INPUT */
    char target[YK_NAME_BYTES];        /**< field */
    char sample_weight[YK_NAME_BYTES]; /**< field; "": none */
    double weight;                     /**< its share of the total */
} yk_loss_spec;

/** Shape of a field, where a recipe gives no data: `x: [28, 28, 1]`, `y: {classes: 10}`. */
typedef struct yk_field_shape {
    char field[YK_NAME_BYTES];
    int64_t classes; /**< 0: it has a shape */
    yk_shape shape;
} yk_field_shape;

typedef enum yk_normalize { YK_NORMALIZE_NONE, YK_NORMALIZE_TRAIN, YK_NORMALIZE_GIVEN } yk_normalize;

typedef struct yk_train_opts {
    int64_t steps;       /**< 0: given as epochs */
    int64_t epochs;      /**< 0: given as steps */
    int64_t batch;       /**< 0: all samples (`batch: all`) */
    int64_t micro_batch; /**< 0: the largest divisor of batch up to 32 */
    int64_t lr_batch;    /**< lr is that of this batch, and grows with batch; 0: it is as it is */
    bool fusion;         /**< layers in one pass where graph/fusion.c can */
    int wire;            /**< a yk_wire (comm/wire.h): in which form gradients travel */
} yk_train_opts;

typedef struct yk_checkpoint_opts {
    yk_period every;
    int64_t keep;
} yk_checkpoint_opts;

typedef struct yk_log_opts {
    yk_period every;
} yk_log_opts;

/** `regularize`: penalties of every kernel whose layer does not say its own. */
typedef struct yk_regularize {
    double l1, l2;
} yk_regularize;

typedef struct yk_early_stopping {
    int64_t patience; /**< epochs without a better value */
    char monitor[YK_OPT_TEXT_MAX];
    double min_delta;
    bool restore_best;
} yk_early_stopping;

typedef struct yk_ema_opts {
    double decay;
} yk_ema_opts;

/** `init_from`; its `map` is read where it is used (model/transfer.h). */
typedef struct yk_init_from {
    char run[YK_OPT_TEXT_MAX]; /**< as yk_run_find() takes it */
    bool strict;
    char digest[YK_OPT_TEXT_MAX]; /**< what it must have; "": any */
} yk_init_from;

/** A metric, and the loss whose output it measures. */
typedef struct yk_metric_spec {
    yk_pick pick;           /**< yk_metric */
    char of[YK_NAME_BYTES]; /**< name of the loss; "": the first */
} yk_metric_spec;

typedef struct yk_recipe {
    yk_yaml *root;           /**< with all defaults filled in */
    struct yk_specs *layers; /**< model/layers.h */
    yk_dtype input_dtype;    /**< YK_F32, or YK_I32 where the layers take tokens */
    uint64_t seed;
    bool has_data; /**< a recipe may give `input:` shapes instead */
    yk_source train, dev;
    bool has_dev;
    int64_t take; /**< samples of train; 0: all */
    yk_shuffle shuffle;
    yk_normalize normalize;
    int64_t n_normal;
    double *normal_mean, *normal_std; /**< YK_NORMALIZE_GIVEN */
    int64_t memory;                   /**< bytes of data kept in memory */
    int64_t text_length;              /**< tokens of a window of text; 0: the data are none */
    char *vocabulary;                 /**< of a text: its characters, in the order of their tokens, or "bytes" */
    yk_augmentation augment;          /**< of the training split */
    bool has_input;
    yk_shape input; /**< of `input: {x: [...]}` */
    int n_targets;  /**< the other fields of `input:` */
    yk_field_shape target[YK_MAX_FIELDS];
    int n_losses;
    yk_loss_spec loss[YK_MAX_LOSSES];
    int n_metrics;
    yk_metric_spec metric[YK_MAX_METRICS];
    yk_pick optimizer; /**< yk_optimizer */
    yk_pick schedule;  /**< yk_schedule */
    yk_clip clip;
    yk_regularize regularize;
    bool has_early_stopping, has_ema, has_init_from;
    yk_early_stopping early_stopping;
    yk_ema_opts ema;
    yk_init_from init_from;
    yk_train_opts train_opts;
    yk_checkpoint_opts checkpoint;
    yk_log_opts log;
} yk_recipe;

/** Reads a recipe file and the overrides "path=value". YK_ERR_IO, YK_ERR_RECIPE (`FILE:LINE:COLUMN: a recipe has no key
 *  "los" (did you mean "loss"?); ...`). Layers are checked for names and attributes here, for shapes in
 * yk_model_create(). Release with yk_recipe_destroy(). */
YK_MUST_CHECK yk_status yk_recipe_read(yk_recipe **out, const char *path, int n_overrides,
                                       const char *const *overrides);

/** The same from a tree, which is used up (*root is NULL afterwards, whatever happens). */
YK_MUST_CHECK yk_status yk_recipe_from_tree(yk_recipe **out, yk_yaml **root, int n_overrides,
                                            const char *const *overrides);

/** The text of a recipe file; release with yk_free(). YK_ERR_IO, YK_ERR_RECIPE: it is no text, or far too long. */
YK_MUST_CHECK yk_status yk_recipe_file(const char *path, char **text);

/** The same from text, e.g. of a checkpoint. */
YK_MUST_CHECK yk_status yk_recipe_parse(yk_recipe **out, const char *name, const char *text, int n_overrides,
                                        const char *const *overrides);
void yk_recipe_destroy(yk_recipe **recipe);

/** Names of the fields that the recipe reads, each once: x, which the model is fed with, and with `targets` those of
 * its losses. Returns their number. */
int yk_recipe_fields(const yk_recipe *recipe, bool targets, const char *names[YK_MAX_FIELDS]);

/** Where the recipe names a field of a loss, "recipe.yaml:17:11: target: "; "" where it is a default. Returns text. */
const char *yk_recipe_field_where(const yk_recipe *recipe, const char *field, char *text, size_t size);

/** Place of metric i, for messages: "recipe.yaml:17:11". Returns text. */
const char *yk_recipe_metric_where(const yk_recipe *recipe, int i, char *text, size_t size);

/** Whether a run that exists may be resumed with this override "path=value": train.steps, train.epochs, and what is
 *  below checkpoint and log. YK_ERR_RECIPE says so. */
YK_MUST_CHECK yk_status yk_recipe_may_change(const char *override);

/** The recipe as run, as YAML text; release with yk_free(). */
YK_MUST_CHECK yk_status yk_recipe_text(const yk_recipe *recipe, char **out);

/** Samples of train that are trained on, of those that it has: `data.take` of them, or all. YK_ERR_RECIPE: it has
 * fewer. */
YK_MUST_CHECK yk_status yk_recipe_take(const yk_recipe *recipe, int64_t samples, int64_t *taken);

/** Batch and micro-batch for a split of n samples (0: no data, as in a recipe with `input:`), with `all` and the
 * default applied. YK_ERR_RECIPE: batch not divisible by micro-batch (the message names both and the nearest divisors),
 * batch larger than the split, `all` without data. */
YK_MUST_CHECK yk_status yk_recipe_batch(const yk_recipe *recipe, int64_t samples, int64_t *batch, int64_t *micro);

#endif
