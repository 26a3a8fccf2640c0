/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisers without random numbers: zeros, ones, constant, identity, unit_forget. */
#include "model/init.h"

typedef struct value_opts {
    double value;
} value_opts;

static void fill(float *out, const yk_shape *shape, double value)
{
    for (int64_t i = 0; i < yk_shape_len(shape); i++)
        out[i] = (float)value;
}

static yk_status zeros(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts, (void)key;
    fill(out, shape, 0);
    return YK_OK;
}

extern const yk_init yk_init_zeros;
const yk_init yk_init_zeros = { "zeros", "0", 0, NULL, zeros };

static yk_status ones(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts, (void)key;
    fill(out, shape, 1);
    return YK_OK;
}

extern const yk_init yk_init_ones;
const yk_init yk_init_ones = { "ones", "1", 0, NULL, ones };

static const yk_option constant_options[] = {
    { "value", YK_OPT_REAL, offsetof(value_opts, value), NULL, 0, 0, NULL, "of every element" }, { 0 }
};

static yk_status constant(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)key;
    fill(out, shape, ((const value_opts *)opts)->value);
    return YK_OK;
}

extern const yk_init yk_init_constant;
const yk_init yk_init_constant = { "constant", "one number", sizeof(value_opts), constant_options, constant };

static const yk_option identity_options[] = {
    { "gain", YK_OPT_REAL, offsetof(value_opts, value), "1", 0, 0, NULL, "factor" }, { 0 }
};

/* Of a shape (..., in, out): `gain` where in = out, at the centre of the dimensions before, else 0. */
static yk_status identity(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    char text[YK_SHAPE_TEXT];
    int64_t centre = 0;
    (void)key;
    YK_CHECK(shape->ndim >= 2, YK_ERR_SHAPE, "identity cannot fill shape %s: it needs (..., in, out)",
             yk_shape_text(shape, 0, text));
    const int64_t rows = shape->dim[shape->ndim - 2], columns = shape->dim[shape->ndim - 1];
    for (int d = 0; d < shape->ndim - 2; d++)
        centre = centre * shape->dim[d] + shape->dim[d] / 2;
    fill(out, shape, 0);
    for (int64_t i = 0; i < yk_min(rows, columns); i++)
        out[(centre * rows + i) * columns + i] = (float)((const value_opts *)opts)->value;
    return YK_OK;
}

extern const yk_init yk_init_identity;
const yk_init yk_init_identity = { "identity",
                                   "gain where input = output, at the centre of a window, else 0: y = gain x",
                                   sizeof(value_opts), identity_options, identity };

/* The second quarter: the forget gates of an LSTM. */
static yk_status unit_forget(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const int64_t n = yk_shape_len(shape);
    char text[YK_SHAPE_TEXT];
    (void)opts, (void)key;
    YK_CHECK(shape->ndim == 1 && n % 4 == 0, YK_ERR_SHAPE,
             "unit_forget cannot fill shape %s: it is for the bias of an lstm, of four gates",
             yk_shape_text(shape, 0, text));
    for (int64_t i = 0; i < n; i++)
        out[i] = i / (n / 4) == 1 ? 1 : 0;
    return YK_OK;
}

extern const yk_init yk_init_unit_forget;
const yk_init yk_init_unit_forget = { "unit_forget", "1 for the forget gates of an lstm, else 0: of its bias", 0, NULL,
                                      unit_forget };
