/* SPDX-License-Identifier: Apache-2.0 */
/* The list of this plug-in's ops. */
#include "ops/plugin.h"

#define OPS(OP) OP(bent)
YK_PLUGIN(OPS)
