/* SPDX-License-Identifier: Apache-2.0 */
/* exp, log, tanh, erf and what is made of them against the C library in double, over all of float with a stride, and at
 * special values. */
#include <math.h>
#include <stdint.h>

#include "test.h"
#include "core/error.h"
#include "kernels/kernels.h"

enum { CHUNK = 4096, STRIDE = 997 };

static double sigmoid(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

/* Distance in units of the last place of the nearest float to `want`. */
static double ulps(float got, double want)
{
    float near = (float)want;
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : INFINITY;
    if (isinf(near) || isinf(got))
        return got == near ? 0 : INFINITY;
    double unit = near == 0 || fabsf(near) < 0x1p-126F ? 0x1p-149 : ldexp(1, ilogb((double)near) - 23);
    return fabs((double)got - want) / unit;
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double expm1_below_0(double x)
{
    return x > 0 ? x : expm1(x);
}

static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

/* elu with alpha = 1 is exp(x) - 1 below 0. */
static void elu(int64_t n, const float *x, float *y)
{
    yk_k->elu(n, 1, x, y);
}

typedef void (*kernel_function)(int64_t n, const float *x, float *y);

static void measure(const char *name, kernel_function f, double (*exact)(double), double limit)
{
    static float x[CHUNK], y[CHUNK];
    double worst = 0;
    float worst_at = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        int n = 0;
        for (; n < CHUNK && bits <= UINT32_MAX; n++, bits += STRIDE)
            x[n] = from_bits((uint32_t)bits);
        f(n, x, y);
        for (int i = 0; i < n; i++) {
            double u = ulps(y[i], exact((double)x[i]));
            if (u > worst) {
                worst = u;
                worst_at = x[i];
            }
        }
    }
    if (!(worst <= limit))
        FAIL_CASE(name, "%.3f ulp at %a, more than %.2f", worst, (double)worst_at, limit);
}

static void test_accuracy(void)
{
    MUST(yk_kernels_choose(NULL)); /* the families agree (test_families.c) */
    measure("exp", yk_k->exp, exp, 1.0);
    measure("log", yk_k->log, log, 1.0);
    measure("tanh", yk_k->tanh, tanh, 3.0);
    measure("sigmoid", yk_k->sigmoid, sigmoid, 3.0);
    measure("erf", yk_k->erf, erf, 2.0);
    measure("exp(x) - 1 below 0", elu, expm1_below_0, 3.0);
    measure("softplus", yk_k->softplus, softplus, 3.0);
}

static void test_special_values(void)
{
    const float inf = INFINITY, tiny = 0x1p-149F;
    const struct {
        const char *label;
        kernel_function f;
        float x, want;
    } cases[] = {
        { "exp(-0)", yk_k->exp, -0.0F, 1 },
        { "exp(inf)", yk_k->exp, inf, inf },
        { "exp(-inf)", yk_k->exp, -inf, 0 },
        { "exp(89)", yk_k->exp, 89, inf },
        { "exp(-103) is denormal", yk_k->exp, -103, 0x1p-149F },
        { "exp(nan)", yk_k->exp, NAN, NAN },
        { "exp(tiny)", yk_k->exp, tiny, 1 },
        { "log(1)", yk_k->log, 1, 0 },
        { "log(0)", yk_k->log, 0, -inf },
        { "log(-0)", yk_k->log, -0.0F, -inf },
        { "log(-1)", yk_k->log, -1, NAN },
        { "log(-inf)", yk_k->log, -inf, NAN },
        { "log(inf)", yk_k->log, inf, inf },
        { "log(nan)", yk_k->log, NAN, NAN },
        { "tanh(tiny)", yk_k->tanh, tiny, tiny },
        { "tanh(-0)", yk_k->tanh, -0.0F, -0.0F },
        { "tanh(-inf)", yk_k->tanh, -inf, -1 },
        { "tanh(nan)", yk_k->tanh, NAN, NAN },
        { "sigmoid(0)", yk_k->sigmoid, 0, 0.5F },
        { "sigmoid(inf)", yk_k->sigmoid, inf, 1 },
        { "sigmoid(-inf)", yk_k->sigmoid, -inf, 0 },
        { "sigmoid(nan)", yk_k->sigmoid, NAN, NAN },
        { "erf(0)", yk_k->erf, 0, 0 },
        { "erf(-0)", yk_k->erf, -0.0F, -0.0F },
        { "erf(tiny)", yk_k->erf, tiny, tiny },
        { "erf(inf)", yk_k->erf, inf, 1 },
        { "erf(-inf)", yk_k->erf, -inf, -1 },
        { "erf(nan)", yk_k->erf, NAN, NAN },
        { "elu(-inf)", elu, -inf, -1 },
        { "elu(inf)", elu, inf, inf },
        { "elu(nan)", elu, NAN, NAN },
        { "softplus(inf)", yk_k->softplus, inf, inf },
        { "softplus(-inf)", yk_k->softplus, -inf, 0 },
        { "softplus(nan)", yk_k->softplus, NAN, NAN },
        { "gelu(nan)", yk_k->gelu, NAN, NAN },
        { "gelu(inf)", yk_k->gelu, inf, inf },
        { "gelu(-20)", yk_k->gelu, -20, -0.0F },
        { "swish(nan)", yk_k->swish, NAN, NAN },
        { "hard_sigmoid(nan)", yk_k->hard_sigmoid, NAN, NAN },
        { "hard_sigmoid(-3)", yk_k->hard_sigmoid, -3, 0 },
        { "hard_sigmoid(3)", yk_k->hard_sigmoid, 3, 1 },
        { "relu(nan)", yk_k->relu, NAN, NAN },
        { "relu(-0)", yk_k->relu, -0.0F, -0.0F },
        { "relu(-inf)", yk_k->relu, -inf, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        float y;
        cases[i].f(1, &cases[i].x, &y);
        bool same = isnan(cases[i].want) ? isnan(y) : !memcmp(&y, &cases[i].want, sizeof y);
        if (!same)
            FAIL_CASE(cases[i].label, "%a, not %a", (double)y, (double)cases[i].want);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "accuracy", test_accuracy }, { "special values", test_special_values }, { 0 } };
    return yk_test_main("kernels/functions", tests);
}
