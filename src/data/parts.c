/* SPDX-License-Identifier: Apache-2.0 */
#include "data/parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_locale.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/order.h"
#include "io/spec.h"

static const char *const usual[] = { "train", "dev", "test" };

/* One "[NAME=]SHARE" of `length` characters, the i-th. */
static yk_status part_parse(yk_parts *p, const char *group, const char *text, int length, double *share)
{
    const char *equals = memchr(text, '=', (size_t)length);
    const int i = p->n, name = equals ? (int)(equals - text) : 0;
    char number[64], *end = number;
    snprintf(number, sizeof number, "%.*s", length - (equals ? name + 1 : 0), equals ? equals + 1 : text);
    locale_t c, old = yk_c_locale_enter(&c);
    *share = strtod(number, &end);
    yk_c_locale_leave(c, old);
    YK_CHECK(number[0] && strspn(number, "0123456789.eE-") == strlen(number) && !*end && *share > 0 && *share <= 1,
             YK_ERR_ARG, "--split: \"%.*s\" is not a share of the samples between 0 and 1", length, text);
    YK_CHECK(equals ? name > 0 && !memchr(text, '/', (size_t)name) : i < YK_LEN(usual), YK_ERR_ARG,
             "--split: part %d (\"%.*s\") needs a name, as in train=0.5,dev=0.2,test=0.2,last=0.1", i + 1, length,
             text);
    char *base;
    if (equals)
        YK_TRY(yk_format(&base, "%.*s", name, text));
    else
        YK_TRY(yk_strdup(&base, usual[i]));
    yk_status status = yk_spec_join(&p->part[i].group, group, base);
    yk_free(base);
    YK_TRY(status);
    p->n++;
    for (int k = 0; k < i; k++)
        YK_CHECK(strcmp(p->part[k].group, p->part[i].group) != 0, YK_ERR_ARG, "--split: %s is named twice",
                 p->part[i].group);
    return YK_OK;
}

static yk_status parts_parse(yk_parts *p, const char *group, const char *split, int64_t n)
{
    double share, sum = 0;
    int64_t begin = 0;
    for (const char *at = split;;) {
        const int length = (int)strcspn(at, ",");
        YK_CHECK(p->n < YK_PARTS_MAX, YK_ERR_ARG, "--split: at most %d parts are possible", YK_PARTS_MAX);
        YK_TRY(part_parse(p, group, at, length, &share));
        sum += share;
        const int64_t end = yk_min(n, (int64_t)floor((double)n * sum + 0.5));
        p->part[p->n - 1].count = end - begin;
        begin = end;
        if (!at[length])
            break;
        at += length + 1;
    }
    YK_CHECK(fabs(sum - 1) < 1e-9, YK_ERR_ARG, "--split: the shares of \"%s\" add up to %.10g; they must add up to 1",
             split, sum);
    for (int i = 0; i < p->n; i++)
        YK_CHECK(p->part[i].count > 0, YK_ERR_ARG, "--split: %s would have none of the %" PRId64 " samples",
                 p->part[i].group, n);
    return YK_OK;
}

yk_status yk_parts_draw(unsigned char **owner, int64_t n, int n_parts, const int64_t *count, uint64_t seed)
{
    yk_order order;
    int64_t position = 0;
    yk_order_make(&order, n, &(yk_shuffle){ .mode = YK_SHUFFLE_FULL }, seed, YK_FOR_SPLIT);
    YK_TRY(yk_alloc(owner, n, 1));
    for (int i = 0; i < n_parts; i++)
        for (int64_t k = 0; k < count[i]; k++)
            (*owner)[yk_order_at(&order, 0, position++)] = (unsigned char)i;
    return YK_OK;
}

/* Neighbours stay together. */
static yk_status parts_in_order(yk_parts *p, int64_t n)
{
    int64_t s = 0;
    YK_TRY(yk_alloc(&p->owner, n, 1));
    for (int i = 0; i < p->n; i++)
        for (int64_t k = 0; k < p->part[i].count; k++)
            p->owner[s++] = (unsigned char)i;
    return YK_OK;
}

static yk_status parts_find(yk_parts *p, const char *path, const char *group, const char *split, int64_t n)
{
    if (split[0]) {
        YK_TRY(parts_parse(p, group, split, n));
    } else {
        p->n = 1;
        p->part[0].count = n;
        YK_TRY(yk_strdup(&p->part[0].group, group));
    }
    YK_TRY(yk_format(&p->spec, "%s:%s", path, p->part[0].group));
    return YK_OK;
}

yk_status yk_parts_make(yk_parts *p, const char *out, const char *split, int64_t n, bool shuffled, uint64_t seed)
{
    yk_status status = YK_OK;
    char *path, *group;
    int64_t count[YK_PARTS_MAX];
    *p = (yk_parts){ 0 };
    YK_TRY(yk_spec_split(out, &path, &group));
    YK_TRY_GOTO(parts_find(p, path, group, split, n), done);
    for (int i = 0; i < p->n; i++)
        count[i] = p->part[i].count;
    if (shuffled)
        YK_TRY_GOTO(yk_parts_draw(&p->owner, n, p->n, count, seed), done);
    else
        YK_TRY_GOTO(parts_in_order(p, n), done);
done:
    yk_free(path);
    yk_free(group);
    if (status != YK_OK)
        yk_parts_free(p);
    return status;
}

void yk_parts_free(yk_parts *p)
{
    for (int i = 0; i < YK_PARTS_MAX; i++)
        yk_free(p->part[i].group);
    yk_free(p->owner);
    yk_free(p->spec);
    *p = (yk_parts){ 0 };
}

yk_status yk_parts_enter(const yk_parts *p, int i, yk_datawriter **writer)
{
    if (i == 0)
        YK_TRY(yk_datawriter_create(writer, p->spec, false));
    else
        YK_TRY(yk_datawriter_group(*writer, p->part[i].group, false));
    return YK_OK;
}
