/* SPDX-License-Identifier: Apache-2.0 */
/* One use of a block in a list of layers: `- residual: {filters: 128, repeat: 3}`, or `- block: {layers: [...]}`. */
#ifndef YK_MODEL_BLOCK_USE_H
#define YK_MODEL_BLOCK_USE_H

#include "model/layers.h"

typedef struct yk_block_use {
    const char *kind;      /**< "residual", or "block" */
    const yk_yaml *node;   /**< for its place */
    const yk_yaml *blocks; /**< all definitions */
    const yk_yaml *layers; /**< list */
    yk_yaml *params;       /**< map of values; NULL: the layers have none */
    int64_t repeat;
    const yk_yaml *name; /**< NULL: it has none */
    int n_from;          /**< 0: it takes the layer before */
    const yk_yaml *from[YK_OP_MAX_IN];
    int scope, before, depth; /**< where it stands */
} yk_block_use;

/** Reads a use whose kind, node and blocks are set; body may be NULL. Release with yk_block_use_clear(), also after an
 *  error. */
YK_MUST_CHECK yk_status yk_block_use_read(yk_block_use *use, yk_yaml *body);
void yk_block_use_clear(yk_block_use *use);

#endif
