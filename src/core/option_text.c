/* SPDX-License-Identifier: Apache-2.0 */
/* Options as text that yk_option_set() reads back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_locale.h"
#include "core/option.h"

/* The shortest of 15, 16 and 17 digits that is read back as the same number; 17 always are enough. */
static void real_text(double value, char *text, size_t size)
{
    locale_t c, old = yk_c_locale_enter(&c);
    char digits[32];
    for (int n = 15; n <= 17; n++) {
        snprintf(digits, sizeof digits, "%.*g", n, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    yk_c_locale_leave(c, old);
    snprintf(text, size, "%s", digits);
}

static void ints_text(const int64_t *values, int n, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "", values[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

static void reals_text(const yk_reals *list, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < list->n && used < size; i++) {
        char number[32];
        real_text(list->at[i], number, sizeof number);
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", number);
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

static void choice_text(const char *choices, int index, char *text, size_t size)
{
    const char *word = choices + strspn(choices, " ");
    for (int i = 0; i < index; i++) {
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    snprintf(text, size, "%.*s", (int)strcspn(word, " "), word);
}

static void padding_text(const yk_option *o, const yk_padding *p, char *text, size_t size)
{
    static const char *const words[] = { [YK_PAD_VALID] = "valid", [YK_PAD_SAME] = "same", [YK_PAD_CAUSAL] = "causal" };
    char names[YK_SIDES_TEXT];
    int n = yk_option_sides(o, names);
    bool alike = true;
    for (int i = 1; i < n; i++)
        alike = alike && p->side[i] == p->side[0];
    if (p->mode != YK_PAD_EXPLICIT)
        snprintf(text, size, "%s", words[p->mode]);
    else if (alike)
        snprintf(text, size, "%" PRId64, p->side[0]);
    else
        ints_text(p->side, n, text, size);
}

static void period_text(const yk_period *p, char *text, size_t size)
{
    if (p->unit == YK_NEVER)
        snprintf(text, size, "none");
    else
        snprintf(text, size, "%" PRId64 " %s%s", p->count, p->unit == YK_STEPS ? "step" : "epoch",
                 p->count == 1 ? "" : "s");
}

void yk_option_text(const yk_option *o, const void *object, char *text, size_t size)
{
    const void *field = (const char *)object + o->offset;
    const yk_ints *ints = field;
    const yk_reals *reals = field;
    switch (o->type) {
    case YK_OPT_BOOL:
        snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
        break;
    case YK_OPT_INT:
        snprintf(text, size, "%" PRId64, *(const int64_t *)field);
        break;
    case YK_OPT_REAL:
        real_text(*(const double *)field, text, size);
        break;
    case YK_OPT_TEXT:
        snprintf(text, size, "%s", (const char *)field);
        break;
    case YK_OPT_CHOICE:
        choice_text(o->choices, *(const int *)field, text, size);
        break;
    case YK_OPT_INTS:
        if (ints->n == 0)
            snprintf(text, size, "none");
        else if (ints->n == 1)
            snprintf(text, size, "%" PRId64, ints->at[0]);
        else
            ints_text(ints->at, ints->n, text, size);
        break;
    case YK_OPT_REALS:
        if (reals->n == 0)
            snprintf(text, size, "none");
        else if (reals->n == 1)
            real_text(reals->at[0], text, size);
        else
            reals_text(reals, text, size);
        break;
    case YK_OPT_PADDING:
        padding_text(o, field, text, size);
        break;
    case YK_OPT_PERIOD:
        period_text(field, text, size);
        break;
    }
}
