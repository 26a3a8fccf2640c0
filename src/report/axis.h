/* SPDX-License-Identifier: Apache-2.0 */
/* An axis: its range, its ticks at round numbers, their labels. */
#ifndef YK_REPORT_AXIS_H
#define YK_REPORT_AXIS_H

#include <stdbool.h>

#define YK_TICKS_MAX 32

typedef struct yk_axis {
    double low, high; /**< low < high */
    bool log;
    int n;
    double tick[YK_TICKS_MAX];
    char label[YK_TICKS_MAX][16]; /**< "": a tick without one */
} yk_axis;

/** An axis that holds low..high (finite; > 0 for log), with about `wanted` labels. One value gets room around it. */
void yk_axis_make(yk_axis *axis, double low, double high, bool log, int wanted);

/** Place of a value: 0 at low, 1 at high; beyond them for values outside. */
double yk_axis_at(const yk_axis *axis, double value);

#endif
