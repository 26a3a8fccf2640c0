/* SPDX-License-Identifier: Apache-2.0 */
/* How parameters start: the table, and the numbers that are drawn. Element i of a parameter draws number i of the
 * parameter's own key, in double, and is rounded to float once. */
#include "model/init.h"

#include <stdio.h>
#include <string.h>

#include "core/parallel.h"
#include "model/options.h"

#define YK_INIT(name) extern const yk_init yk_init_##name;
#include "model/init_list.h"
#undef YK_INIT

#define YK_INIT(name) &yk_init_##name,
const yk_init *const yk_init_table[] = {
#include "model/init_list.h"
    NULL
};
#undef YK_INIT

yk_status yk_init_find(const char *name, const yk_init **out)
{
    const char *names[YK_LEN(yk_init_table)];
    int n = 0;
    for (; yk_init_table[n]; n++) {
        names[n] = yk_init_table[n]->name;
        if (strcmp(names[n], name) == 0) {
            *out = yk_init_table[n];
            return YK_OK;
        }
    }
    char text[YK_NAMES_TEXT];
    YK_FAIL(YK_ERR_ARG, "no initialiser is called \"%.80s\"%s", name, yk_names_text(text, name, "there are", names, n));
}

double yk_draw_normal(yk_key key, int64_t i)
{
    return yk_random_normal(key, 0, 0, i);
}

/* The k-th attempt at a number is drawn at time k. 0.955 of them are good, so that the bound is never met. */
double yk_draw_truncated(yk_key key, int64_t i)
{
    double x = 0;
    for (int64_t attempt = 0; attempt < 1000; attempt++) {
        x = yk_random_normal(key, attempt, 0, i);
        if (x >= -2 && x <= 2)
            break;
    }
    return x;
}

double yk_draw_uniform(yk_key key, int64_t i)
{
    return 2 * yk_random_uniform(key, 0, 0, i) - 1;
}

/* A job is a block of BLOCK numbers. */
typedef struct drawing {
    float *out;
    int64_t n;
    double (*draw)(yk_key, int64_t);
    yk_key key;
    double mean, width;
} drawing;

enum { BLOCK = 1024, WORK = 32 }; /* WORK: what a number costs, in additions */

static void draw_block(const void *context, int64_t block)
{
    const drawing *d = context;
    for (int64_t i = block * BLOCK; i < yk_min(block * BLOCK + BLOCK, d->n); i++)
        d->out[i] = (float)(d->mean + d->width * d->draw(d->key, i));
}

void yk_init_draw(float *out, int64_t n, double (*draw)(yk_key, int64_t), yk_key key, double mean, double width)
{
    yk_parallel(yk_div_up(n, BLOCK), n * WORK, draw_block, &(drawing){ out, n, draw, key, mean, width });
}

void yk_init_fans(const yk_shape *shape, double *in, double *out)
{
    int n = shape->ndim;
    double field = 1;
    for (int i = 0; i < n - 2; i++)
        field *= (double)shape->dim[i];
    *out = n > 0 ? (double)shape->dim[n - 1] * field : 1;
    *in = n > 1 ? (double)shape->dim[n - 2] * field : *out;
}
