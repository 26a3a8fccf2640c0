/* SPDX-License-Identifier: Apache-2.0 */
/* Reading options. Each type has a function that reads the text into a value of its own, checks it, and stores it
 * only when it is right: a refused text leaves the object as it was. */
#include "core/option.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_locale.h"
#include "core/error.h"
#include "core/num.h"

#define NAMES_MAX 64
#define LIST_MAX 768

int yk_option_count(const yk_option *table)
{
    int n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

/* "a, b, c" into text. */
static void join(char text[LIST_MAX], const char *const *names, int n)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n && used < LIST_MAX; i++)
        used += (size_t)snprintf(text + used, LIST_MAX - used, "%s%s", i ? ", " : "", names[i]);
}

/* " (did you mean "x"?)" or "" into text. */
static void suggest(char text[128], const char *name, const char *const *names, int n)
{
    const char *near = yk_nearest(name, names, n);
    text[0] = '\0';
    if (near)
        snprintf(text, 128, " (did you mean \"%s\"?)", near);
}

yk_status yk_option_find(const yk_option *table, const char *owner, const char *name, const yk_option **out)
{
    const char *names[NAMES_MAX];
    int n = yk_option_count(table);
    *out = NULL;
    for (int i = 0; i < n; i++)
        if (strcmp(table[i].name, name) == 0) {
            *out = &table[i];
            return YK_OK;
        }
    YK_CHECK(n > 0, YK_ERR_ARG, "no attribute of %s is called \"%.80s\"; it has none", owner, name);
    int shown = n < NAMES_MAX ? n : NAMES_MAX;
    for (int i = 0; i < shown; i++)
        names[i] = table[i].name;
    char list[LIST_MAX], hint[128];
    join(list, names, shown);
    suggest(hint, name, names, shown);
    YK_FAIL(YK_ERR_ARG, "no attribute of %s is called \"%.80s\"%s; there %s %s", owner, name, hint,
            n == 1 ? "is" : "are", list);
}

const char *yk_option_bounds(const yk_option *o, char text[YK_BOUNDS_TEXT])
{
    char low[32] = "", high[32] = "";
    bool any = o->min == 0 && o->max == 0;
    if (!any && o->min > -INFINITY)
        snprintf(low, sizeof low, o->min == YK_ABOVE_0 ? " > 0" : " >= %.10g", o->min);
    if (!any && o->max >= o->min && o->max < INFINITY)
        snprintf(high, sizeof high, o->max == YK_BELOW_1 ? " < 1" : " <= %.10g", o->max);
    snprintf(text, YK_BOUNDS_TEXT, "%s%s%s", low, *low && *high ? " and" : "", high);
    return text;
}

static bool in_range(const yk_option *o, double value)
{
    if (o->min == 0 && o->max == 0)
        return true;
    return value >= o->min && (o->max < o->min || value <= o->max);
}

/* Reads a whole number at text; *end is set behind it. */
static bool read_int(const char *text, const char **end, int64_t *value)
{
    if (text[strspn(text, "+-")] < '0' || text[strspn(text, "+-")] > '9') /* strtoll would skip blanks */
        return false;
    char *stop;
    errno = 0;
    long long v = strtoll(text, &stop, 10);
    *end = stop;
    *value = v;
    return errno == 0 && stop > text;
}

static const char *skip(const char *text)
{
    return text + strspn(text, " ");
}

/* Reads a finite number at text; *end is set behind it. */
static bool read_real(const char *text, const char **end, double *value)
{
    char *stop = NULL;
    size_t length = strspn(text, "+-.0123456789eE"); /* strtod() also knows blanks, inf, nan and hexadecimal */
    locale_t c, old = yk_c_locale_enter(&c);
    *value = strtod(text, &stop);
    yk_c_locale_leave(c, old);
    *end = stop;
    return length > 0 && stop == text + length && isfinite(*value);
}

/* Reads "[a, b, c]" of 1..most numbers, or one number, into the array of whole numbers or the one of reals; returns how
 * many, 0 when it is neither. */
