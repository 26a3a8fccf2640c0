/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel: YK_KERNEL(result, name, (parameters)). The list makes the table's type and every family's table. A
 * kernel's formula and shapes stand at its definition, in the file named above its group. No include guard: included
 * with YK_KERNEL defined each time. */

/* matmul.c */
YK_KERNEL(void, matmul, (const YK_TYPED(yk_matmul) * p))
/* b (k, n), element (i, j) at i row + j col; only the run's family knows the order in `packed` */
YK_KERNEL(void, pack_weights, (int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *packed))

/* conv.c: x (n, places in, c), w (taps, c / groups, oc), bias (oc, of conv_data c) or NULL, y (n, places out, oc); dw:
 * leaf g of x and dy goes to dw + g dw_step; relu: y = max(0, y) at the end */
YK_KERNEL(void, conv,
          (const yk_window *g, int64_t n, const real *x, const real *w, const real *bias, bool relu, real *y, bool add))
YK_KERNEL(void, conv_data,
          (const yk_window *g, int64_t n, const real *dy, const real *w, const real *bias, real *dx, bool add))
YK_KERNEL(void, conv_weights,
          (const yk_window *g, yk_leaves leaves, const real *x, const real *dy, real *dw, int64_t dw_step, bool add))

/* winograd.c, winograd_weights.c: the same for windows that yk_winograd_suits(), with other sums; room: of
 * yk_winograd_room(g) elements; relu: y = max(0, y) at the end */
YK_KERNEL(void, winograd,
          (const yk_window *g, int64_t n, const real *x, const real *w, const real *bias, bool relu, real *y, bool add,
           real *room))
YK_KERNEL(void, winograd_data,
          (const yk_window *g, int64_t n, const real *dy, const real *w, const real *bias, real *dx, bool add,
           real *room))
YK_KERNEL(void, winograd_weights,
          (const yk_window *g, yk_leaves leaves, const real *x, const real *dy, real *dw, int64_t dw_step, bool add,
           real *room))

