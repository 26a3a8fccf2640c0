/* SPDX-License-Identifier: Apache-2.0 */
/* A contact sheet: images in cells of one size, a line of text beneath each. Small images grow by a whole factor, large
 * ones shrink. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/convert.h"
#include "data/letters.h"
#include "data/move.h"
#include "data/order.h"
#include "data/picture.h"
#include "data/tools.h"

enum { PAPER = 255, INK = 48, SMALL = 112, LARGE = 160, WIDE_TEXT = 160, MARGIN = 12, ABOVE_TEXT = 5, BELOW_TEXT = 12 };
#define MOST_PIXELS ((int64_t)1 << 27)

typedef struct job {
    const yk_sheet *s;
    yk_datafile *in;
    int64_t n, samples, *list; /* samples that are shown */
    yk_field field;
    int64_t height, width, channels; /* of a sample */
    int scale;                       /* of letters */
    int zoom;                        /* 0: shrinks */
    yk_picture tile, sheet;          /* tile: size only */
    int64_t columns, cell_width, cell_height;
    unsigned char *pixel; /* [n * height * width * (1 or 3)] */
    char *names;
    const char **name;
    int64_t n_name;
    double *label; /* [n]; NULL: numbers of samples are shown */
} job;

/* Height, width and channels of a sample, from the field or from --shape. */
static yk_status find_shape(job *j)
{
    const yk_shape *shape = &j->field.shape;
    char text[YK_SHAPE_TEXT];
    int end = 0;
    int64_t got[3] = { 0, 0, 1 };
    if (j->s->shape[0]) {
        int n =
            sscanf(j->s->shape, "%6" SCNd64 "x%6" SCNd64 "%nx%6" SCNd64 "%n", &got[0], &got[1], &end, &got[2], &end);
        YK_CHECK(n >= 2 && j->s->shape[end] == '\0' && got[0] > 0 && got[1] > 0 && got[2] > 0, YK_ERR_ARG,
                 "--shape: \"%s\" is not HEIGHTxWIDTH or HEIGHTxWIDTHxCHANNELS, as 8x8", j->s->shape);
    } else if (shape->ndim == 3 || shape->ndim == 4) {
        for (int i = 1; i < shape->ndim; i++)
            got[i - 1] = shape->dim[i];
    }
    YK_CHECK(got[0] * got[1] * got[2] == yk_shape_len_from(shape, 1) && got[0] > 0, YK_ERR_DATA,
             "%s: a sample of %s is %s, no image; --shape HEIGHTxWIDTH[xCHANNELS] says how its %" PRId64
             " numbers make one",
             yk_datafile_spec(j->in), j->s->field, yk_shape_text(shape, 1, text), yk_shape_len_from(shape, 1));
    j->height = got[0];
    j->width = got[1];
    j->channels = got[2];
    return YK_OK;
}

static yk_status choose(job *j)
{
    yk_order order;
    const yk_shuffle shuffle = { .mode = j->s->random ? YK_SHUFFLE_FULL : YK_SHUFFLE_NONE };
    YK_TRY(yk_move_samples(j->in, &j->samples));
    j->n = yk_min(j->s->n, j->samples);
    YK_CHECK(j->n > 0, YK_ERR_DATA, "%s: has no samples to show", yk_datafile_spec(j->in));
    yk_order_make(&order, j->samples, &shuffle, j->s->seed, YK_FOR_SPLIT);
    YK_TRY(yk_alloc(&j->list, j->n, sizeof *j->list));
    for (int64_t i = 0; i < j->n; i++)
        j->list[i] = yk_order_at(&order, 0, i);
    return YK_OK;
}

static bool has_field(const yk_datafile *in, const char *name)
{
    yk_field f;
    for (int i = 0; i < yk_datafile_count(in); i++) {
        yk_datafile_at(in, i, &f);
        if (strcmp(f.name, name) == 0)
            return true;
    }
    return false;
}

