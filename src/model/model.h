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

typedef enum yk_fed_kind {
    YK_FED_INPUT,  /**< scaled and normalised */
    YK_FED_TARGET, /**< as it is */
    YK_FED_WEIGHT  /**< one a sample, >= 0 */
} yk_fed_kind;

/** A field that the model is fed with, and the graph's input that takes it. Nothing else knows the names of fields. */
typedef struct yk_fed {
    char field[YK_NAME_BYTES];
    int value;
    yk_fed_kind kind;
    int64_t classes;   /**< labels lie in [0, classes); 0: numbers */
    yk_ints ignore;    /**< and these, which become YK_IGNORED */
    bool not_negative; /**< numbers must be >= 0 */
} yk_fed;

/** A loss with what it stands on. A model has one or several, in the order of the recipe. */
typedef struct yk_head {
    char name[YK_NAME_BYTES];
    const yk_op *op;
    bool label;      /**< the target holds class numbers */
    int output;      /**< value that the loss takes: logits, scores, numbers */
    int prediction;  /**< output with softmax or sigmoid where the loss has it; else = output */
    int target;      /**< value; may be an input of the model */
    int target_fed;  /**< its place in fed[] */
    int weight_fed;  /**< of the samples' weights; -1: none */
    int loss;        /**< value: one number a sample, times the sample's weight */
    double weight;   /**< factor in the total */
    int64_t classes; /**< that the output tells apart; 0: it is numbers */
    bool weighted;   /**< the mean's denominator is not the number of samples: yk_head_denominators() */
} yk_head;

typedef struct yk_model {
    yk_graph *graph;
    yk_layout *layout;
    int n_fed;
    yk_fed fed[YK_MAX_FIELDS]; /**< inputs first */
    int input;                 /**< value of the first layer's input, fed[0] */
    int n_heads;
    yk_head head[YK_MAX_LOSSES];
    int loss[YK_MAX_LOSSES]; /**< of the heads, as a program wants them */
    const yk_init **init;    /**< per parameter of the graph, with its options */
    void **init_opts;
    uint64_t seed;
    bool unfused; /**< for its programs: `train: {fusion: false}` */
} yk_model;

/** Builds the graph for samples of shape `x` (without the sample dimension). Errors name layer, line and column.
 *  Release with yk_model_destroy(). */
YK_MUST_CHECK yk_status yk_model_create(yk_model **out, const yk_recipe *recipe, const yk_shape *x);
void yk_model_destroy(yk_model **model);

/** What each of `rows` samples counts in the denominator of a head's mean loss, into out. target and weight (NULL
 * without sample weights) are what the head's fields are fed with. out: float, or double with dtype YK_F64, as are
 * numbers. */
void yk_head_denominators(const yk_model *model, const yk_head *head, int64_t rows, const void *target,
                          const void *weight, yk_dtype dtype, void *out);

/** Initial values of all parameters and buffers into a parameter vector (gaps and tail are set to 0). */
YK_MUST_CHECK yk_status yk_model_init(const yk_model *model, float *params);

/** Numbers in the parameters that `counts` is true for. yk_param_counts: all parameters, but no buffers;
 *  yk_param_rests: those of them that are frozen. */
int64_t yk_model_count(const yk_model *model, bool (*counts)(const yk_param *));
bool yk_param_counts(const yk_param *param);
bool yk_param_rests(const yk_param *param);

/** Everything that recipes can name, for `yoke ops`: kind ("layer", "loss", "metric", "optimizer", "schedule",
 *  "initialiser", "augmentation", "section"), name, one line, options. Entry i, or false after the last. */
typedef struct yk_catalog_entry {
    const char *kind, *name, *doc;
    const yk_option *opts;
    const yk_option *common; /**< options that all of this kind share; NULL: none */
} yk_catalog_entry;
bool yk_catalog_at(int i, yk_catalog_entry *out);

#endif