static int read_list(const char *text, int most, int64_t *ints, double *reals)
{
    const char *at = text;
    if (*at != '[')
        return (ints ? read_int(at, &at, ints) : read_real(at, &at, reals)) && *at == '\0';
    for (int n = 0; n < most; n++) {
        at = skip(at + 1); /* behind the bracket or the comma */
        if (!(ints ? read_int(at, &at, ints + n) : read_real(at, &at, reals + n)))
            return 0;
        at = skip(at);
        if (*at == ']')
            return at[1] == '\0' ? n + 1 : 0;
        if (*at != ',')
            return 0;
    }
    return 0;
}

static yk_status set_bool(const yk_option *o, bool *field, const char *text)
{
    bool yes = strcmp(text, "true") == 0;
    YK_CHECK(yes || strcmp(text, "false") == 0, YK_ERR_ARG, "%s: \"%.80s\" is not true or false", o->name, text);
    *field = yes;
    return YK_OK;
}

static yk_status set_int(const yk_option *o, int64_t *field, const char *text)
{
    int64_t value;
    const char *end;
    char range[YK_BOUNDS_TEXT];
    bool good = read_int(text, &end, &value) && *end == '\0' && in_range(o, (double)value);
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is not a whole number%s", o->name, text, yk_option_bounds(o, range));
    *field = value;
    return YK_OK;
}

static yk_status set_real(const yk_option *o, double *field, const char *text)
{
    char range[YK_BOUNDS_TEXT];
    const char *end;
    double value;
    bool good = read_real(text, &end, &value) && *end == '\0' && in_range(o, value);
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is not a number%s", o->name, text, yk_option_bounds(o, range));
    *field = value;
    return YK_OK;
}

static yk_status set_text(const yk_option *o, char *field, const char *text)
{
    size_t length = strlen(text);
    YK_CHECK(length < YK_OPT_TEXT_MAX, YK_ERR_ARG, "%s: a text of %zu bytes is too long; %d will do", o->name, length,
             YK_OPT_TEXT_MAX - 1);
    memset(field, 0, YK_OPT_TEXT_MAX);
    memcpy(field, text, length);
    return YK_OK;
}

static yk_status set_choice(const yk_option *o, int *field, const char *text)
{
    char words[LIST_MAX], list[LIST_MAX], hint[128], *save = NULL;
    const char *names[NAMES_MAX];
    int n = 0;
    snprintf(words, sizeof words, "%s", o->choices);
    for (char *w = strtok_r(words, " ", &save); w && n < NAMES_MAX; w = strtok_r(NULL, " ", &save)) {
        if (strcmp(w, text) == 0) {
            *field = n;
            return YK_OK;
        }
        names[n++] = w;
    }
    join(list, names, n);
    suggest(hint, text, names, n);
    YK_FAIL(YK_ERR_ARG, "%s: \"%.80s\" is not one of %s%s", o->name, text, list, hint);
}

/* A list that may be left out. */
static bool is_none(const yk_option *o, const char *text)
{
    return o->initial && strcmp(o->initial, "none") == 0 && strcmp(text, "none") == 0;
}

static yk_status set_ints(const yk_option *o, yk_ints *field, const char *text)
{
    yk_ints value = { 0 };
    char range[YK_BOUNDS_TEXT];
    value.n = read_list(text, YK_INTS_MAX, value.at, NULL);
    bool good = value.n > 0 || is_none(o, text);
    for (int i = 0; i < value.n; i++)
        good = good && in_range(o, (double)value.at[i]);
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is neither a whole number%s nor a list of up to %d such, as [2, 2]",
             o->name, text, yk_option_bounds(o, range), YK_INTS_MAX);
    *field = value;
    return YK_OK;
}

static yk_status set_reals(const yk_option *o, yk_reals *field, const char *text)
{
    yk_reals value = { 0 };
    char range[YK_BOUNDS_TEXT];
    value.n = read_list(text, YK_REALS_MAX, NULL, value.at);
    bool good = value.n > 0 || is_none(o, text);
    for (int i = 0; i < value.n; i++)
        good = good && in_range(o, value.at[i]);
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is neither a number%s nor a list of up to %d such, as [0.5, 2]", o->name,
             text, yk_option_bounds(o, range), YK_REALS_MAX);
    *field = value;
    return YK_OK;
}

