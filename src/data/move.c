/* SPDX-License-Identifier: Apache-2.0 */
#include "data/move.h"

#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

#define PIECE_BYTES ((int64_t)1 << 22)

yk_status yk_move_rows(yk_datafile *in, const char *name, int64_t count, const int64_t *sample, yk_datawriter *out,
                       int64_t at)
{
    yk_status status = YK_OK;
    yk_field field;
    char *piece;
    YK_TRY(yk_datafile_field(in, name, &field));
    const int64_t bytes = yk_shape_len_from(&field.shape, 1) * yk_dtype_size(field.dtype);
    const int64_t rows = yk_max(1, yk_min(count, PIECE_BYTES / yk_max(bytes, 1)));
    YK_TRY(yk_alloc(&piece, rows, (size_t)bytes));
    for (int64_t from = 0; from < count; from += rows) {
        int64_t now = yk_min(rows, count - from);
        YK_TRY_GOTO(yk_datafile_gather(in, name, now, sample + from, piece), done);
        YK_TRY_GOTO(yk_datawriter_rows(out, name, at + from, now, piece), done);
    }
done:
    yk_free(piece);
    return status;
}

yk_status yk_block_pointers(const char *block, int64_t n, const char ***name)
{
    YK_TRY(yk_alloc(name, n, sizeof **name));
    for (int64_t i = 0; i < n; i++, block += strlen(block) + 1)
        (*name)[i] = block;
    return YK_OK;
}

static yk_status move_strings(yk_datafile *in, const char *field, const char *attribute, yk_datawriter *out)
{
    yk_status status = YK_OK;
    char *block;
    const char **name = NULL;
    int64_t n;
    if (strcmp(attribute, "classes") == 0)
        YK_TRY(yk_datafile_classes(in, field, &block, &n)); /* which may lie elsewhere */
    else
        YK_TRY(yk_datafile_strings(in, field, attribute, &block, &n));
    if (n > 0) {
        YK_TRY_GOTO(yk_block_pointers(block, n, &name), done);
        YK_TRY_GOTO(yk_datawriter_strings(out, field, attribute, n, name), done);
    }
done:
    yk_free(name);
    yk_free(block);
    return status;
}

yk_status yk_move_attributes(yk_datafile *in, const char *field, yk_datawriter *out)
{
    static const char *const strings[] = { "classes", "columns", "vocabulary", "words" }, *const reals[] = { "mean",
                                                                                                             "std" };
    for (int i = 0; i < YK_LEN(strings); i++)
        YK_TRY(move_strings(in, field, strings[i], out));
    for (int i = 0; i < YK_LEN(reals); i++) {
        yk_status status = YK_OK;
        double *values;
        int64_t n;
        YK_TRY(yk_datafile_reals(in, field, reals[i], &values, &n));
        if (n > 0)
            status = yk_datawriter_reals(out, field, reals[i], n, values);
        yk_free(values);
        YK_TRY(status);
    }
    return YK_OK;
}

yk_status yk_move_samples(const yk_datafile *in, int64_t *samples)
{
    yk_field first, field;
    YK_CHECK(yk_datafile_count(in) > 0, YK_ERR_DATA, "%s: no fields here", yk_datafile_spec(in));
    yk_datafile_at(in, 0, &first);
    for (int i = 0; i < yk_datafile_count(in); i++) {
        yk_datafile_at(in, i, &field);
        YK_CHECK(field.shape.ndim > 0 && field.shape.dim[0] == first.shape.dim[0], YK_ERR_DATA,
                 "%s: field %s has not as many samples as field %s (%" PRId64 ")", yk_datafile_spec(in), field.name,
                 first.name, first.shape.ndim ? first.shape.dim[0] : 0);
    }
    *samples = first.shape.dim[0];
    return YK_OK;
}
