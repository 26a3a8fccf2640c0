/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of a model: values (tensors known by shape) and nodes (ops with attributes and parameters), built front to
 * back. Shapes are inferred as nodes are added, so an error names the layer and its line in the recipe at once. */
#ifndef YK_GRAPH_GRAPH_H
#define YK_GRAPH_GRAPH_H

#include "ops/op.h"

typedef struct yk_graph yk_graph;

/** A parameter or buffer, as checkpoints and optimizers see it. */
typedef struct yk_param {
    char *name; /**< "dense_1/kernel" */
    yk_shape shape;
    yk_role role;
    int node;         /**< of the layer that made it; others may share it */
    double l1, l2;    /**< penalties: l1 sum of sizes, l2 / 2 sum of squares */
    double lr_factor; /**< on the learning rate */
    double max_norm;  /**< bound of the norm of what leads to one output; 0: any */
    bool unit_norm;   /**< that norm is 1 */
    bool frozen;      /**< never updated */
    double keep;      /**< buffers: share of the old value */
    double start;     /**< YK_ROLE_START: the first value of every element */
    int64_t offset;   /**< of its first element in the parameter vector (graph/layout.h) */
} yk_param;

/** Whether an optimizer changes it. */
static inline bool yk_param_trains(const yk_param *param)
{
    return !yk_role_is_buffer(param->role) && !param->frozen;
}

typedef struct yk_value {
    const char *name; /**< of the node or input that made it */
    yk_dtype dtype;   /**< YK_F32 stands for `real` */
    yk_shape shape;   /**< dim[0] is 1: one sample */
    int node;         /**< that makes it; -1 for an input */
    int64_t tokens;   /**< inputs of whole numbers: they are below it; 0: any */
} yk_value;

/** What a layer is made of. Strings and attr are copied. */
typedef struct yk_layer {
    const char *name;  /**< unique in the graph */
    const char *where; /**< "recipe.yaml:12:5", for messages; may be NULL */
    const yk_op *op;
    const void *attr; /**< op->attr_size bytes */
    int n_in;
    int in[YK_OP_MAX_IN]; /**< values */
    double l1, l2;        /**< for the parameter that yk_role_is_kernel() */
    double max_norm;      /**< for the one of role YK_ROLE_KERNEL */
    bool unit_norm;
    double lr_factor;  /**< for all of its parameters; 0 stands for 1 */
    const char *share; /**< earlier layer whose parameters it uses; NULL: it has its own */
} yk_layer;

/** An empty graph whose layers draw random numbers under `seed`. Release with yk_graph_destroy(). */
YK_MUST_CHECK yk_status yk_graph_create(yk_graph **out, uint64_t seed);
void yk_graph_destroy(yk_graph **graph);

/** Adds an input fed from outside: sample is the shape of one sample without the sample dimension. *value is its
 *  number. dtype: YK_F32 (numbers) or YK_I32 (labels, tokens). */
YK_MUST_CHECK yk_status yk_graph_input(yk_graph *graph, const char *name, yk_dtype dtype, const yk_shape *sample,
                                       int *value);

/** Adds a layer; *value is its output. YK_ERR_SHAPE and YK_ERR_ARG: "WHERE: layer NAME (OP): ..." */
YK_MUST_CHECK yk_status yk_graph_add(yk_graph *graph, const yk_layer *layer, int *value);

int yk_graph_values(const yk_graph *graph);
const yk_value *yk_graph_value(const yk_graph *graph, int value);
int yk_graph_params(const yk_graph *graph);
const yk_param *yk_graph_param(const yk_graph *graph, int param); /**< in the order of the layers */
int yk_graph_nodes(const yk_graph *graph);

/** A node: what its layer was made of. Nodes are numbered in the order in which they were added, so a node comes after
 *  all that it reads. Pointers into the graph stay valid until the next input or layer is added. */
typedef struct yk_node_info {
    const char *name;
    const yk_op *op;
    const void *attr;
    yk_key key; /**< of its random numbers; zero where the op draws none */
    int out;    /**< value */
    int n_in;
    const int *in;
    const int *param; /**< YK_OP_MAX_PARAM parameters in the order of yk_op.param; -1: this layer has none */
} yk_node_info;
void yk_graph_node(const yk_graph *graph, int node, yk_node_info *out);

/** The layer of that name, or -1. */
int yk_graph_find(const yk_graph *graph, const char *name);

/** Keeps a parameter or buffer as it is, before programs are made: nothing updates it. A layer with parameters that are
 *  all frozen also computes while training as it does otherwise. */
void yk_graph_freeze(yk_graph *graph, int param);

/** Sets a parameter's place in the parameter vector, which yk_layout_create() decides. */
void yk_graph_place(yk_graph *graph, int param, int64_t offset);

#endif
