/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of image folders: bytes x (N, height, width, 3 or 1), int32 y with the classes, which are the folders'
 * names. One image is in memory at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/gallery.h"
#include "data/importers.h"
#include "data/picture.h"
#include "io/datafile.h"

typedef struct images_opts {
    char size[YK_OPT_TEXT_MAX], below[YK_OPT_TEXT_MAX], classes[YK_OPT_TEXT_MAX];
    int fit;
    bool gray;
} images_opts;

static const yk_option options[] = {
    { "size", YK_OPT_TEXT, offsetof(images_opts, size), "", 0, 0, NULL,
      "WIDTHxHEIGHT, to which every image is resized (else all must have one size)" },
    { "fit", YK_OPT_CHOICE, offsetof(images_opts, fit), "stretch", 0, 0, "stretch crop",
      "what gives way when --size has other proportions: they do, or the borders" },
    { "gray", YK_OPT_BOOL, offsetof(images_opts, gray), "false", 0, 0, NULL, "one channel (else red, green, blue)" },
    { "below", YK_OPT_TEXT, offsetof(images_opts, below), "", 0, 0, NULL,
      "the folder in FOLDER or in the archive that holds the folders of the classes" },
    { "classes", YK_OPT_TEXT, offsetof(images_opts, classes), "", 0, 0, NULL,
      "the classes in their order, as a,b,c (else sorted); one may have no images here" },
    { 0 }
};

typedef struct job {
    const images_opts *o;
    yk_gallery gallery;
    int64_t width, height; /* 0: as the first image */
    char *first;           /* name of the first image */
    yk_datawriter *writer;
    int64_t rows;
} job;

static yk_status parse_size(job *j)
{
    int end = 0;
    if (!j->o->size[0])
        return YK_OK;
    const int n = sscanf(j->o->size, "%5" SCNd64 "x%5" SCNd64 "%n", &j->width, &j->height, &end);
    YK_CHECK(n == 2 && j->o->size[end] == '\0' && j->width > 0 && j->height > 0, YK_ERR_ARG,
             "--size: \"%s\" is not WIDTHxHEIGHT, as 64x64", j->o->size);
    YK_CHECK(j->width * j->height <= (int64_t)1 << 26, YK_ERR_ARG, "--size: %s is more than 2^26 pixels", j->o->size);
    return YK_OK;
}

static yk_status begin_fields(job *j, const yk_picture *first)
{
    const yk_gallery *g = &j->gallery;
    yk_status status = YK_OK;
    int32_t *label;
    YK_TRY(yk_datawriter_field(
        j->writer, "x",
        &(yk_tensor){ YK_U8, yk_shape_of(4, g->n, first->height, first->width, first->channels), NULL }));
    YK_TRY(yk_alloc(&label, g->n, sizeof *label));
    for (int64_t i = 0; i < g->n; i++)
        label[i] = g->exhibit[i].label;
    YK_TRY_GOTO(yk_datawriter_field(j->writer, "y", &(yk_tensor){ YK_I32, yk_shape_of(1, g->n), label }), done);
    YK_TRY_GOTO(yk_datawriter_classes(j->writer, "y", g->n_class, (const char *const *)g->class_name), done);
done:
    yk_free(label);
    return status;
}

/* Puts one picture into its row. */
static yk_status put(job *j, int64_t i, const char *name, const yk_picture *p)
{
    if (!j->first) {
        j->width = p->width;
        j->height = p->height;
        YK_TRY(yk_strdup(&j->first, name));
        YK_TRY(begin_fields(j, p));
    }
    YK_CHECK(p->width == j->width && p->height == j->height, YK_ERR_DATA,
             "%s: has %" PRId64 " x %" PRId64 " pixels, but %s has %" PRId64 " x %" PRId64
             "; --size WIDTHxHEIGHT resizes all",
             name, p->width, p->height, j->first, j->width, j->height);
    YK_TRY(yk_datawriter_rows(j->writer, "x", i, 1, p->pixel));
    j->rows++;
    return YK_OK;
}

static yk_status take(void *context, int64_t i, const char *name, const unsigned char *data, int64_t bytes)
{
    job *j = context;
    yk_picture in, out = { .width = j->width, .height = j->height };
    YK_TRY(yk_picture_decode(&in, name, data, bytes, j->o->gray));
    const bool resize = j->o->size[0] && (in.width != j->width || in.height != j->height);
    yk_status status = resize ? yk_picture_resize(&out, &in, j->o->fit == 1) : YK_OK;
    if (status == YK_OK)
        status = put(j, i, name, resize ? &out : &in);
    yk_free(in.pixel);
    yk_free(out.pixel);
    return status;
}

static yk_status import(job *j, const char *path, const char *out)
{
    YK_TRY(parse_size(j));
    YK_TRY(yk_gallery_open(&j->gallery, path, j->o->below, j->o->classes));
    YK_TRY(yk_datawriter_create(&j->writer, out, false));
    YK_TRY(yk_gallery_visit(&j->gallery, take, j));
    YK_CHECK(j->rows == j->gallery.n, YK_ERR_IO, "%s: has changed while it was read", path);
    YK_TRY(yk_datawriter_commit(&j->writer));
    if (j->gallery.others > 0)
        yk_warn("%s: %" PRId64 " files are no images by their names and were left out", path, j->gallery.others);
    return YK_OK;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    (void)n;
    job j = { .o = opts };
    yk_status status = import(&j, files[0], out);
    yk_datawriter_discard(&j.writer);
    yk_gallery_close(&j.gallery);
    yk_free(j.first);
    return status;
}

const yk_importer yk_importer_images = {
    .name = "images",
    .kind = YK_IMPORT,
    .doc = "JPEG, PNG, PGM and PPM images in a folder for each class, or a tar or zip of such folders: x and y",
    .usage = "FOLDER | ARCHIVE",
    .least = 1,
    .most = 1,
    .opts_size = sizeof(images_opts),
    .opts = options,
    .run = run,
};