static yk_status read_labels(job *j)
{
    yk_status status = YK_OK;
    yk_field f;
    void *raw;
    if (!has_field(j->in, j->s->label))
        return YK_OK;
    YK_TRY(yk_datafile_field(j->in, j->s->label, &f));
    if (yk_shape_len_from(&f.shape, 1) != 1)
        return YK_OK;
    YK_TRY(yk_alloc(&raw, j->n, (size_t)yk_dtype_size(f.dtype)));
    YK_TRY_GOTO(yk_datafile_gather(j->in, f.name, j->n, j->list, raw), done);
    YK_TRY_GOTO(yk_alloc(&j->label, j->n, sizeof *j->label), done);
    yk_convert_f64(f.dtype, j->n, raw, j->label);
    YK_TRY_GOTO(yk_datafile_classes(j->in, f.name, &j->names, &j->n_name), done);
    YK_TRY_GOTO(yk_block_pointers(j->names, j->n_name, &j->name), done);
done:
    yk_free(raw);
    return status;
}

/* What stands beneath image i. */
static const char *caption(const job *j, int64_t i, char text[32])
{
    if (!j->label)
        snprintf(text, 32, "%" PRId64, j->list[i]);
    else if (j->label[i] >= 0 && j->label[i] < (double)j->n_name && j->label[i] == floor(j->label[i]))
        return j->name[(int64_t)j->label[i]];
    else
        snprintf(text, 32, "%.6g", j->label[i]);
    return text;
}

/* Size of a cell, and how many stand in a row so that the sheet is about square. */
static yk_status lay_out(job *j)
{
    const int64_t side = yk_max(j->height, j->width);
    j->zoom = side > LARGE ? 0 : (int)yk_max(1, SMALL / side);
    j->tile.width = j->zoom ? j->width * j->zoom : yk_max(1, j->width * LARGE / side);
    j->tile.height = j->zoom ? j->height * j->zoom : yk_max(1, j->height * LARGE / side);
    int64_t widest = 0;
    char text[32];
    for (int64_t i = 0; i < j->n; i++)
        widest = yk_max(widest, 2 * YK_LETTER_STEP * yk_letters_count(caption(j, i, text)));
    j->cell_width = yk_max(j->tile.width, yk_min(widest, WIDE_TEXT)) + MARGIN;
    j->scale = widest <= j->cell_width - MARGIN ? 2 : 1; /* long names: small letters, then cut */
    j->cell_height = j->tile.height + ABOVE_TEXT + 2 * YK_LETTER_HEIGHT + BELOW_TEXT;
    j->columns = j->s->columns;
    while (j->columns < 1 ||
           (!j->s->columns && j->columns * j->cell_width < yk_div_up(j->n, j->columns) * j->cell_height))
        j->columns++;
    j->columns = yk_min(j->columns, j->n);
    j->sheet.channels = 3;
    j->sheet.width = MARGIN + j->columns * j->cell_width;
    j->sheet.height = MARGIN + yk_div_up(j->n, j->columns) * j->cell_height;
    YK_CHECK(j->sheet.width <= MOST_PIXELS / j->sheet.height, YK_ERR_ARG,
             "a sheet of %" PRId64 " x %" PRId64 " pixels is too large; show fewer images with -n", j->sheet.width,
             j->sheet.height);
    YK_TRY(yk_alloc(&j->sheet.pixel, j->sheet.height * j->sheet.width, 3));
    memset(j->sheet.pixel, PAPER, (size_t)(j->sheet.height * j->sheet.width * 3));
    return YK_OK;
}

/* n numbers to bytes, what is not finite to 0. */
static void to_bytes(int64_t n, const double *x, unsigned char *out)
{
    double low = 0, high = 0;
    bool any = false;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            low = !any || x[i] < low ? x[i] : low;
            high = !any || x[i] > high ? x[i] : high;
            any = true;
        }
    if (low >= 0 && high <= 1) {
        low = 0;
        high = 1;
    }
    const double range = high > low ? high - low : 1;
    for (int64_t i = 0; i < n; i++)
        out[i] = isfinite(x[i]) ? (unsigned char)(255 * ((x[i] - low) / range) + 0.5) : 0;
}

