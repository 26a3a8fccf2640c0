/* SPDX-License-Identifier: Apache-2.0 */
/* Dataset files: every group, every field, its attributes, its first and last samples. */
#include "core/error.h"
#include "core/mem.h"
#include "fuzz.h"
#include "io/datafile.h"

enum { SAMPLE_BYTES_MAX = 1 << 16 };

static void read_field(yk_datafile *file, const yk_field *field)
{
    static char out[2 * SAMPLE_BYTES_MAX];
    char *names;
    double *values;
    int64_t n, length = yk_shape_len_from(&field->shape, 1);
    if (yk_datafile_classes(file, field->name, &names, &n) == YK_OK)
        yk_free(names);
    if (yk_datafile_reals(file, field->name, "mean", &values, &n) == YK_OK)
        yk_free(values);
    if (field->shape.ndim < 1 || field->shape.dim[0] < 1 || length > SAMPLE_BYTES_MAX / 8)
        return;
    const int64_t last = field->shape.dim[0] - 1, sample[2] = { last, 0 };
    for (int turn = 0; turn < 2; turn++) /* both ways to read; a damaged file may fail */
        if ((turn ? yk_datafile_gather(file, field->name, 2, sample, out)
                  : yk_datafile_read(file, field->name, last, 1, out)) != YK_OK)
            return;
}

static yk_status visit(void *context, const char *group)
{
    (void)context;
    (void)group;
    return YK_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yk_datafile *file;
    yk_datafile_probe(true); /* what HDF5 does with a damaged file is not ours to mend */
    const char *path = fuzz_file("data.h5", data, size);
    yk_status status = yk_datafile_visit(path, visit, NULL);
    (void)status;
    if (yk_datafile_open(&file, path) != YK_OK)
        return 0;
    for (int i = 0; i < yk_datafile_count(file); i++) {
        yk_field field;
        yk_datafile_at(file, i, &field);
        read_field(file, &field);
    }
    yk_datafile_close(&file);
    return 0;
}
