/* SPDX-License-Identifier: Apache-2.0 */
/* The element type of kernels and ops. The same sources are compiled for float, which trains, and once more for
 * double, which checks gradients: `real` is the type, YK_TYPED(name) the name of a symbol that exists for both. */
#ifndef YK_KERNELS_REAL_H
#define YK_KERNELS_REAL_H

#ifdef YK_REAL_DOUBLE
typedef double real;
#define YK_TYPED(name) name##_double
#else
typedef float real;
#define YK_TYPED(name) name
#endif

#endif
