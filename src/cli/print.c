/* SPDX-License-Identifier: Apache-2.0 */
/* How values look in the program's output. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

void yk_print_json(const char *text)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    putchar('"');
}

void yk_print_json_real(double value)
{
    if (isfinite(value))
        printf("%.9g", value);
    else
        printf("null");
}

const char *yk_bytes_text(int64_t bytes, char text[32])
{
    static const char *const unit[] = { "B", "KB", "MB", "GB", "TB", "PB" };
    double value = (double)bytes;
    int u = 0;
    for (; value >= 1000 && u < 5; u++)
        value /= 1000;
    snprintf(text, 32,
             u == 0        ? "%.0f %s"
             : value < 10  ? "%.2f %s"
             : value < 100 ? "%.1f %s"
                           : "%.0f %s",
             value, unit[u]);
    return text;
}

const char *yk_count_text(int64_t count, char text[32])
{
    char digits[32];
    const int n = snprintf(digits, sizeof digits, "%" PRId64, count);
    int at = 0;
    for (int i = 0; i < n && at < 30; i++) {
        if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

/* Type and range of an option's values, for help. */
static void type_text(const yk_option *o, char *text, size_t size)
{
    static const char *const kind[] = { [YK_OPT_BOOL] = "true or false",
                                        [YK_OPT_INT] = "whole number",
                                        [YK_OPT_REAL] = "number",
                                        [YK_OPT_TEXT] = "text",
                                        [YK_OPT_CHOICE] = "one of",
                                        [YK_OPT_INTS] = "one or several whole numbers",
                                        [YK_OPT_REALS] = "one or several numbers",
                                        [YK_OPT_PERIOD] = "\"30 steps\", \"1 epoch\" or none" };
    char bounds[YK_BOUNDS_TEXT], sides[YK_SIDES_TEXT];
    if (o->type == YK_OPT_CHOICE)
        snprintf(text, size, "one of: %s", o->choices);
    else if (o->type == YK_OPT_PADDING)
        snprintf(text, size, "valid, same, %sa number, or %s", yk_option_sides(o, sides) == 2 ? "causal, " : "", sides);
    else
        snprintf(text, size, "%s%s", kind[o->type], yk_option_bounds(o, bounds));
}

void yk_print_options(const yk_option *table)
{
    char type[256];
    for (const yk_option *o = table; o && o->name; o++) {
        type_text(o, type, sizeof type);
        printf("  %-14s %s\n", o->name, o->help ? o->help : "");
        if (o->initial)
            printf("  %-14s   %s; default %s\n", "", type, *o->initial ? o->initial : "none");
        else
            printf("  %-14s   %s; required\n", "", type);
    }
}
