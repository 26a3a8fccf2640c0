/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/tensor.h"

int64_t yk_tensor_len(const yk_tensor *tensor)
{
    return yk_shape_len(&tensor->shape);
}

int64_t yk_tensor_bytes(const yk_tensor *tensor)
{
    return yk_tensor_len(tensor) * yk_dtype_size(tensor->dtype);
}

void yk_tensor_like(yk_tensor *out, const yk_tensor *like)
{
    out->dtype = like->dtype;
    out->shape = like->shape;
}
