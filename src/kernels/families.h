/* SPDX-License-Identifier: Apache-2.0 */
/* Between families.c and openblas.c. */
#ifndef YK_KERNELS_FAMILIES_H
#define YK_KERNELS_FAMILIES_H

#include "kernels/kernels.h"

/** The table of family `openblas`: that of `vectors` with its own matmul. One at a time: a call replaces the last. */
const yk_kernels *yk_openblas_table(const yk_kernels *vectors);

#endif
