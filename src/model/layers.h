/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of a recipe, blocks written out, in the order in which they are computed. An entry is an op with its
 * attributes, or only another name for an earlier entry (the input and output of a block). */
#ifndef YK_MODEL_LAYERS_H
#define YK_MODEL_LAYERS_H

#include "model/pick.h"
#include "ops/op.h"

#define YK_MODEL_INPUT (-1) /**< in place of an entry: the input of the first layer */

typedef struct yk_spec {
    char *name;          /**< "stage1/conv2d_2"; unique */
    const yk_yaml *node; /**< for its place; in yk_specs.copies */
    const yk_op *op;     /**< NULL: only a name */
    void *attr;
    int n_from;
    int from[YK_OP_MAX_IN];               /**< entries, or YK_MODEL_INPUT */
    const yk_yaml *from_at[YK_OP_MAX_IN]; /**< what the recipe says; NULL: from[] is known while reading */
    const yk_yaml *share_at;              /**< `share`; NULL: it has parameters of its own */
    int share;                            /**< the entry that it names, once resolved */
    yk_pick init, bias_init, recurrent_init;
    double l1, l2; /**< -1: what `regularize` says */
    double max_norm, lr_factor;
    bool unit_norm;
    int output;  /**< the entry that its name means: itself, or its activation */
    int scope;   /**< in which its `from` is looked up */
    int counted; /**< scope in which it has a place among its kind; -1: it is not counted */
    const char *kind;
} yk_spec;

/** Names of layers inside a block begin with the scope's prefix; outer names are seen too. */
typedef struct yk_scope {
    int outer; /**< -1: the model itself, which is scope 0 */
    char *prefix;
} yk_scope;

typedef struct yk_specs {
    int n, n_scopes;
    int64_t room, room_scopes;
    yk_spec *at;
    yk_scope *scope;
    yk_yaml *copies; /**< list of the layers as they were read, parameters of blocks filled in */
} yk_specs;

/** Reads `model:` with the blocks (NULL: none). YK_ERR_RECIPE with the place. Release with yk_specs_destroy(). */
YK_MUST_CHECK yk_status yk_specs_create(yk_specs **out, const yk_yaml *model, const yk_yaml *blocks);
void yk_specs_destroy(yk_specs **specs);

/** Fills the defaults of all attributes into `model:` and `blocks:` themselves. */
YK_MUST_CHECK yk_status yk_specs_fill(yk_yaml *model, yk_yaml *blocks);

/** Options that a layer of this op has beside its attributes: those of any layer, of one with parameters, of one with a
 *  kernel or a table, each including the former; a layer whose body says `share` has fewer. body may be NULL. */
const yk_option *yk_layer_common(const yk_op *op, const yk_yaml *body);

/** Sets r->input_dtype by the layers that take the input. YK_ERR_RECIPE where they do not agree. */
YK_MUST_CHECK yk_status yk_recipe_choose_input(yk_recipe *r);

/* --- between the files of this folder */

/** A layer of a list: its kind and what is below it; *body NULL where the kind stands alone. YK_ERR_RECIPE. */
YK_MUST_CHECK yk_status yk_layer_form(yk_yaml *element, const char **kind, yk_yaml **body);

/** Appends an empty entry. */
YK_MUST_CHECK yk_status yk_specs_add(yk_specs *specs, yk_spec **out);

/** Appends a scope below `outer` with the prefix "name/". */
YK_MUST_CHECK yk_status yk_specs_add_scope(yk_specs *specs, int outer, const char *name, int *out);

/** Appends an entry that is only a name, "PREFIX" + name in scope `named`; its input is set by the caller. */
YK_MUST_CHECK yk_status yk_specs_add_name(yk_specs *specs, int named, const char *name, const yk_yaml *node,
                                          yk_spec **out);

/** Reads the layer `element` (in copies) into `scope`; `before` is the entry that its input is by default. */
YK_MUST_CHECK yk_status yk_specs_add_layer(yk_specs *specs, yk_yaml *element, int scope, int before);

/** Place among its kind of the entry to come: 1 for the first. */
int yk_specs_place(const yk_specs *specs, int scope, const char *kind);

/** The `from` of a layer: one name or a list. */
YK_MUST_CHECK yk_status yk_layer_from(const yk_yaml *from, int *n, const yk_yaml *at[YK_OP_MAX_IN]);

/** Checks a name that the recipe gives to a layer or block. */
YK_MUST_CHECK yk_status yk_layer_check_name(const yk_yaml *name);

/** Appends the layers of a list (expanding blocks) to `scope`. */
YK_MUST_CHECK yk_status yk_blocks_expand(yk_specs *specs, const yk_yaml *list, const yk_yaml *blocks,
                                         const yk_yaml *params, int scope, int before, int depth);

/** The entry that a name means to what stands behind the model (a loss), or YK_MODEL_INPUT. */
YK_MUST_CHECK yk_status yk_specs_find(const yk_specs *specs, const yk_yaml *name, int *out);

/** Options of any loss. */
extern const yk_option yk_loss_options[];

/** Options that all metrics share. */
extern const yk_option yk_metric_options[];

/** Turns every from_at into from, and checks that names are unique and earlier. */
YK_MUST_CHECK yk_status yk_specs_resolve(yk_specs *specs);

#endif