int yk_option_sides(const yk_option *o, char text[YK_SIDES_TEXT])
{
    char words[YK_SIDES_TEXT], *save = NULL;
    int n = 0;
    size_t used = 0;
    snprintf(words, sizeof words, "%s", o->choices ? o->choices : "top bottom left right");
    for (char *w = strtok_r(words, " ", &save); w && used < YK_SIDES_TEXT; w = strtok_r(NULL, " ", &save))
        used += (size_t)snprintf(text + used, YK_SIDES_TEXT - used, "%s%s", n++ ? ", " : "[", w);
    if (used < YK_SIDES_TEXT)
        snprintf(text + used, YK_SIDES_TEXT - used, "]");
    return n;
}

static yk_status set_padding(const yk_option *o, yk_padding *field, const char *text)
{
    yk_padding value = { YK_PAD_VALID, { 0 } };
    char sides[YK_SIDES_TEXT], range[YK_BOUNDS_TEXT];
    int n = 0, most = yk_option_sides(o, sides);
    bool good = true;
    if (strcmp(text, "same") == 0) {
        value.mode = YK_PAD_SAME;
    } else if (most == 2 && strcmp(text, "causal") == 0) {
        value.mode = YK_PAD_CAUSAL;
    } else if (strcmp(text, "valid") != 0) {
        value.mode = YK_PAD_EXPLICIT;
        n = read_list(text, most, value.side, NULL);
        good = n == 1 || n == most;
    }
    for (int i = 0; good && i < most && n > 0; i++) {
        value.side[i] = value.side[i < n ? i : 0];
        good = value.side[i] >= 0 && in_range(o, (double)value.side[i]);
    }
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is not valid, same, %sone whole number%s, or %d as in %s", o->name, text,
             most == 2 ? "causal, " : "", *yk_option_bounds(o, range) ? range : " >= 0", most, sides);
    *field = value;
    return YK_OK;
}

static yk_status set_period(const yk_option *o, yk_period *field, const char *text)
{
    yk_period value = { YK_NEVER, 0 };
    const char *unit = text;
    bool good = strcmp(text, "none") == 0;
    if (!good && read_int(text, &unit, &value.count) && *unit == ' ') {
        unit = skip(unit);
        bool steps = strcmp(unit, "step") == 0 || strcmp(unit, "steps") == 0;
        good = value.count >= 1 && (steps || strcmp(unit, "epoch") == 0 || strcmp(unit, "epochs") == 0);
        value.unit = steps ? YK_STEPS : YK_EPOCHS;
    }
    YK_CHECK(good, YK_ERR_ARG, "%s: \"%.80s\" is not a length like \"30 steps\", \"1 epoch\" or none", o->name, text);
    *field = value;
    return YK_OK;
}

yk_status yk_option_set(const yk_option *o, void *object, const char *text)
{
    void *field = (char *)object + o->offset;
    switch (o->type) {
    case YK_OPT_BOOL:
        return set_bool(o, field, text);
    case YK_OPT_INT:
        return set_int(o, field, text);
    case YK_OPT_REAL:
        return set_real(o, field, text);
    case YK_OPT_TEXT:
        return set_text(o, field, text);
    case YK_OPT_CHOICE:
        return set_choice(o, field, text);
    case YK_OPT_INTS:
        return set_ints(o, field, text);
    case YK_OPT_REALS:
        return set_reals(o, field, text);
    case YK_OPT_PADDING:
        return set_padding(o, field, text);
    case YK_OPT_PERIOD:
        return set_period(o, field, text);
    }
    YK_FAIL(YK_ERR_INTERNAL, "%s: %d is not a type of an option", o->name, (int)o->type);
}

yk_status yk_option_defaults(const yk_option *table, void *object)
{
    for (const yk_option *o = table; o && o->name; o++)
        if (o->initial)
            YK_TRY(yk_option_set(o, object, o->initial));
    return YK_OK;
}
