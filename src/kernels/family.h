/* SPDX-License-Identifier: Apache-2.0 */
/* What every kernel source includes: the contract, the vector, the loops, and the prototypes of this family's kernels.
 * A source is compiled once per family; ISA(relu) is the symbol of the one being compiled: yk_avx2_relu. */
#ifndef YK_KERNELS_FAMILY_H
#define YK_KERNELS_FAMILY_H

#include "kernels/kernels.h"
#include "kernels/vec.h"
#include "kernels/block.h"

#define ISA_PASTE(family, name) yk_##family##_##name
#define ISA_EXPAND(family, name) ISA_PASTE(family, name)
#define ISA(name) ISA_EXPAND(YK_FAMILY, name)

#define YK_KERNEL(result, name, parameters) result ISA(name) parameters;
#include "kernels/kernel_list.h"
#undef YK_KERNEL

/** This family's table (table.c). */
extern const YK_TYPED(yk_kernels) ISA(table);

#endif