/* pool.c: x (n, places in, c), y (n, places out, c) */
YK_KERNEL(void, maxpool, (const yk_window *g, int64_t n, const real *x, real *y))
YK_KERNEL(void, maxpool_grad, (const yk_window *g, int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, avgpool, (const yk_window *g, int64_t n, const real *x, real *y))
YK_KERNEL(void, avgpool_grad, (const yk_window *g, int64_t n, const real *dy, real *dx, bool add))

/* upsample.c: x (n, h, w, c), y (n, h sh, w sw, c) */
YK_KERNEL(void, upsample, (const yk_upsample *u, int64_t n, const real *x, real *y))
YK_KERNEL(void, upsample_grad, (const yk_upsample *u, int64_t n, const real *dy, real *dx, bool add))

/* elementwise.c: n elements each */
YK_KERNEL(void, fill, (int64_t n, real value, real *y))
YK_KERNEL(void, copy, (int64_t n, const real *x, real *y, bool add))
YK_KERNEL(void, sum, (int64_t n, const real *a, const real *b, real *y))
YK_KERNEL(void, scale, (int64_t n, real factor, const real *x, real *y))
YK_KERNEL(void, relu, (int64_t n, const real *x, real *y))
YK_KERNEL(void, relu_grad, (int64_t n, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, sigmoid, (int64_t n, const real *x, real *y))
YK_KERNEL(void, sigmoid_grad, (int64_t n, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, tanh, (int64_t n, const real *x, real *y))
YK_KERNEL(void, tanh_grad, (int64_t n, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, exp, (int64_t n, const real *x, real *y))
YK_KERNEL(void, log, (int64_t n, const real *x, real *y))
/* y = x scale where element (row, e) is kept (uniform >= rate), else 0; rows x places x cols elements, e < cols */
YK_KERNEL(void, dropout,
          (int64_t rows, int64_t places, int64_t cols, const yk_random *random, real rate, real scale, const real *x,
           real *y, bool add))

/* activation.c: n elements each; a gradient reads x or y */
YK_KERNEL(void, leaky_relu, (int64_t n, real alpha, const real *x, real *y))
YK_KERNEL(void, leaky_relu_grad, (int64_t n, real alpha, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, elu, (int64_t n, real alpha, const real *x, real *y))
YK_KERNEL(void, elu_grad, (int64_t n, real alpha, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, selu, (int64_t n, const real *x, real *y))
YK_KERNEL(void, selu_grad, (int64_t n, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, gelu, (int64_t n, const real *x, real *y))
YK_KERNEL(void, gelu_grad, (int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, gelu_tanh, (int64_t n, const real *x, real *y))
YK_KERNEL(void, gelu_tanh_grad, (int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, swish, (int64_t n, const real *x, real *y))
YK_KERNEL(void, swish_grad, (int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, softplus, (int64_t n, const real *x, real *y))
YK_KERNEL(void, softplus_grad, (int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, hard_sigmoid, (int64_t n, const real *x, real *y))
YK_KERNEL(void, hard_sigmoid_grad, (int64_t n, const real *y, const real *dy, real *dx, bool add))
YK_KERNEL(void, hard_swish, (int64_t n, const real *x, real *y))
YK_KERNEL(void, hard_swish_grad, (int64_t n, const real *x, const real *dy, real *dx, bool add))
YK_KERNEL(void, erf, (int64_t n, const real *x, real *y))

/* reduce.c */
YK_KERNEL(real, total, (int64_t n, const real *x))
YK_KERNEL(real, sum_of_squares, (int64_t n, const real *x))
YK_KERNEL(real, sum_of_sizes, (int64_t n, const real *x))
/* index of the first element that is not finite, or -1 */
YK_KERNEL(int64_t, find_nonfinite, (int64_t n, const real *x))
/* leaf g: db + g db_step gets the column sums of its samples' rows; a sample has `rows` rows of n columns */
YK_KERNEL(void, column_sums,
          (yk_leaves leaves, int64_t rows, int64_t n, const real *dy, real *db, int64_t db_step, bool add))
/* the same of dy where y > 0 and else 0, which is what becomes of dy */
YK_KERNEL(void, relu_column_sums,
          (yk_leaves leaves, int64_t rows, int64_t n, const real *y, real *dy, real *db, int64_t db_step, bool add))
/* out[g] = total of x over leaf g's samples, one element a sample */
YK_KERNEL(void, leaf_sums, (yk_leaves leaves, const real *x, real *out))

/* softmax.c: rows x cols */
YK_KERNEL(void, softmax, (int64_t rows, int64_t cols, const real *x, real *y))
YK_KERNEL(void, softmax_grad, (int64_t rows, int64_t cols, const real *y, const real *dy, real *dx, bool add))

/* attention.c: y, dy (samples, queries, heads, value_size) */
YK_KERNEL(void, attention, (const YK_TYPED(yk_attention) * a, real *y))
YK_KERNEL(void, attention_grad,
          (const YK_TYPED(yk_attention) * a, const YK_TYPED(yk_attention_grad) * g, const real *y, const real *dy))

/* cross_entropy.c: one loss a row; dx = dloss[row] d loss / dx; rows of labels below 0 do not count; top (rows, 2):
 * from forward to gradient */
YK_KERNEL(void, softmax_cross_entropy,
          (int64_t rows, int64_t cols, const real *x, const int32_t *label, real *top, real *loss))
YK_KERNEL(void, softmax_cross_entropy_grad,
          (int64_t rows, int64_t cols, const real *x, const int32_t *label, const real *top, const real *dloss,
           real *dx, bool add))
YK_KERNEL(void, soft_cross_entropy,
          (int64_t rows, int64_t cols, const YK_TYPED(yk_distribution) * of, const real *x, real *loss))
YK_KERNEL(void, soft_cross_entropy_grad,
          (int64_t rows, int64_t cols, const YK_TYPED(yk_distribution) * of, const real *x, const real *dloss, real *dx,
           bool add))
YK_KERNEL(void, kl_divergence, (int64_t rows, int64_t cols, const real *x, const real *target, real *loss))

/* loss.c: the same; weight: one a column, or NULL; poisson: epsilon 0 where x is the logarithm of the rate */
YK_KERNEL(void, binary_cross_entropy,
          (int64_t rows, int64_t cols, const real *weight, const real *x, const real *target, real *loss))
YK_KERNEL(void, binary_cross_entropy_grad,
          (int64_t rows, int64_t cols, const real *weight, const real *x, const real *target, const real *dloss,
           real *dx, bool add))
YK_KERNEL(void, mean_squared_error, (int64_t rows, int64_t cols, const real *x, const real *target, real *loss))
YK_KERNEL(void, mean_squared_error_grad,
          (int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add))
YK_KERNEL(void, mean_absolute_error, (int64_t rows, int64_t cols, const real *x, const real *target, real *loss))
YK_KERNEL(void, mean_absolute_error_grad,
          (int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add))
YK_KERNEL(void, huber, (int64_t rows, int64_t cols, real delta, const real *x, const real *target, real *loss))
YK_KERNEL(void, huber_grad,
          (int64_t rows, int64_t cols, real delta, const real *x, const real *target, const real *dloss, real *dx,
           bool add))
YK_KERNEL(void, hinge, (int64_t rows, int64_t cols, const real *x, const real *target, real *loss))
YK_KERNEL(void, hinge_grad,
          (int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add))
YK_KERNEL(void, poisson, (int64_t rows, int64_t cols, real epsilon, const real *x, const real *target, real *loss))
YK_KERNEL(void, poisson_grad,
          (int64_t rows, int64_t cols, real epsilon, const real *x, const real *target, const real *dloss, real *dx,
           bool add))

/* loss_rows.c: the same */
YK_KERNEL(void, cosine, (int64_t rows, int64_t cols, const real *x, const real *target, real *loss))
YK_KERNEL(void, cosine_grad,
          (int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add))
YK_KERNEL(void, categorical_hinge, (int64_t rows, int64_t cols, const real *x, const int32_t *label, real *loss))
YK_KERNEL(void, categorical_hinge_grad,
          (int64_t rows, int64_t cols, const real *x, const int32_t *label, const real *dloss, real *dx, bool add))
YK_KERNEL(void, weigh, (int64_t n, const real *w, const real *x, real *y, bool add))

/* batchnorm.c: x (samples, r, c); mean, variance, inv_std (leaves, c), the statistics of each leaf (biased variance) */
YK_KERNEL(void, batchnorm_statistics,
          (yk_leaves leaves, int64_t r, int64_t c, real epsilon, const real *x, real *mean, real *variance,
           real *inv_std))
YK_KERNEL(void, batchnorm, (const YK_TYPED(yk_batchnorm) * p))
YK_KERNEL(void, batchnorm_grad, (const YK_TYPED(yk_batchnorm) * p))

/* groupnorm.c: x (rows, places, groups, size), gamma and beta (groups, size), mean and inv_std (rows, groups) */
YK_KERNEL(void, groupnorm,
          (int64_t rows, int64_t places, int64_t groups, int64_t size, real epsilon, const real *x, const real *gamma,
           const real *beta, real *mean, real *inv_std, real *y))
YK_KERNEL(void, groupnorm_grad,
          (int64_t rows, int64_t places, int64_t groups, int64_t size, const real *x, const real *gamma,
           const real *mean, const real *inv_std, const real *dy, real *dx, bool add))
/* a sample is `rows` of the rows; leaf g goes to dgamma + g step */
YK_KERNEL(void, groupnorm_gamma,
          (yk_leaves leaves, int64_t rows, int64_t places, int64_t groups, int64_t size, const real *x,
           const real *mean, const real *inv_std, const real *dy, real *dgamma, int64_t step, bool add))

/* response.c: x (rows, g->n); d, ratio: room as x, d from forward to gradient */
YK_KERNEL(void, response, (const yk_response *g, int64_t rows, const real *x, real *d, real *y))
YK_KERNEL(void, response_grad,
          (const yk_response *g, int64_t rows, const real *x, const real *d, const real *dy, real *ratio, real *dx,
           bool add))

/* prelu.c: x (rows, n), alpha (n); leaf g, whose samples have `rows` rows each, goes to dalpha + g step */
YK_KERNEL(void, prelu, (int64_t rows, int64_t n, const real *x, const real *alpha, real *y))
YK_KERNEL(void, prelu_grad,
          (int64_t rows, int64_t n, const real *x, const real *alpha, const real *dy, real *dx, bool add))
YK_KERNEL(void, prelu_alpha,
          (yk_leaves leaves, int64_t rows, int64_t n, const real *x, const real *dy, real *dalpha, int64_t step,
           bool add))

/* strided.c: array 0 of g is x, array 1 is y */
YK_KERNEL(void, copy_strided, (const yk_strides *g, const real *x, real *y, bool add))

/* merge.c: g's arrays are the inputs x[k]; y and dy are dense; x and y may be NULL where the gradient does not need
 * them */
YK_KERNEL(void, merge, (yk_merge merge, const yk_strides *g, const real *const *x, real *y))
YK_KERNEL(void, merge_grad,
          (yk_merge merge, const yk_strides *g, int i, const real *const *x, const real *y, const real *dy, real *dx,
           bool add))

/* pad2d.c: x (n, h, w, c), y (n, oh, ow, c) */
YK_KERNEL(void, pad2d, (const yk_margin *g, int64_t n, const real *x, real *y))
YK_KERNEL(void, pad2d_grad, (const yk_margin *g, int64_t n, const real *dy, real *dx, bool add))

/* embedding.c: tokens (rows), table (vocabulary, n), y (rows, n); a sample has `rows` rows; padding < 0: none */
YK_KERNEL(void, embedding, (int64_t rows, int64_t n, int64_t padding, const int32_t *token, const real *table, real *y))
YK_KERNEL(void, embedding_grad,
          (yk_leaves leaves, int64_t rows, int64_t vocabulary, int64_t n, int64_t padding, const int32_t *token,
           const real *dy, real *dtable, int64_t step, bool add))

/* recurrent.c */
YK_KERNEL(void, recurrent, (const YK_TYPED(yk_recurrence) * r))
YK_KERNEL(void, recurrent_grad, (const YK_TYPED(yk_recurrence) * r, bool start))

/* update.c: one optimizer step on n elements */
YK_KERNEL(void, sgd, (int64_t n, const yk_sgd_step *s, const real *g, real *w, real *m))
YK_KERNEL(void, adam, (int64_t n, const yk_adam_step *s, const real *g, real *w, real *m, real *v, real *top))
/* y = a y + b x: running statistics */
YK_KERNEL(void, blend, (int64_t n, real a, real b, const real *x, real *y))
/* g += l2 w + l1 sign(w) */
YK_KERNEL(void, penalty_grad, (int64_t n, real l1, real l2, const real *w, real *g))

/* update_adaptive.c: the same; slots that the step does without are NULL */
YK_KERNEL(void, adagrad, (int64_t n, const yk_adagrad_step *s, const real *g, real *w, real *sum))
YK_KERNEL(void, adadelta, (int64_t n, const yk_adadelta_step *s, const real *g, real *w, real *squares, real *steps))
YK_KERNEL(void, rmsprop,
          (int64_t n, const yk_rmsprop_step *s, const real *g, real *w, real *squares, real *mean, real *momentum))
YK_KERNEL(void, adamax, (int64_t n, const yk_adamax_step *s, const real *g, real *w, real *m, real *top))
YK_KERNEL(void, nadam, (int64_t n, const yk_nadam_step *s, const real *g, real *w, real *m, real *v))

/* constrain.c: w (rows, cols); each column's norm is cut to `most`, or made 1 */
YK_KERNEL(void, bound_columns, (int64_t rows, int64_t cols, real most, real *w))
YK_KERNEL(void, unit_columns, (int64_t rows, int64_t cols, real *w))
