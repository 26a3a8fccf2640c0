/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of NumPy's arrays: an .npy file a field, or members of one .npz (a zip of .npy files). Elements keep their
 * type; bool becomes int8. Arrays in C order pass through in pieces, those in Fortran order are held in memory. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "core/option.h"
#include "data/archive.h"
#include "data/convert.h"
#include "data/dataset.h"
#include "data/importers.h"
#include "data/npy_parse.h"
#include "data/unpack.h"
#include "io/datafile.h"

#define PIECE_BYTES ((int64_t)1 << 20)
#define MOST_PACKED 1032 /* bytes that deflate can pack into one */

typedef struct npy_opts {
    char fields[YK_OPT_TEXT_MAX];
} npy_opts;

static const yk_option options[] = {
    { "fields", YK_OPT_TEXT, offsetof(npy_opts, fields), "", 0, 0, NULL,
      "names of the fields, in the order of the files (default x,y); of an npz FIELD or FIELD=MEMBER, as x=x_train" },
    { 0 }
};

/* One array: a file, or a member of one. Only one of `file` and `archive` is open at a time. */
typedef struct array {
    char field[64], member[128]; /* member "": a file of its own */
    const char *path;
    char name[YK_OPT_TEXT_MAX]; /* for messages: "n.npz: y" */
    yk_unpack *file;
    yk_archive *archive;
    yk_npy npy;
    bool found;
} array;

typedef struct job {
    int n;
    array array[YK_MAX_FIELDS];
    yk_datawriter *writer;
} job;

static void array_close(array *a)
{
    yk_unpack_close(&a->file);
    yk_archive_close(&a->archive);
}

static yk_status array_read(array *a, int64_t bytes, void *out, int64_t *got)
{
    if (a->archive)
        YK_TRY(yk_archive_read(a->archive, bytes, out, got));
    else
        YK_TRY(yk_unpack_read(a->file, bytes, out, got));
    return YK_OK;
}

static yk_status read_head(array *a, int64_t *head_bytes)
{
    yk_status status = YK_OK;
    unsigned char *head;
    int64_t got, more;
    YK_TRY(yk_alloc(&head, YK_NPY_FIRST, 1));
    YK_TRY_GOTO(array_read(a, YK_NPY_FIRST, head, &got), done);
    YK_TRY_GOTO(yk_npy_head(a->name, head, got, head_bytes), done);
    YK_TRY_GOTO(yk_realloc(&head, yk_max(*head_bytes, YK_NPY_FIRST), 1), done);
    YK_TRY_GOTO(array_read(a, *head_bytes - YK_NPY_FIRST, head + YK_NPY_FIRST, &more), done);
    YK_CHECK_GOTO(more == *head_bytes - YK_NPY_FIRST, done, YK_ERR_DATA, "%s: ends in its head", a->name);
    YK_TRY_GOTO(yk_npy_parse(&a->npy, a->name, head, *head_bytes), done);
done:
    yk_free(head);
    return status;
}

/* Whether `member` is "x.npy" for "x", or the same name. */
static bool is_member(const char *member, const char *name)
{
    const size_t n = strlen(name);
    return strncmp(member, name, n) == 0 && (member[n] == '\0' || strcmp(member + n, ".npy") == 0);
}

/* Opens the archive at the array's member, and lists what there is where it is missing. */
static yk_status open_member(array *a, int64_t *bytes)
{
    char there[256] = "";
    const char *name;
    YK_TRY(yk_archive_open(&a->archive, a->path));
    for (;;) {
        YK_TRY(yk_archive_next(a->archive, &name, bytes));
        if (name && is_member(name, a->member))
            return YK_OK;
        YK_CHECK(name, YK_ERR_DATA, "%s: has no member \"%s\" (there is:%s); --fields %s=MEMBER names another", a->path,
                 a->member, there[0] ? there : " nothing", a->field);
        const size_t used = strlen(there);
        const char *dot = strstr(name, ".npy");
        snprintf(there + used, sizeof there - used, " %.*s", dot ? (int)(dot - name) : 60, name);
    }
}

