/* SPDX-License-Identifier: Apache-2.0 */
#include "data/npy_parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"

yk_status yk_npy_head(const char *name, const void *first, int64_t got, int64_t *bytes)
{
    const unsigned char *b = first;
    YK_CHECK(got >= 10 && memcmp(b, "\x93NUMPY", 6) == 0, YK_ERR_DATA,
             "%s: not an npy file (its first bytes are not \\x93NUMPY)", name);
    YK_CHECK(b[6] >= 1 && b[6] <= 3, YK_ERR_DATA, "%s: npy version %d.%d; yoke knows 1 to 3", name, b[6], b[7]);
    YK_CHECK(got >= YK_NPY_FIRST, YK_ERR_DATA, "%s: ends in its head", name);
    int64_t length = b[8] | b[9] << 8;
    if (b[6] > 1)
        length |= (int64_t)b[10] << 16 | (int64_t)b[11] << 24;
    *bytes = (b[6] == 1 ? 10 : 12) + length;
    YK_CHECK(*bytes >= YK_NPY_FIRST, YK_ERR_DATA, "%s: ends in its head", name);
    YK_CHECK(*bytes <= YK_NPY_HEAD_MAX, YK_ERR_DATA, "%s: a head of %" PRId64 " bytes; it is damaged", name, *bytes);
    return YK_OK;
}

typedef struct dict {
    const char *name, *at, *end;
} dict;

static void blanks(dict *d)
{
    while (d->at < d->end && strchr(" \t\n", *d->at) && *d->at)
        d->at++;
}

/* Takes `sign` if it comes next. */
static bool take(dict *d, char sign)
{
    blanks(d);
    if (d->at == d->end || *d->at != sign)
        return false;
    d->at++;
    return true;
}

static bool take_word(dict *d, const char *word)
{
    const size_t n = strlen(word);
    blanks(d);
    if ((size_t)(d->end - d->at) < n || memcmp(d->at, word, n) != 0)
        return false;
    d->at += n;
    return true;
}

static yk_status damaged(const dict *d, const char *what)
{
    YK_FAIL(YK_ERR_DATA, "%s: its head cannot be understood: %s is expected at \"%.*s\"", d->name, what,
            (int)yk_min(20, d->end - d->at), d->at);
}

/* A string in quotes; *text is not ended. */
static bool take_string(dict *d, const char **text, int *length)
{
    blanks(d);
    if (d->at == d->end || (*d->at != '\'' && *d->at != '"'))
        return false;
    const char *close = memchr(d->at + 1, *d->at, (size_t)(d->end - d->at - 1));
    if (!close || close - d->at > 64)
        return false;
    *text = d->at + 1;
    *length = (int)(close - d->at - 1);
    d->at = close + 1;
    return true;
}

static yk_dtype dtype_of(char kind, int size)
{
    static const struct {
        char kind;
        int size;
        yk_dtype dtype;
    } known[] = { { 'f', 2, YK_F16 }, { 'f', 4, YK_F32 }, { 'f', 8, YK_F64 }, { 'b', 1, YK_I8 },
                  { 'i', 1, YK_I8 },  { 'i', 2, YK_I16 }, { 'i', 4, YK_I32 }, { 'i', 8, YK_I64 },
                  { 'u', 1, YK_U8 },  { 'u', 2, YK_U16 }, { 'u', 4, YK_U32 }, { 'u', 8, YK_U64 } };
    for (int i = 0; i < YK_LEN(known); i++)
        if (known[i].kind == kind && known[i].size == size)
            return known[i].dtype;
    return YK_NO_DTYPE;
}