/* The images as bytes of one or three channels. */
static yk_status read_pixels(job *j)
{
    yk_status status = YK_OK;
    const int64_t length = j->height * j->width * j->channels, all = j->n * length;
    const int64_t keep = j->channels == 3 || j->channels == 4 ? 3 : 1; /* of RGBA the colours, else the first */
    void *raw = NULL;
    double *x = NULL;
    YK_TRY_GOTO(yk_alloc(&raw, all, (size_t)yk_dtype_size(j->field.dtype)), done);
    YK_TRY_GOTO(yk_datafile_gather(j->in, j->s->field, j->n, j->list, raw), done);
    YK_TRY_GOTO(yk_alloc(&j->pixel, all, 1), done);
    if (j->field.dtype == YK_U8) {
        memcpy(j->pixel, raw, (size_t)all);
    } else {
        YK_TRY_GOTO(yk_alloc(&x, all, sizeof *x), done);
        yk_convert_f64(j->field.dtype, all, raw, x);
        to_bytes(all, x, j->pixel);
    }
    for (int64_t i = 0; keep < j->channels && i < all / j->channels; i++)
        memmove(j->pixel + i * keep, j->pixel + i * j->channels, (size_t)keep);
    j->channels = keep;
done:
    yk_free(raw);
    yk_free(x);
    return status;
}

/* Copies a tile to (left, top). */
static void paste(job *j, const yk_picture *tile, int zoom, int64_t left, int64_t top)
{
    for (int64_t y = 0; y < tile->height * zoom; y++)
        for (int64_t x = 0; x < tile->width * zoom; x++) {
            const unsigned char *from = tile->pixel + ((y / zoom) * tile->width + x / zoom) * tile->channels;
            unsigned char *to = j->sheet.pixel + ((top + y) * j->sheet.width + left + x) * 3;
            for (int c = 0; c < 3; c++)
                to[c] = from[tile->channels == 3 ? c : 0];
        }
}

static yk_status draw_cell(job *j, int64_t i)
{
    const int64_t left = MARGIN + i % j->columns * j->cell_width, top = MARGIN + i / j->columns * j->cell_height;
    const int64_t room = j->cell_width - MARGIN, x = left + (room - j->tile.width) / 2;
    const yk_picture sample = { j->height, j->width, (int)j->channels,
                                j->pixel + i * j->height * j->width * j->channels };
    if (j->zoom) {
        paste(j, &sample, j->zoom, x, top);
    } else {
        yk_picture small = { .height = j->tile.height, .width = j->tile.width };
        YK_TRY(yk_picture_resize(&small, &sample, false));
        paste(j, &small, 1, x, top);
        yk_free(small.pixel);
    }
    char text[32];
    const char *words = caption(j, i, text);
    const int64_t signs = yk_letters_count(words);
    const int scale = j->scale;
    const int64_t shown = yk_min(signs, room / (YK_LETTER_STEP * scale));
    const int64_t wide = shown * YK_LETTER_STEP * scale - scale;
    const int64_t down = top + j->tile.height + ABOVE_TEXT + (scale == 1 ? YK_LETTER_HEIGHT / 2 : 0);
    yk_letters_draw(&j->sheet, left + (room - wide) / 2, down, scale, words, shown, INK);
    return YK_OK;
}

static yk_status run(job *j, const char *spec, const char *out)
{
    YK_TRY(yk_datafile_open(&j->in, spec));
    YK_TRY(yk_datafile_field(j->in, j->s->field, &j->field));
    YK_TRY(find_shape(j));
    YK_TRY(choose(j));
    YK_TRY(read_labels(j));
    YK_TRY(lay_out(j));
    YK_TRY(read_pixels(j));
    for (int64_t i = 0; i < j->n; i++)
        YK_TRY(draw_cell(j, i));
    YK_TRY(yk_picture_write(&j->sheet, out));
    return YK_OK;
}

yk_status yk_data_show(const char *spec, const yk_sheet *sheet, const char *out)
{
    job j = { .s = sheet };
    yk_status status = run(&j, spec, out);
    yk_datafile_close(&j.in);
    yk_free(j.list);
    yk_free(j.sheet.pixel);
    yk_free(j.pixel);
    yk_free(j.names);
    yk_free(j.name);
    yk_free(j.label);
    return status;
}
