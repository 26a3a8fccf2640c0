/* SPDX-License-Identifier: Apache-2.0 */
/* A sample of a stack is `groups` times, next to each other, `inner` elements of each field. A single field is read
 * where it goes; several are read into scratch and dealt out. */
#include "data/stack.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/convert.h"

#define FIELDS_MAX 64
#define PIECE_BYTES ((int64_t)1 << 24) /* of one field, read at once by yk_stack_read() */

typedef struct piece {
    char *name;
    yk_dtype dtype;
    int64_t length; /* elements of a sample */
    int64_t inner;
    bool has_missing;
    double missing; /* stands for a value that is not there */
} piece;

struct yk_stack {
    yk_datafile *file;
    int n;
    piece piece[FIELDS_MAX];
    yk_dtype dtype;
    int64_t groups, width; /* width: elements of a group */
    char *raw;             /* scratch: samples of one field, and as float32 where types differ */
    float *number;
    int64_t room; /* samples that fit into it */
};

static yk_status add(yk_stack *s, const char *name, size_t length, yk_field *field)
{
    YK_CHECK(s->n < FIELDS_MAX, YK_ERR_ARG, "%s: at most %d fields can be stacked", yk_datafile_spec(s->file),
             FIELDS_MAX);
    piece *p = &s->piece[s->n];
    YK_TRY(yk_format(&p->name, "%.*s", (int)length, name));
    s->n++;
    YK_TRY(yk_datafile_field(s->file, p->name, field));
    YK_TRY(yk_datafile_missing(s->file, p->name, &p->has_missing, &p->missing));
    p->dtype = field->dtype;
    p->length = yk_shape_len_from(&field->shape, 1);
    return YK_OK;
}

/* All names between plus signs, or the whole text where it is a name itself. */
static yk_status add_all(yk_stack *s, const char *text, yk_field *field)
{
    if (!strchr(text, '+') || yk_datafile_has(s->file, text))
        return add(s, text, strlen(text), field);
    for (;; text++) {
        const size_t length = strcspn(text, "+");
        YK_CHECK(length > 0, YK_ERR_ARG, "a name is missing beside a + (as in u+v+p)");
        YK_TRY(add(s, text, length, field + s->n));
        text += length;
        if (*text == '\0')
            return YK_OK;
    }
}

static yk_status common_type(yk_stack *s)
{
    s->dtype = s->piece[0].dtype;
    for (int i = 1; i < s->n; i++) {
        const piece *p = &s->piece[i];
        if (p->dtype != s->piece[0].dtype)
            s->dtype = YK_F32;
        YK_CHECK((p->dtype == YK_U8) == (s->piece[0].dtype == YK_U8), YK_ERR_DATA,
                 "%s: %s (%s) and %s (%s) do not stack: bytes are scaled, other types are not",
                 yk_datafile_spec(s->file), s->piece[0].name, yk_dtype_name(s->piece[0].dtype), p->name,
                 yk_dtype_name(p->dtype));
    }
    return YK_OK;
}

