/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"

_Static_assert((int)YK_ARRAY_DIMS == (int)YK_MAX_DIMS, "an array has as many dimensions as a tensor");

static yk_status read_array(const yk_array *a, yk_tensor *out)
{
    YK_CHECK(a->name && *a->name && strlen(a->name) < 64, YK_ERR_ARG,
             "an array needs a name of 1 to 63 characters, as in \"x\"");
    YK_CHECK((int)a->dtype > YK_NO_DTYPE && a->dtype < YK_DTYPE_COUNT, YK_ERR_ARG, "array %s: there is no dtype %d",
             a->name, (int)a->dtype);
    YK_CHECK(a->ndim >= 1 && a->ndim <= YK_ARRAY_DIMS, YK_ERR_ARG,
             "array %s: %d dimensions; 1 to %d are possible, samples first", a->name, a->ndim, YK_ARRAY_DIMS);
    int64_t bytes = yk_dtype_size(a->dtype);
    for (int i = 0; i < a->ndim; i++)
        YK_CHECK(a->shape[i] >= (i > 0) && yk_mul(&bytes, bytes, yk_max(1, a->shape[i])), YK_ERR_ARG,
                 "array %s: dimension %d is %" PRId64, a->name, i, a->shape[i]);
    YK_CHECK(a->data || a->shape[0] == 0, YK_ERR_ARG, "array %s: its data are a NULL pointer", a->name);
    *out = (yk_tensor){ .dtype = a->dtype, .shape.ndim = a->ndim, .data = (void *)(uintptr_t)a->data };
    memcpy(out->shape.dim, a->shape, (size_t)a->ndim * sizeof a->shape[0]);
    return YK_OK;
}

yk_status yk_arrays_read(int n, const yk_array *arrays, const char *names[YK_MAX_FIELDS],
                         yk_tensor tensors[YK_MAX_FIELDS])
{
    YK_CHECK(n >= 1 && n <= YK_MAX_FIELDS, YK_ERR_ARG, "%d arrays are given; 1 to %d are possible", n, YK_MAX_FIELDS);
    for (int i = 0; i < n; i++) {
        YK_TRY(read_array(&arrays[i], &tensors[i]));
        names[i] = arrays[i].name;
        YK_CHECK(arrays[i].shape[0] == arrays[0].shape[0], YK_ERR_DATA,
                 "array %s has %" PRId64 " samples, but %s has %" PRId64, names[i], arrays[i].shape[0], names[0],
                 arrays[0].shape[0]);
        for (int k = 0; k < i; k++)
            YK_CHECK(strcmp(names[i], names[k]) != 0, YK_ERR_ARG, "two arrays are called \"%s\"", names[i]);
    }
    return YK_OK;
}

yk_status yk_arrays_input(yk_comm *comm, int n, const char *const *names, const yk_tensor *arrays, yk_shape *out)
{
    *out = (yk_shape){ 0 };
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], "x") == 0) {
            out->ndim = arrays[i].shape.ndim - 1;
            memcpy(out->dim, arrays[i].shape.dim + 1, (size_t)out->ndim * sizeof out->dim[0]);
        }
    return yk_comm_broadcast(comm, 0, out, sizeof *out);
}

static yk_status fill(yk_data *d, int n, const yk_array *arrays, yk_keep keep)
{
    YK_TRY(yk_arrays_read(n, arrays, d->names, d->array));
    d->n = n;
    d->samples = arrays[0].shape[0];
    for (int i = 0; i < n; i++) {
        snprintf(d->name[i], sizeof d->name[i], "%s", arrays[i].name);
        d->names[i] = d->name[i];
        if (keep == YK_BORROW)
            continue;
        const int64_t bytes = yk_tensor_bytes(&d->array[i]);
        YK_TRY(yk_alloc(&d->copy[i], bytes, 1));
        if (bytes > 0)
            memcpy(d->copy[i], arrays[i].data, (size_t)bytes);
        d->array[i].data = d->copy[i];
    }
    return YK_OK;
}

yk_status yk_data_create(yk_data **out, yk_context *context, int n, const yk_array *arrays, yk_keep keep)
{
    yk_comm *comm = context->comm;
    yk_status status = yk_alloc(out, 1, sizeof **out);
    if (status == YK_OK) {
        (*out)->context = context;
        status = fill(*out, n, arrays, keep);
    }
    status = yk_comm_agree(comm, status);
    if (status == YK_OK)
        status = yk_comm_sum(comm, 1, &(*out)->samples);
    if (status == YK_OK && (*out)->samples == 0)
        status = yk_error_set(YK_ERR_DATA, __FILE__, __LINE__, __func__, "there are no samples on any rank");
    if (status != YK_OK)
        yk_data_destroy(out);
    return status;
}

void yk_data_destroy(yk_data **data)
{
    if (!data || !*data)
        return;
    for (int i = 0; i < YK_MAX_FIELDS; i++)
        yk_free((*data)->copy[i]);
    yk_free(*data);
    *data = NULL;
}

int64_t yk_data_samples(const yk_data *data)
{
    return data->samples;
}
