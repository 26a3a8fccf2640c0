/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of IDX files, the format of MNIST and its kin. A file is: two zero bytes, the type, the number of
 * dimensions, the dimensions (32 bits each), the elements; everything big-endian; plain or gzip. Images (N, h, w) get
 * a channel axis: x (N, h, w, 1). Other numbers of dimensions and all types stay as they are. */
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/convert.h"
#include "data/importers.h"
#include "data/unpack.h"
#include "io/datafile.h"

#define PIECE_BYTES ((int64_t)1 << 20)

typedef struct idx_file {
    const char *path;
    yk_unpack *in;
    yk_dtype dtype;
    yk_shape shape;
    int64_t sample_bytes;
} idx_file;

static yk_dtype dtype_of(unsigned code)
{
    switch (code) {
    case 0x08:
        return YK_U8;
    case 0x09:
        return YK_I8;
    case 0x0b:
        return YK_I16;
    case 0x0c:
        return YK_I32;
    case 0x0d:
        return YK_F32;
    case 0x0e:
        return YK_F64;
    default:
        return YK_NO_DTYPE;
    }
}

static yk_status read_header(idx_file *f)
{
    unsigned char head[4], dims[4 * YK_MAX_DIMS];
    int64_t got;
    YK_TRY(yk_unpack_read(f->in, 4, head, &got));
    YK_CHECK(got == 4, YK_ERR_DATA, "%s: not an IDX file (it holds %" PRId64 " bytes)", f->path, got);
    const int ndim = head[3];
    f->dtype = dtype_of(head[2]);
    YK_CHECK(head[0] == 0 && head[1] == 0 && f->dtype != YK_NO_DTYPE && ndim >= 1, YK_ERR_DATA,
             "%s: not an IDX file (first bytes %02x%02x%02x%02x)", f->path, head[0], head[1], head[2], head[3]);
    YK_CHECK(ndim <= YK_MAX_DIMS, YK_ERR_DATA, "%s: has %d dimensions; at most %d are possible", f->path, ndim,
             YK_MAX_DIMS);
    YK_TRY(yk_unpack_read(f->in, 4 * ndim, dims, &got));
    YK_CHECK(got == 4 * ndim, YK_ERR_DATA, "%s: ends in its header of %d dimensions", f->path, ndim);
    f->shape.ndim = ndim;
    int64_t bytes = yk_dtype_size(f->dtype);
    for (int i = 0; i < ndim; i++) {
        const unsigned char *d = dims + 4 * i;
        f->shape.dim[i] = (int64_t)d[0] << 24 | d[1] << 16 | d[2] << 8 | d[3];
        YK_CHECK(f->shape.dim[i] > 0, YK_ERR_DATA, "%s: dimension %d is 0, so it holds no data", f->path, i);
        YK_CHECK(yk_mul(&bytes, bytes, f->shape.dim[i]), YK_ERR_DATA,
                 "%s: its header promises more than 2^63 bytes; it is damaged", f->path);
    }
    YK_CHECK(bytes <= yk_unpack_most(f->in), YK_ERR_DATA,
             "%s: too short for the %" PRId64 " bytes of data that its header promises; fetch the file again", f->path,
             bytes);
    f->sample_bytes = bytes / f->shape.dim[0];
    return YK_OK;
}

static yk_status idx_open(idx_file *f, const char *path)
{
    f->path = path;
    YK_TRY(yk_unpack_open(&f->in, path));
    YK_TRY(read_header(f));
    return YK_OK;
}

/* Copies all samples of f into field `name`, piece by piece through `piece`. */
static yk_status copy_rows(idx_file *f, yk_datawriter *writer, const char *name, int64_t rows, unsigned char *piece)
{
    const int64_t n = f->shape.dim[0];
    int64_t got;
    for (int64_t at = 0; at < n; at += rows) {
        int64_t count = yk_min(rows, n - at);
        YK_TRY(yk_unpack_read(f->in, count * f->sample_bytes, piece, &got));
        YK_CHECK(got == count * f->sample_bytes, YK_ERR_DATA,
                 "%s: ends after %" PRId64 " of the %" PRId64 " bytes of data that its header promises", f->path,
                 at * f->sample_bytes + got, n * f->sample_bytes);
        yk_convert_to_native(true, got, yk_dtype_size(f->dtype), piece);
        YK_TRY(yk_datawriter_rows(writer, name, at, count, piece));
    }
    YK_TRY(yk_unpack_read(f->in, 1, piece, &got));
    YK_CHECK(got == 0, YK_ERR_DATA, "%s: more bytes follow the %" PRId64 " bytes of data that its header promises",
             f->path, n * f->sample_bytes);
    return YK_OK;
}

static yk_status copy_field(idx_file *f, yk_datawriter *writer, const char *name)
{
    yk_status status = YK_OK;
    yk_tensor field = { .dtype = f->dtype, .shape = f->shape };
    if (strcmp(name, "x") == 0 && field.shape.ndim == 3)
        field.shape.dim[field.shape.ndim++] = 1;
    YK_TRY(yk_datawriter_field(writer, name, &field));
    unsigned char *piece;
    int64_t rows = yk_max(1, yk_min(f->shape.dim[0], PIECE_BYTES / f->sample_bytes));
    YK_TRY(yk_alloc(&piece, rows, (size_t)f->sample_bytes));
    YK_TRY_GOTO(copy_rows(f, writer, name, rows, piece), done);
done:
    yk_free(piece);
    return status;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    (void)opts;
    (void)n;
    yk_status status = YK_OK;
    idx_file images = { 0 }, labels = { 0 };
    yk_datawriter *writer = NULL;
    YK_TRY_GOTO(idx_open(&images, files[0]), done);
    YK_TRY_GOTO(idx_open(&labels, files[1]), done);
    YK_CHECK_GOTO(images.shape.dim[0] == labels.shape.dim[0], done, YK_ERR_DATA,
                  "%s has %" PRId64 " samples, but %s has %" PRId64, images.path, images.shape.dim[0], labels.path,
                  labels.shape.dim[0]);
    YK_TRY_GOTO(yk_datawriter_create(&writer, out, false), done);
    YK_TRY_GOTO(copy_field(&images, writer, "x"), done);
    YK_TRY_GOTO(copy_field(&labels, writer, "y"), done);
    YK_TRY_GOTO(yk_datawriter_commit(&writer), done);
done:
    yk_datawriter_discard(&writer);
    yk_unpack_close(&images.in);
    yk_unpack_close(&labels.in);
    return status;
}

const yk_importer yk_importer_idx = {
    .name = "idx",
    .kind = YK_IMPORT,
    .doc = "IDX files, plain or gzip (MNIST's format): x and y; images (N, h, w) become (N, h, w, 1)",
    .usage = "IMAGES LABELS",
    .least = 2,
    .most = 2,
    .run = run,
};