/* The first `n` sizes. */
static bool same_start(const yk_shape *a, const yk_shape *b, int n)
{
    for (int i = 1; i < n; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

/* Shape of the stack, and what each field gives to a group. */
static yk_status common_shape(yk_stack *s, const yk_field *field, yk_shape *out)
{
    const yk_shape *first = &field[0].shape, *most = first;
    bool equal = true;
    char a[YK_SHAPE_TEXT], b[YK_SHAPE_TEXT];
    for (int i = 1; i < s->n; i++) {
        YK_TRY(yk_datafile_aligned(s->file, field[0].name, field[i].name));
        equal = equal && yk_shape_equal(first, &field[i].shape);
        if (field[i].shape.ndim > most->ndim)
            most = &field[i].shape;
    }
    *out = *most;
    if (equal && s->n > 1) {
        YK_CHECK(out->ndim < YK_MAX_DIMS, YK_ERR_DATA, "%s: %s and %s do not stack: %d dimensions are the limit",
                 yk_datafile_spec(s->file), field[0].name, field[1].name, YK_MAX_DIMS);
        out->dim[out->ndim++] = 1;
    }
    const int last = out->ndim - 1;
    s->width = 0;
    for (int i = 0; i < s->n; i++) {
        const yk_shape *shape = &field[i].shape;
        const bool whole = shape->ndim == out->ndim, flat = shape->ndim == last;
        YK_CHECK(s->n == 1 || (last > 0 && (whole || flat) && same_start(shape, out, last)), YK_ERR_DATA,
                 "%s: %s has samples of shape %s and %s of %s: only shapes that are equal, but for the last dimension, "
                 "stack",
                 yk_datafile_spec(s->file), field[0].name, yk_shape_text(first, 1, a), field[i].name,
                 yk_shape_text(shape, 1, b));
        s->piece[i].inner = whole && last > 0 ? shape->dim[last] : 1;
        s->width += s->piece[i].inner;
    }
    s->groups = last > 0 ? yk_shape_len_from(out, 1) / yk_max(out->dim[last], 1) : 1;
    if (last > 0)
        out->dim[last] = s->width;
    return YK_OK;
}

static yk_status open_fields(yk_stack *s, const char *text, yk_shape *shape)
{
    yk_field field[FIELDS_MAX] = { 0 };
    YK_TRY(add_all(s, text, field));
    YK_TRY(common_type(s));
    YK_TRY(common_shape(s, field, shape));
    return YK_OK;
}

yk_status yk_stack_open(yk_stack **out, yk_datafile *file, const char *text, yk_dtype *dtype, yk_shape *shape)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    (*out)->file = file;
    yk_status status = open_fields(*out, text, shape);
    if (status == YK_OK)
        *dtype = (*out)->dtype;
    else
        yk_stack_close(out);
    return status;
}

void yk_stack_close(yk_stack **stack)
{
    yk_stack *s = *stack;
    if (!s)
        return;
    for (int i = 0; i < s->n; i++)
        yk_free(s->piece[i].name);
    yk_free(s->raw);
    yk_free(s->number);
    yk_free(s);
    *stack = NULL;
}

const char *yk_stack_first(const yk_stack *s)
{
    return s->piece[0].name;
}

static bool direct(const yk_stack *s)
{
    return s->n == 1;
}

/* Bytes of the largest field's sample. */
static int64_t raw_bytes(const yk_stack *s, int64_t *length)
{
    int64_t bytes = 0;
    *length = 0;
    for (int i = 0; i < s->n; i++) {
        bytes = yk_max(bytes, s->piece[i].length * yk_dtype_size(s->piece[i].dtype));
        if (s->piece[i].dtype != s->dtype)
            *length = yk_max(*length, s->piece[i].length);
    }
    return bytes;
}

int64_t yk_stack_scratch(const yk_stack *s)
{
    int64_t length, bytes = raw_bytes(s, &length);
    return direct(s) ? 0 : bytes + length * (int64_t)sizeof(float);
}

/* Scratch for `count` samples: grows and never shrinks. */
static yk_status reserve(yk_stack *s, int64_t count)
{
    int64_t length, bytes = raw_bytes(s, &length);
    if (count <= s->room)
        return YK_OK;
    yk_free(s->raw);
    yk_free(s->number);
    s->raw = NULL;
    s->number = NULL;
    s->room = 0;
    YK_TRY(yk_alloc(&s->raw, count, (size_t)bytes));
    if (length > 0)
        YK_TRY(yk_alloc(&s->number, count * length, sizeof *s->number));
    s->room = count;
    return YK_OK;
}

/* No value of the field may be the one that means "missing". Sample i of `raw` is number sample[i], or first + i. */
static yk_status check_missing(const yk_stack *s, const piece *p, int64_t count, const int64_t *sample, int64_t first,
                               const void *raw)
{
    if (!p->has_missing)
        return YK_OK;
    const int64_t n = count * p->length, bad = yk_first_equal(p->dtype, n, raw, p->missing);
    if (bad == n)
        return YK_OK;
    int64_t number = sample ? sample[bad / p->length] : first + bad / p->length;
    const char *file = yk_datafile_place(s->file, p->name, &number);
    YK_FAIL(YK_ERR_DATA,
            "%s: %s of sample %" PRId64 " is missing (element %" PRId64 " is %g, as _FillValue says); fill it in or "
            "remove the sample",
            file, p->name, number, bad % p->length, p->missing);
}

/* `size` bytes from `in` to every `step` bytes of `out`, n times. */
static void deal(int64_t n, int64_t size, const char *in, int64_t step, char *out)
{
    if (size == 4)
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * step, in + i * 4, 4); /* one load and store */
    else if (size == 8)
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * step, in + i * 8, 8);
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * step, in + i * size, (size_t)size);
}

/* Deals `count` samples of field i, which lie in scratch, out to their places. */
static void place(yk_stack *s, int i, int64_t at, int64_t count, char *out)
{
    const piece *p = &s->piece[i];
    const int64_t size = yk_dtype_size(s->dtype);
    const char *in = s->raw;
    if (p->dtype != s->dtype) {
        yk_convert_f32(p->dtype, count * p->length, s->raw, false, s->number);
        in = (const char *)s->number;
    }
    deal(count * s->groups, p->inner * size, in, s->width * size, out + at * size);
}

yk_status yk_stack_gather(yk_stack *s, int64_t count, const int64_t *sample, void *out)
{
    if (direct(s)) {
        YK_TRY(yk_datafile_gather(s->file, s->piece[0].name, count, sample, out));
        return check_missing(s, &s->piece[0], count, sample, 0, out);
    }
    YK_TRY(reserve(s, count));
    int64_t at = 0;
    for (int i = 0; i < s->n; i++) {
        YK_TRY(yk_datafile_gather(s->file, s->piece[i].name, count, sample, s->raw));
        YK_TRY(check_missing(s, &s->piece[i], count, sample, 0, s->raw));
        place(s, i, at, count, out);
        at += s->piece[i].inner;
    }
    return YK_OK;
}

yk_status yk_stack_read(yk_stack *s, int64_t count, void *out)
{
    if (direct(s)) {
        YK_TRY(yk_datafile_read(s->file, s->piece[0].name, 0, count, out));
        return check_missing(s, &s->piece[0], count, NULL, 0, out);
    }
    int64_t at = 0, length;
    const int64_t rows = yk_max(1, yk_min(count, PIECE_BYTES / yk_max(raw_bytes(s, &length), 1)));
    const int64_t bytes = s->groups * s->width * yk_dtype_size(s->dtype);
    YK_TRY(reserve(s, rows));
    for (int i = 0; i < s->n; i++) { /* field by field: a chunk is unpacked once */
        for (int64_t first = 0, n; first < count; first += n) {
            n = yk_min(rows, count - first);
            YK_TRY(yk_datafile_read(s->file, s->piece[i].name, first, n, s->raw));
            YK_TRY(check_missing(s, &s->piece[i], n, NULL, first, s->raw));
            place(s, i, at, n, (char *)out + first * bytes);
        }
        at += s->piece[i].inner;
    }
    yk_free(s->raw);
    yk_free(s->number);
    s->raw = NULL;
    s->number = NULL;
    s->room = 0;
    return YK_OK;
}
