/* SPDX-License-Identifier: Apache-2.0 */
/* The family's table: every kernel of kernel_list.h under its name. */
#include "kernels/family.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

#define YK_KERNEL(result, name, parameters) .name = ISA(name),
const yk_kernels ISA(table) = {
    .family = TEXT(YK_FAMILY),
#include "kernels/kernel_list.h"
};
#undef YK_KERNEL

#ifdef YK_REAL_DOUBLE /* gradient checks have one family only */
const yk_kernels *yk_k = &ISA(table);
#endif