static yk_status read_descr(dict *d, yk_npy *out)
{
    const char *text;
    int length;
    YK_CHECK(!take(d, '['), YK_ERR_DATA, "%s: holds records of several fields; save each field as an array of its own",
             d->name);
    if (!take_string(d, &text, &length))
        return damaged(d, "the type");
    const bool order = length > 0 && strchr("<>|=", text[0]) != NULL;
    const int at = order ? 1 : 0;
    int size = 0;
    for (int i = at + 1; i < length && text[i] >= '0' && text[i] <= '9' && size < 1000; i++)
        size = 10 * size + text[i] - '0';
    out->dtype = length - at == 2 ? dtype_of(text[at], size) : YK_NO_DTYPE;
    out->big = order && text[0] == '>';
    const char kind = at < length ? text[at] : ' ';
    YK_CHECK(out->dtype != YK_NO_DTYPE, YK_ERR_DATA,
             "%s: its type is \"%.*s\"%s; yoke reads bool, integers and floats of 16, 32 or 64 bits", d->name, length,
             text,
             kind == 'O'                  ? " (Python objects)"
             : kind == 'U' || kind == 'S' ? " (strings)"
             : kind == 'c'                ? " (complex numbers)"
                                          : "");
    return YK_OK;
}

static yk_status read_shape(dict *d, yk_npy *out)
{
    int64_t dims = 0;
    if (!take(d, '('))
        return damaged(d, "a shape");
    while (!take(d, ')')) {
        int64_t size = 0;
        int digits = 0;
        blanks(d);
        for (; d->at < d->end && *d->at >= '0' && *d->at <= '9' && digits < 19; d->at++, digits++)
            size = 10 * (size % 100000000000000000) + (*d->at - '0');
        if (digits == 0 || digits > 17)
            return damaged(d, "a size");
        (void)take(d, 'L');
        YK_CHECK(dims < YK_MAX_DIMS, YK_ERR_DATA, "%s: has more than %d dimensions", d->name, YK_MAX_DIMS);
        YK_CHECK(size > 0, YK_ERR_DATA, "%s: dimension %" PRId64 " is 0, so it holds no data", d->name, dims);
        out->shape.dim[dims++] = size;
        if (!take(d, ',') && !(d->at < d->end && *d->at == ')'))
            return damaged(d, "a comma");
    }
    YK_CHECK(dims > 0, YK_ERR_DATA, "%s: is a single number; its first dimension must count samples", d->name);
    out->shape.ndim = (int)dims;
    return YK_OK;
}

static yk_status read_order(dict *d, yk_npy *out)
{
    out->fortran = take_word(d, "True");
    if (!out->fortran && !take_word(d, "False"))
        return damaged(d, "True or False");
    return YK_OK;
}

yk_status yk_npy_parse(yk_npy *out, const char *name, const void *head, int64_t bytes)
{
    static const struct {
        const char *key;
        yk_status (*read)(dict *, yk_npy *);
    } keys[] = { { "descr", read_descr }, { "fortran_order", read_order }, { "shape", read_shape } };
    const char *text = head, *key;
    int seen = 0, length;
    dict d = { name, text + (text[6] == 1 ? 10 : 12), text + bytes };
    *out = (yk_npy){ 0 };
    if (!take(&d, '{'))
        return damaged(&d, "a dictionary");
    while (!take(&d, '}')) {
        int k = 0;
        if (!take_string(&d, &key, &length) || !take(&d, ':'))
            return damaged(&d, "a key");
        while (k < YK_LEN(keys) &&
               (strlen(keys[k].key) != (size_t)length || memcmp(keys[k].key, key, (size_t)length) != 0))
            k++;
        if (k == YK_LEN(keys) || (seen & 1 << k))
            return damaged(&d, "descr, fortran_order or shape once");
        YK_TRY(keys[k].read(&d, out));
        seen |= 1 << k;
        if (!take(&d, ',') && !(d.at < d.end && *d.at == '}'))
            return damaged(&d, "a comma");
    }
    YK_CHECK(seen == 7, YK_ERR_DATA, "%s: its head lacks descr, fortran_order or shape", name);
    out->bytes = yk_dtype_size(out->dtype);
    for (int i = 0; i < out->shape.ndim; i++)
        YK_CHECK(yk_mul(&out->bytes, out->bytes, out->shape.dim[i]), YK_ERR_DATA,
                 "%s: its head promises more than 2^63 bytes; it is damaged", name);
    return YK_OK;
}
