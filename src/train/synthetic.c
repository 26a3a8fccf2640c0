/* SPDX-License-Identifier: Apache-2.0 */
#include "train/synthetic.h"

#include "core/num.h"
#include "core/parallel.h"

typedef struct filling {
    const yk_fed *fed;
    const yk_value *value;
    yk_key key;
    int64_t first, each; /* sample; elements of one */
    bool wide;
    void *out;
} filling;

static int32_t whole_number(const filling *f, int64_t sample, int64_t element)
{
    const int64_t below = f->fed->kind == YK_FED_INPUT ? f->value->tokens : f->fed->classes;
    if (f->fed->ignore.n > 0 && (sample * f->each + element) % 4 == 1)
        return (int32_t)f->fed->ignore.at[0];
    return (int32_t)(yk_random_uniform(f->key, 0, sample, element) * (double)below);
}

static double number(const filling *f, int64_t sample, int64_t element)
{
    if (f->fed->kind == YK_FED_INPUT)
        return yk_random_normal(f->key, 0, sample, element);
    return yk_random_uniform(f->key, 0, sample, element) * 0.998 + 0.001; /* neither 0 nor 1 */
}

static void fill_sample(const void *context, int64_t job)
{
    const filling *f = context;
    const int64_t sample = f->first + job, at = job * f->each;
    for (int64_t e = 0; e < f->each; e++) {
        if (f->value->dtype == YK_I32)
            ((int32_t *)f->out)[at + e] = whole_number(f, sample, e);
        else if (f->wide)
            ((double *)f->out)[at + e] = number(f, sample, e);
        else
            ((float *)f->out)[at + e] = (float)number(f, sample, e);
    }
}

void yk_synthetic_fill(const yk_model *model, int i, int64_t first, int64_t count, bool wide, void *out)
{
    const yk_fed *fed = &model->fed[i];
    const yk_value *v = yk_graph_value(model->graph, fed->value);
    const filling f = { .fed = fed,
                        .value = v,
                        .key = yk_key_make(model->seed, YK_FOR_MAKE, fed->field),
                        .first = first,
                        .each = yk_shape_len_from(&v->shape, 1),
                        .wide = wide,
                        .out = out };
    yk_parallel(count, 50 * count * f.each, fill_sample, &f); /* a number costs about as much as 50 additions */
}