/* Opens it and reads its head: what follows are the elements. */
static yk_status array_open(array *a)
{
    int64_t bytes = -1, head, most;
    if (a->member[0]) {
        YK_TRY(open_member(a, &bytes));
    } else {
        YK_TRY(yk_unpack_open(&a->file, a->path));
    }
    YK_TRY(read_head(a, &head));
    if (a->member[0]) { /* an archive says how long its members are, and may lie */
        yk_unpack *whole;
        YK_TRY(yk_unpack_open(&whole, a->path));
        most = yk_unpack_most(whole);
        yk_unpack_close(&whole);
        YK_CHECK(bytes < 0 || bytes == head + a->npy.bytes, YK_ERR_DATA,
                 "%s: has %" PRId64 " bytes of data, but its head promises %" PRId64, a->name, bytes - head,
                 a->npy.bytes);
        most = yk_mul(&most, most, MOST_PACKED) ? most : INT64_MAX;
    } else {
        most = yk_unpack_most(a->file);
    }
    YK_CHECK(a->npy.bytes <= most, YK_ERR_DATA,
             "%s: too short for the %" PRId64 " bytes of data that its head promises; fetch the file again", a->name,
             a->npy.bytes);
    return YK_OK;
}

static yk_status read_exactly(array *a, int64_t bytes, int64_t before, void *out)
{
    int64_t got;
    YK_TRY(array_read(a, bytes, out, &got));
    YK_CHECK(got == bytes, YK_ERR_DATA,
             "%s: ends after %" PRId64 " of the %" PRId64 " bytes of data that its head promises", a->name,
             before + got, a->npy.bytes);
    return YK_OK;
}

static yk_status copy_rows(array *a, yk_datawriter *w, int64_t rows, char *piece)
{
    const int64_t n = a->npy.shape.dim[0], sample = a->npy.bytes / n;
    for (int64_t at = 0; at < n; at += rows) {
        const int64_t count = yk_min(rows, n - at);
        YK_TRY(read_exactly(a, count * sample, at * sample, piece));
        yk_convert_to_native(a->npy.big, count * sample, yk_dtype_size(a->npy.dtype), piece);
        YK_TRY(yk_datawriter_rows(w, a->field, at, count, piece));
    }
    return YK_OK;
}

/* One sample of an array in Fortran order, whose elements lie n apart and whose own first dimension runs fastest. */
static void gather(const yk_npy *npy, const char *all, int64_t row, char *out)
{
    const int64_t size = yk_dtype_size(npy->dtype), length = yk_shape_len_from(&npy->shape, 1);
    int64_t index[YK_MAX_DIMS] = { 0 };
    for (int64_t i = 0; i < length; i++) {
        int64_t place = 0;
        for (int d = npy->shape.ndim - 1; d > 0; d--)
            place = (place + index[d]) * npy->shape.dim[d - 1];
        memcpy(out + i * size, all + (place + row) * size, (size_t)size);
        for (int d = npy->shape.ndim - 1; d > 0 && ++index[d] == npy->shape.dim[d]; d--)
            index[d] = 0;
    }
}

static yk_status copy_fortran(array *a, yk_datawriter *w, int64_t rows, char *piece)
{
    const int64_t n = a->npy.shape.dim[0], sample = a->npy.bytes / n;
    yk_status status = YK_OK;
    char *all;
    YK_TRY(yk_alloc(&all, a->npy.bytes, 1));
    YK_TRY_GOTO(read_exactly(a, a->npy.bytes, 0, all), done);
    yk_convert_to_native(a->npy.big, a->npy.bytes, yk_dtype_size(a->npy.dtype), all);
    for (int64_t at = 0; at < n; at += rows) {
        const int64_t count = yk_min(rows, n - at);
        for (int64_t i = 0; i < count; i++)
            gather(&a->npy, all, at + i, piece + i * sample);
        YK_TRY_GOTO(yk_datawriter_rows(w, a->field, at, count, piece), done);
    }
done:
    yk_free(all);
    return status;
}

static yk_status copy_array(array *a, yk_datawriter *w)
{
    yk_status status = YK_OK;
    char *piece = NULL, more;
    int64_t got;
    const int64_t n = a->npy.shape.dim[0], sample = a->npy.bytes / n;
    const int64_t rows = yk_max(1, yk_min(n, PIECE_BYTES / sample));
    const bool fortran = a->npy.fortran && a->npy.shape.ndim > 1;
    YK_TRY_GOTO(array_open(a), done);
    YK_TRY_GOTO(yk_alloc(&piece, rows, (size_t)sample), done);
    YK_TRY_GOTO(fortran ? copy_fortran(a, w, rows, piece) : copy_rows(a, w, rows, piece), done);
    YK_TRY_GOTO(array_read(a, 1, &more, &got), done);
    YK_CHECK_GOTO(got == 0, done, YK_ERR_DATA,
                  "%s: more bytes follow the %" PRId64 " bytes of data that its head promises", a->name, a->npy.bytes);
done:
    yk_free(piece);
    array_close(a);
    return status;
}

