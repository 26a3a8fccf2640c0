/* SPDX-License-Identifier: Apache-2.0 */
#include "report/axis.h"

#include <math.h>
#include <stdio.h>

#include "core/math.h"

#define LN10 2.302585092994046

static double log10_of(double x)
{
    return yk_ln(x) / LN10;
}

static double power_of_ten(int exponent)
{
    const double p = yk_pow_int(10, exponent < 0 ? -exponent : exponent);
    return exponent < 0 ? 1 / p : p;
}

static void add_tick(yk_axis *a, double value, bool labelled, int decimals)
{
    if (a->n == YK_TICKS_MAX)
        return;
    char *label = a->label[a->n];
    a->tick[a->n++] = value;
    label[0] = '\0';
    if (!labelled)
        return;
    if (decimals < 0) /* steps of a thousand or more */
        snprintf(label, 16,
                 value == 0          ? "0"
                 : fabs(value) < 1e6 ? "%gk"
                                     : "%gM",
                 value / (fabs(value) < 1e6 ? 1e3 : 1e6));
    else if (decimals > 6)
        snprintf(label, 16, "%g", value);
    else
        snprintf(label, 16, "%.*f", decimals, value);
}

/* The round step (1, 2 or 5 times a power of ten) that gives about `wanted` ticks. */
static double round_step(double range, int wanted, int *decimals)
{
    const int exponent = (int)floor(log10_of(range / wanted));
    const double base = power_of_ten(exponent), part = range / wanted / base;
    *decimals = exponent < 0 ? -exponent : exponent >= 3 ? -1 : 0;
    if (part < 1.5)
        return base;
    if (part < 3.5)
        return 2 * base;
    if (part < 7.5)
        return 5 * base;
    *decimals = exponent + 1 < 0 ? -exponent - 1 : exponent + 1 >= 3 ? -1 : 0;
    return 10 * base;
}

static void linear_ticks(yk_axis *a, int wanted)
{
    int decimals;
    const double step = round_step(a->high - a->low, wanted, &decimals);
    for (double k = ceil(a->low / step - 1e-9); k * step <= a->high + 1e-9 * step && a->n < YK_TICKS_MAX; k++)
        add_tick(a, k == 0 ? 0 : k * step, true, decimals); /* not -0 */
}

/* Decades; where they are few, 2 and 5 as well. */
static void log_ticks(yk_axis *a, int wanted)
{
    static const double part[] = { 1, 2, 5 };
    const int first = (int)floor(log10_of(a->low)), last = (int)ceil(log10_of(a->high));
    const bool few = log10_of(a->high / a->low) * 2 < wanted;
    const int every = 1 + (last - first) / (2 * wanted);
    for (int e = first; e <= last; e++)
        for (int p = 0; p < 3; p++) {
            const double value = part[p] * power_of_ten(e);
            if (value < a->low * (1 - 1e-9) || value > a->high * (1 + 1e-9) || (p > 0 && !few))
                continue;
            const bool thousands = value >= 1e4;
            add_tick(a, value, (e - first) % every == 0, thousands ? -1 : value >= 1 ? 0 : e < -6 ? 7 : -e);
        }
}

void yk_axis_make(yk_axis *a, double low, double high, bool log, int wanted)
{
    if (log && high / low < 1.2) {
        low /= 1.5;
        high *= 1.5;
    } else if (!log && high - low < 1e-9 * (fabs(high) + 1e-9)) {
        const double around = fabs(high) > 0 ? 0.1 * fabs(high) : 1;
        low -= around;
        high += around;
    }
    *a = (yk_axis){ .low = low, .high = high, .log = log };
    if (log)
        log_ticks(a, wanted);
    else
        linear_ticks(a, wanted);
}

double yk_axis_at(const yk_axis *a, double value)
{
    if (a->log)
        return yk_ln(value / a->low) / yk_ln(a->high / a->low);
    return (value - a->low) / (a->high - a->low);
}
