/* SPDX-License-Identifier: Apache-2.0 */
/* Types of elements and strings between HDF5 and yoke. */
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/h5.h"

/* A 16-bit float made of float32: the sign at bit 15, `exponent` bits below it, then the mantissa. */
static hid_t half(size_t exponent, size_t bias)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type >= 0 && (H5Tset_fields(type, 15, 15 - exponent, exponent, 0, 15 - exponent) < 0 ||
                      H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, bias) < 0))
        yk_h5_drop(&type);
    return type;
}

hid_t yk_h5_type(yk_dtype dtype)
{
    switch (dtype) {
    case YK_F32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case YK_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case YK_F16:
        return half(5, 15);
    case YK_BF16:
        return half(8, 127);
    case YK_I8:
        return H5Tcopy(H5T_STD_I8LE);
    case YK_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case YK_I16:
        return H5Tcopy(H5T_STD_I16LE);
    case YK_U16:
        return H5Tcopy(H5T_STD_U16LE);
    case YK_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case YK_U32:
        return H5Tcopy(H5T_STD_U32LE);
    case YK_I64:
        return H5Tcopy(H5T_STD_I64LE);
    case YK_U64:
        return H5Tcopy(H5T_STD_U64LE);
    case YK_NO_DTYPE:
    case YK_DTYPE_COUNT:
        break;
    }
    return -1;
}

static yk_dtype of_integer(hid_t type)
{
    bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
    switch (H5Tget_size(type)) {
    case 1:
        return is_signed ? YK_I8 : YK_U8;
    case 2:
        return is_signed ? YK_I16 : YK_U16;
    case 4:
        return is_signed ? YK_I32 : YK_U32;
    case 8:
        return is_signed ? YK_I64 : YK_U64;
    default:
        return YK_NO_DTYPE;
    }
}

static yk_dtype of_float(hid_t type)
{
    size_t sign, exponent, bits, mantissa, mantissa_bits;
    if (H5Tget_fields(type, &sign, &exponent, &bits, &mantissa, &mantissa_bits) < 0)
        return YK_NO_DTYPE;
    switch (H5Tget_size(type)) {
    case 2:
        return bits == 5 ? YK_F16 : bits == 8 ? YK_BF16 : YK_NO_DTYPE;
    case 4:
        return YK_F32;
    case 8:
        return YK_F64;
    default:
        return YK_NO_DTYPE;
    }
}

yk_dtype yk_h5_dtype(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return of_integer(type);
    case H5T_FLOAT:
        return of_float(type);
    case H5T_ENUM: {
        hid_t base = H5Tget_super(type);
        yk_dtype dtype = base < 0 ? YK_NO_DTYPE : of_integer(base);
        yk_h5_drop(&base);
        return dtype;
    }
    default:
        return YK_NO_DTYPE;
    }
}

static herr_t read_whole(hid_t id, hid_t type, void *out)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aread(id, type, out) : H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
}

/* Appends a string of at most `most` bytes to a block that is large enough; returns the place behind its '\0'. */
static char *append(char *at, const char *text, size_t most)
{
    size_t n = text ? strnlen(text, most) : 0;
    memcpy(at, text ? text : "", n);
    at[n] = '\0';
    return at + n + 1;
}

/* n strings of `size` bytes each, which '\0' ends early (or blanks fill up). */
static yk_status read_fixed(hid_t id, hid_t type, int64_t n, char **block)
{
    int64_t size = (int64_t)H5Tget_size(type), bytes;
    bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    char *raw = NULL;
    yk_status status = YK_OK;
    char reason[YK_H5_REASON];
    YK_CHECK(yk_mul(&bytes, n, size + 1), YK_ERR_DATA, "%lld strings of %lld bytes", (long long)n, (long long)size);
    YK_TRY(yk_alloc(&raw, bytes, 1));
    YK_TRY_GOTO(yk_alloc(block, bytes, 1), done);
    YK_CHECK_GOTO(read_whole(id, type, raw) >= 0, done, YK_ERR_DATA, "%s", yk_h5_reason(reason));
    char *at = *block;
    for (int64_t i = 0; i < n; i++) {
        char *start = at;
        at = append(at, raw + i * size, (size_t)size);
        for (; blanks && at - start > 1 && at[-2] == ' '; at--)
            at[-2] = '\0';
    }
done:
    yk_free(raw);
    return status;
}

static yk_status read_variable(hid_t id, hid_t type, int64_t n, char **block)
{
    char **text;
    yk_status status = YK_OK;
    char reason[YK_H5_REASON];
    YK_TRY(yk_alloc(&text, n, sizeof *text));
    YK_CHECK_GOTO(read_whole(id, type, text) >= 0, done, YK_ERR_DATA, "%s", yk_h5_reason(reason));
    int64_t bytes = 0;
    for (int64_t i = 0; i < n; i++)
        bytes += (text[i] ? (int64_t)strlen(text[i]) : 0) + 1;
    YK_TRY_GOTO(yk_alloc(block, bytes, 1), done);
    char *at = *block;
    for (int64_t i = 0; i < n; i++)
        at = append(at, text[i], SIZE_MAX);
done:
    for (int64_t i = 0; i < n; i++)
        H5free_memory(text[i]);
    yk_free(text);
    return status;
}

yk_status yk_h5_strings(hid_t id, char **block, int64_t *n)
{
    *block = NULL;
    *n = 0;
    bool attribute = H5Iget_type(id) == H5I_ATTR;
    hid_t type = attribute ? H5Aget_type(id) : H5Dget_type(id);
    hid_t space = attribute ? H5Aget_space(id) : H5Dget_space(id);
    hssize_t count =
        type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING ? H5Sget_simple_extent_npoints(space) : 0;
    yk_status status = YK_OK;
    if (count > 0) {
        status =
            H5Tis_variable_str(type) > 0 ? read_variable(id, type, count, block) : read_fixed(id, type, count, block);
        if (status == YK_OK)
            *n = count;
    }
    if (status != YK_OK) {
        yk_free(*block);
        *block = NULL;
    }
    yk_h5_drop(&space);
    yk_h5_drop(&type);
    return status;
}

herr_t yk_h5_put_numbers(hid_t where, const char *name, hid_t type, int64_t n, const void *values)
{
    hsize_t length = n < 0 ? 1 : (hsize_t)n;
    hid_t space = n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, NULL);
    hid_t attribute = -1;
    herr_t got = -1;
    if (space >= 0 && (H5Aexists(where, name) <= 0 || H5Adelete(where, name) >= 0))
        attribute = H5Acreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0)
        got = H5Awrite(attribute, type, values);
    yk_h5_drop(&attribute);
    yk_h5_drop(&space);
    return got;
}

herr_t yk_h5_put_strings(hid_t where, const char *name, int64_t n, const char *const *text)
{
    herr_t got = -1;
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        got = yk_h5_put_numbers(where, name, type, n, text);
    yk_h5_drop(&type);
    return got;
}