/* The fields that are named, into j->array. */
static yk_status name_fields(job *j, const char *fields, bool members, int n, const char *const *files)
{
    const char *at = fields[0] ? fields : n == 1 && !members ? "x" : "x,y";
    for (; *at; at += strcspn(at, ","), at += *at == ',') {
        const int length = (int)strcspn(at, ",");
        const char *equals = memchr(at, '=', (size_t)length);
        const int left = equals ? (int)(equals - at) : length;
        YK_CHECK(j->n < YK_MAX_FIELDS && (members || j->n < n), YK_ERR_ARG,
                 "--fields: \"%s\" names more fields than there are arrays", fields);
        array *a = &j->array[j->n];
        YK_CHECK(left > 0 && left < (int)sizeof a->field && length - left < (int)sizeof a->member &&
                     (members || !equals) && !memchr(at, '/', (size_t)left),
                 YK_ERR_ARG, "--fields: \"%.*s\" is not FIELD%s", length, at, members ? " or FIELD=MEMBER" : "");
        snprintf(a->field, sizeof a->field, "%.*s", left, at);
        a->path = files[members ? 0 : j->n];
        if (members)
            snprintf(a->member, sizeof a->member, "%.*s", equals ? length - left - 1 : length,
                     equals ? equals + 1 : at);
        snprintf(a->name, sizeof a->name, members ? "%.380s: %s" : "%.380s", a->path, a->member);
        for (int i = 0; i < j->n; i++)
            YK_CHECK(strcmp(j->array[i].field, a->field) != 0, YK_ERR_ARG, "--fields: %s is named twice", a->field);
        j->n++;
    }
    YK_CHECK(members || j->n == n, YK_ERR_ARG, "%d files, but %d names of fields; --fields x,y,... names each", n,
             j->n);
    return YK_OK;
}

/* Whether the file is a zip. */
static yk_status is_zip(const char *path, bool *zip)
{
    yk_unpack *in;
    char magic[4];
    int64_t got;
    YK_TRY(yk_unpack_open(&in, path));
    yk_status status = yk_unpack_read(in, 4, magic, &got);
    *zip = status == YK_OK && got == 4 && memcmp(magic, "PK\x03\x04", 4) == 0;
    yk_unpack_close(&in);
    return status;
}

static yk_status check(job *j, const npy_opts *o, int n, const char *const *files)
{
    bool zip;
    YK_TRY(is_zip(files[0], &zip));
    YK_CHECK(!zip || n == 1, YK_ERR_ARG, "%s: an npz holds several arrays; give it alone", files[0]);
    YK_TRY(name_fields(j, o->fields, zip, n, files));
    for (int i = 0; i < j->n; i++) {
        array *a = &j->array[i], *first = &j->array[0];
        yk_status status = array_open(a);
        array_close(a);
        YK_TRY(status);
        YK_CHECK(a->npy.shape.dim[0] == first->npy.shape.dim[0], YK_ERR_DATA,
                 "%s has %" PRId64 " samples, but %s has %" PRId64, first->name, first->npy.shape.dim[0], a->name,
                 a->npy.shape.dim[0]);
    }
    return YK_OK;
}

static yk_status write_all(job *j, const char *out)
{
    YK_TRY(yk_datawriter_create(&j->writer, out, false));
    for (int i = 0; i < j->n; i++) {
        array *a = &j->array[i];
        YK_TRY(yk_datawriter_field(j->writer, a->field, &(yk_tensor){ a->npy.dtype, a->npy.shape, NULL }));
        YK_TRY(copy_array(a, j->writer));
    }
    YK_TRY(yk_datawriter_commit(&j->writer));
    return YK_OK;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    job j = { 0 };
    yk_status status = check(&j, opts, n, files);
    if (status == YK_OK)
        status = write_all(&j, out);
    yk_datawriter_discard(&j.writer);
    for (int i = 0; i < j.n; i++)
        array_close(&j.array[i]);
    return status;
}

const yk_importer yk_importer_npy = {
    .name = "npy",
    .kind = YK_IMPORT,
    .doc = "arrays of NumPy: an .npy file a field (x, y), or the members x and y of an .npz",
    .usage = "X.npy [Y.npy...] | ARRAYS.npz",
    .least = 1,
    .most = YK_MAX_FIELDS,
    .opts_size = sizeof(npy_opts),
    .opts = options,
    .run = run,
};
