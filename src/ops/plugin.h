/* SPDX-License-Identifier: Apache-2.0 */
/* Ops from outside: a shared library with one symbol, `yoke_plugin`. An op's file is the same inside and outside: it
 * includes "ops/op.h" and is compiled twice, for float and (with -DYK_REAL_DOUBLE) for double. One more file lists the
 * ops:
 *
 *     #include "ops/plugin.h"
 *     #define OPS(OP) OP(cube) OP(sine)
 *     YK_PLUGIN(OPS)
 */
#ifndef YK_OPS_PLUGIN_H
#define YK_OPS_PLUGIN_H

#include "ops/op.h"
#include "yoke/version.h"

/** Raised by every change of what an op's file sees that sizes do not tell. */
#define YK_PLUGIN_ABI 1

typedef struct yk_plugin_op {
    const yk_op *op, *twin; /**< for float and for double */
} yk_plugin_op;

typedef struct yk_plugin {
    int abi;                                    /**< YK_PLUGIN_ABI; first in every version */
    const char *version;                        /**< of the yoke whose headers it was compiled with */
    int64_t op_bytes, args_bytes, kernel_bytes; /**< sizes of yk_op, yk_op_args, yk_kernels */
    int n;
    const yk_plugin_op *op;
} yk_plugin;

#define YK_PLUGIN_DECLARE(name) extern const yk_op yk_op_##name, yk_op_double_##name;
#define YK_PLUGIN_ENTRY(name) { &yk_op_##name, &yk_op_double_##name },

/** Defines the symbol. `list` is a macro that applies its argument to every op's name. */
#define YK_PLUGIN(list)                                                                                                \
    list(YK_PLUGIN_DECLARE) static const yk_plugin_op yoke_plugin_ops[] = { list(YK_PLUGIN_ENTRY) };                   \
    __attribute__((visibility("default"))) extern const yk_plugin yoke_plugin;                                         \
    const yk_plugin yoke_plugin = { .abi = YK_PLUGIN_ABI,                                                              \
                                    .version = YK_VERSION,                                                             \
                                    .op_bytes = sizeof(yk_op),                                                         \
                                    .args_bytes = sizeof(yk_op_args),                                                  \
                                    .kernel_bytes = sizeof(yk_kernels),                                                \
                                    .n = (int)YK_LEN(yoke_plugin_ops),                                                 \
                                    .op = yoke_plugin_ops };

#endif
