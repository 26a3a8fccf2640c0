/* SPDX-License-Identifier: Apache-2.0 */
/* PNG by libpng: palettes and few bits become bytes, 16 bits are scaled, alpha is dropped. */
#include "core/error.h"
#include "core/mem.h"
#include "data/picture.h"

#ifdef YK_HAVE_PNG
#include <png.h>
#include <stdio.h>
#include <string.h>

#include "io/beside.h"
#include "io/raw.h"

/* What both directions share; the memory that a png_error() leaves behind is here. */
typedef struct job {
    const unsigned char *data;
    int64_t bytes, at;
    unsigned char *out; /* the file that is written */
    int64_t room;
    unsigned char **row;
    char why[120];
    yk_status status;
} job;

static void leave(png_structp png, png_const_charp why)
{
    job *j = png_get_error_ptr(png);
    snprintf(j->why, sizeof j->why, "%s", why);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
    job *j = png_get_io_ptr(png);
    if ((int64_t)n > j->bytes - j->at)
        png_error(png, "it ends too early");
    memcpy(out, j->data + j->at, n);
    j->at += (int64_t)n;
}

static void set_output(png_structp png, png_infop info)
{
    png_set_expand(png); /* palette to colours, bits to bytes, transparency to alpha */
    if (png_get_bit_depth(png, info) == 16)
        png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static void point_rows(job *j, const yk_picture *p)
{
    for (int64_t y = 0; y < p->height; y++)
        j->row[y] = p->pixel + y * p->width * p->channels;
}

static void decode_rows(job *j, png_structp png, png_infop info, yk_picture *out)
{
    png_set_read_fn(png, j, read_bytes);
    png_read_info(png, info);
    out->height = png_get_image_height(png, info);
    out->width = png_get_image_width(png, info);
    set_output(png, info);
    out->channels = png_get_channels(png, info);
    j->status = yk_picture_room(out, j->bytes);
    if (j->status == YK_OK)
        j->status = yk_alloc(&j->row, out->height, sizeof *j->row);
    if (j->status != YK_OK)
        return;
    point_rows(j, out);
    png_read_image(png, j->row);
    png_read_end(png, NULL);
}

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes)
{
    job j = { .data = data, .bytes = bytes };
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &j, leave, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        YK_FAIL(YK_ERR_NOMEM, "no memory to decode it");
    }
    const bool good = setjmp(png_jmpbuf(png)) == 0;
    if (good)
        decode_rows(&j, png, info, out);
    png_destroy_read_struct(&png, &info, NULL);
    yk_free(j.row);
    YK_TRY(j.status);
    YK_CHECK(j.why[0] == '\0', YK_ERR_DATA, "a broken PNG: %s", j.why);
    return YK_OK;
}

static void write_bytes(png_structp png, png_bytep data, size_t n)
{
    job *j = png_get_io_ptr(png);
    if (j->bytes + (int64_t)n > j->room) {
        const int64_t room = 2 * j->room + (int64_t)n + 65536;
        j->status = yk_realloc(&j->out, room, 1);
        if (j->status != YK_OK)
            png_error(png, "no memory");
        j->room = room;
    }
    memcpy(j->out + j->bytes, data, n);
    j->bytes += (int64_t)n;
}

static void flush(png_structp png)
{
    (void)png;
}

static void encode_rows(job *j, png_structp png, png_infop info, const yk_picture *p)
{
    png_set_write_fn(png, j, write_bytes, flush);
    png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
                 p->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    png_write_image(png, j->row);
    png_write_end(png, info);
}

static yk_status encode(job *j, const yk_picture *p)
{
    YK_TRY(yk_alloc(&j->row, p->height, sizeof *j->row));
    point_rows(j, p);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, j, leave, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        YK_FAIL(YK_ERR_NOMEM, "no memory to encode a PNG");
    }
    const bool good = setjmp(png_jmpbuf(png)) == 0;
    if (good)
        encode_rows(j, png, info, p);
    png_destroy_write_struct(&png, &info);
    YK_TRY(j->status);
    YK_CHECK(j->why[0] == '\0', YK_ERR_INTERNAL, "the PNG cannot be encoded: %s", j->why);
    return YK_OK;
}

yk_status yk_picture_write(const yk_picture *picture, const char *path)
{
    yk_status status = YK_OK;
    job j = { 0 };
    yk_beside beside = YK_BESIDE_NONE;
    YK_TRY_GOTO(encode(&j, picture), done);
    YK_TRY_GOTO(yk_beside_open(&beside, path), done);
    YK_TRY_GOTO(yk_raw_write(beside.fd, beside.tmp, j.out, j.bytes, 0), done);
    YK_TRY_GOTO(yk_beside_commit(&beside), done);
done:
    yk_beside_discard(&beside);
    yk_free(j.row);
    yk_free(j.out);
    return status;
}

#else

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes)
{
    (void)out;
    (void)data;
    (void)bytes;
    YK_FAIL(YK_ERR_ARG, "is a PNG, and this yoke was built without libpng; install it and build again");
}

yk_status yk_picture_write(const yk_picture *picture, const char *path)
{
    (void)picture;
    YK_FAIL(YK_ERR_ARG,
            "%s: this yoke was built without libpng, which writing images needs; install it and build again", path);
}

#endif

static const char *const endings[] = { ".png", NULL };

const yk_picture_format yk_picture_png = {
    .name = "PNG",
    .endings = endings,
    .magic = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' },
    .n_magic = 8,
    .decode = decode,
};
