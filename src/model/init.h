/* SPDX-License-Identifier: Apache-2.0 */
/* What initialisers share. An initialiser is a constant struct in an init_*.c and one line of init_list.h. */
#ifndef YK_MODEL_INIT_H
#define YK_MODEL_INIT_H

#include "core/error.h"
#include "core/num.h"
#include "model/model.h"

/** Element i of a key's own numbers: normal; normal, drawn again beyond two standard deviations; uniform in [-1, 1). */
double yk_draw_normal(yk_key key, int64_t i);
double yk_draw_truncated(yk_key key, int64_t i);
double yk_draw_uniform(yk_key key, int64_t i);

/** out[i] = mean + width draw(key, i), by all threads. */
void yk_init_draw(float *out, int64_t n, double (*draw)(yk_key, int64_t), yk_key key, double mean, double width);

/** Fans are Keras': of a shape (..., in, out) they are in and out times the product of the dimensions before (the
 *  receptive field of a convolution of any rank; of a depthwise kernel `in` are the channels and `out` the multiplier;
 *  of an embedding the vocabulary and the width); of a vector both are its length. */
void yk_init_fans(const yk_shape *shape, double *in, double *out);

#endif
