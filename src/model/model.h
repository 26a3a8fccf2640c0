/* SPDX-License-Identifier: Apache-2.0 */
/* From recipe to graph: layers, blocks and repeats, activations, the loss; and initial parameters. */
#ifndef YK_MODEL_MODEL_H
#define YK_MODEL_MODEL_H

#include "graph/program.h"
#include "model/recipe.h"

/** How a parameter starts: one line of init_list.h each. */
typedef struct yk_init {
    const char *name, *doc;
    size_t opts_size;
    const yk_option *opts;
    /** Fills n = yk_shape_len(shape) elements; element i draws element i of (key, 0, 0). YK_ERR_SHAPE where it cannot
     *  fill such a shape, YK_ERR_NOMEM. */
    yk_status (*fill)(const void *opts, const yk_shape *shape, yk_key key, float *out);
} yk_init;
extern const yk_init *const yk_init_table[]; /**< ended by NULL */
YK_MUST_CHECK yk_status yk_init_find(const char *name, const yk_init **out);

typedef struct yk_model {
    yk_graph *graph;
    yk_layout *layout;
    int input;            /**< value of the first layer's input, field "x" */
    int target;           /**< value of field "y" */
    int output;           /**< value of the last layer */
    int loss;             /**< value of the loss, one number a sample */
    int prediction;       /**< output with softmax or sigmoid where the loss has it; else = output */
    int64_t classes;      /**< of a label target; 0: the target is numbers */
    const yk_init **init; /**< per parameter of the graph, with its options */
    void **init_opts;
    uint64_t seed;
} yk_model;

/** Builds the graph for samples of shape `x` (without the sample dimension). Errors name layer, line and column.
 *  Release with yk_model_destroy(). */
YK_MUST_CHECK yk_status yk_model_create(yk_model **out, const yk_recipe *recipe, const yk_shape *x);
void yk_model_destroy(yk_model **model);

/** Initial values of all parameters and buffers into a parameter vector (gaps and tail are set to 0). */
YK_MUST_CHECK yk_status yk_model_init(const yk_model *model, float *params);

/** Numbers in the parameters that `counts` is true for. yk_param_counts: all parameters, but no buffers;
 *  yk_param_rests: those of them that are frozen. */
int64_t yk_model_count(const yk_model *model, bool (*counts)(const yk_param *));
bool yk_param_counts(const yk_param *param);
bool yk_param_rests(const yk_param *param);

/** Everything that recipes can name, for `yoke ops`: kind ("layer", "loss", "metric", "optimizer", "schedule",
 *  "initialiser", "section"), name, one line, options. Entry i, or false after the last. */
typedef struct yk_catalog_entry {
    const char *kind, *name, *doc;
    const yk_option *opts;
    const yk_option *common; /**< options that all of this kind share; NULL: none */
} yk_catalog_entry;
bool yk_catalog_at(int i, yk_catalog_entry *out);

#endif
