/* SPDX-License-Identifier: Apache-2.0 */
/* The main axes of a field's colours, which `augment: [pca_colour]` moves along. */
#ifndef YK_DATA_COLOURS_H
#define YK_DATA_COLOURS_H

#include "data/feed.h"

/** Row k of *axes, [channels][channels], is the k-th axis of the field's channels over the split (`order`: its samples
 * alone; NULL: all) times the standard deviation along it. A block to release with yk_free(); the same bits on any
 * number of ranks. Collective. */
YK_MUST_CHECK yk_status yk_colours_compute(float **axes, yk_dataset *dataset, const yk_order *order, int index,
                                           yk_comm *comm);

/** Eigenvalues of a symmetric matrix a (n, n) on its diagonal; columns of v are its eigenvectors. */
void yk_symmetric_axes(int64_t n, double *a, double *v);

#endif
