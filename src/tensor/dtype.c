/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "core/error.h"
#include "tensor/tensor.h"

static const struct {
    const char *name;
    int64_t size;
    bool is_integer;
} types[YK_DTYPE_COUNT] = {
    [YK_NO_DTYPE] = { "none", 0, false }, [YK_F32] = { "float32", 4, false }, [YK_F64] = { "float64", 8, false },
    [YK_BF16] = { "bfloat16", 2, false }, [YK_F16] = { "float16", 2, false }, [YK_I8] = { "int8", 1, true },
    [YK_U8] = { "uint8", 1, true },       [YK_I16] = { "int16", 2, true },    [YK_U16] = { "uint16", 2, true },
    [YK_I32] = { "int32", 4, true },      [YK_U32] = { "uint32", 4, true },   [YK_I64] = { "int64", 8, true },
    [YK_U64] = { "uint64", 8, true },
};

int64_t yk_dtype_size(yk_dtype dtype)
{
    assert((unsigned)dtype < YK_DTYPE_COUNT);
    return types[dtype].size;
}

const char *yk_dtype_name(yk_dtype dtype)
{
    assert((unsigned)dtype < YK_DTYPE_COUNT);
    return types[dtype].name;
}

bool yk_dtype_is_integer(yk_dtype dtype)
{
    assert((unsigned)dtype < YK_DTYPE_COUNT);
    return types[dtype].is_integer;
}

yk_status yk_dtype_parse(const char *name, yk_dtype *out)
{
    char list[256] = "";
    for (int i = YK_NO_DTYPE + 1; i < YK_DTYPE_COUNT; i++) {
        if (strcmp(name, types[i].name) == 0) {
            *out = (yk_dtype)i;
            return YK_OK;
        }
        strcat(list, i > YK_NO_DTYPE + 1 ? ", " : ""); /* 12 names of at most 8 letters fit */
        strcat(list, types[i].name);
    }
    YK_FAIL(YK_ERR_ARG, "there is no element type \"%s\"; there are %s", name, list);
}
