/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of images with label images (segmentation): bytes x (N, height, width, 3 or 1), and y (N, height, width),
 * the class of each pixel as a byte. Two folders of a folder or archive hold them, files of the same name belong
 * together. A gray level of the label images is a class; the levels are numbered in ascending order. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/gallery.h"
#include "data/importers.h"
#include "data/picture.h"
#include "io/datafile.h"

#define LEVELS 256
enum { IMAGES, LABELS };

typedef struct pairs_opts {
    char images[YK_OPT_TEXT_MAX], labels[YK_OPT_TEXT_MAX], below[YK_OPT_TEXT_MAX], levels[YK_OPT_TEXT_MAX];
    bool gray;
} pairs_opts;

static const yk_option options[] = {
    { "images", YK_OPT_TEXT, offsetof(pairs_opts, images), "image", 0, 0, NULL, "the folder of the images" },
    { "labels", YK_OPT_TEXT, offsetof(pairs_opts, labels), "label", 0, 0, NULL,
      "the folder of the label images, which are read as gray" },
    { "gray", YK_OPT_BOOL, offsetof(pairs_opts, gray), "false", 0, 0, NULL,
      "one channel for images (else red, green, blue)" },
    { "levels", YK_OPT_TEXT, offsetof(pairs_opts, levels), "", 0, 0, NULL,
      "the gray levels that are classes, in their order, as 0,255 (else those that occur, ascending)" },
    { "below", YK_OPT_TEXT, offsetof(pairs_opts, below), "", 0, 0, NULL,
      "the folder in FOLDER or in the archive that holds the two" },
    { 0 }
};

typedef struct job {
    const pairs_opts *o;
    yk_gallery gallery;
    int64_t at[2], count[2]; /* exhibits of the two folders: from, how many */
    int class_of[LEVELS];    /* of a gray level, -1: none */
    bool seen[LEVELS];
    int n_class, level[LEVELS];
    int64_t width, height; /* of the first picture */
    char *first;           /* its name */
    yk_datawriter *writer;
    int64_t rows;
} job;

/* Length of a file's name without folder and ending, and where it begins. */
static int stem(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    const char *dot = strrchr(*name, '.');
    return (int)(dot ? dot - *name : (int64_t)strlen(*name));
}

/* The exhibits of a folder, which lie side by side. */
static yk_status find_folder(job *j, int which, const char *name)
{
    const yk_gallery *g = &j->gallery;
    for (int64_t i = 0; i < g->n; i++)
        if (strcmp(g->class_name[g->exhibit[i].label], name) == 0 && j->count[which]++ == 0)
            j->at[which] = i;
    YK_CHECK(j->count[which] > 0, YK_ERR_DATA,
             "%s: there is no folder \"%s\" of images in it (--images and --labels name the two)", g->path, name);
    return YK_OK;
}

/* Exhibits of a folder are sorted by name. */
static yk_status pair_up(job *j)
{
    const yk_exhibit *e = j->gallery.exhibit;
    const char *a = "", *b = "";
    YK_TRY(find_folder(j, IMAGES, j->o->images));
    YK_TRY(find_folder(j, LABELS, j->o->labels));
    for (int64_t i = 0; i < j->count[IMAGES] || i < j->count[LABELS]; i++) {
        const char *image = i < j->count[IMAGES] ? e[j->at[IMAGES] + i].path : NULL;
        const char *label = i < j->count[LABELS] ? e[j->at[LABELS] + i].path : NULL;
        const int n = image ? stem(image, &a) : 0, m = label ? stem(label, &b) : 0;
        const int order = !image ? 1 : !label ? -1 : n == m ? strncmp(a, b, (size_t)n) : strcmp(a, b);
        YK_CHECK(order == 0, YK_ERR_DATA, "%s: %s has no partner of the same name in folder \"%s\"", j->gallery.path,
                 order < 0 ? image : label, order < 0 ? j->o->labels : j->o->images);
    }
    return YK_OK;
}

/* The row of exhibit i, and what it is: -1 where it is of another folder. */
static int64_t row_of(const job *j, int64_t i, int *which)
{
    for (*which = IMAGES; *which <= LABELS; ++*which)
        if (i >= j->at[*which] && i < j->at[*which] + j->count[*which])
            return i - j->at[*which];
    return -1;
}

/* --- classes */

static yk_status parse_levels(job *j)
{
    const char *at = j->o->levels;
    for (int end = 0; *at; at += end) {
        int level = -1;
        YK_CHECK(sscanf(at, "%3d%n", &level, &end) == 1 && level >= 0 && level < LEVELS && !j->seen[level] &&
                     (at[end] == ',' || at[end] == '\0'),
                 YK_ERR_ARG, "--levels: \"%s\" is not a list of different numbers from 0 to 255, as 0,255",
                 j->o->levels);
        end += at[end] == ',';
        j->seen[level] = true;
        j->class_of[level] = j->n_class;
        j->level[j->n_class++] = level;
    }
    return YK_OK;
}

static yk_status note_levels(void *context, int64_t i, const char *name, const unsigned char *data, int64_t bytes)
{
    job *j = context;
    yk_picture p;
    int which;
    if (row_of(j, i, &which) < 0 || which != LABELS)
        return YK_OK;
    YK_TRY(yk_picture_decode(&p, name, data, bytes, true));
    for (int64_t k = 0; k < p.width * p.height; k++)
        j->seen[p.pixel[k]] = true;
    yk_free(p.pixel);
    return YK_OK;
}

static yk_status find_levels(job *j)
{
    memset(j->class_of, 0xff, sizeof j->class_of);
    YK_TRY(parse_levels(j));
    if (j->n_class > 0)
        return YK_OK;
    YK_TRY(yk_gallery_visit(&j->gallery, note_levels, j));
    for (int level = 0; level < LEVELS; level++)
        if (j->seen[level]) {
            j->class_of[level] = j->n_class;
            j->level[j->n_class++] = level;
        }
    if (j->n_class > 32)
        yk_warn(
            "%s: the label images have %d gray levels, and each becomes a class: are they JPEG? --levels names those "
            "that are classes",
            j->gallery.path, j->n_class);
    return YK_OK;
}

/* --- writing */

static yk_status begin_fields(job *j)
{
    char text[LEVELS][4];
    const char *name[LEVELS];
    const int64_t channels = j->o->gray ? 1 : 3, n = j->count[IMAGES];
    YK_TRY(yk_datawriter_field(j->writer, "x",
                               &(yk_tensor){ YK_U8, yk_shape_of(4, n, j->height, j->width, channels), NULL }));
    YK_TRY(yk_datawriter_field(j->writer, "y", &(yk_tensor){ YK_U8, yk_shape_of(3, n, j->height, j->width), NULL }));
    for (int c = 0; c < j->n_class; c++) {
        snprintf(text[c], sizeof text[c], "%d", j->level[c]);
        name[c] = text[c];
    }
    return yk_datawriter_classes(j->writer, "y", j->n_class, name);
}

static yk_status classify(const job *j, const char *name, yk_picture *p)
{
    for (int64_t k = 0; k < p->width * p->height; k++) {
        const int level = p->pixel[k];
        YK_CHECK(j->class_of[level] >= 0, YK_ERR_DATA,
                 "%s: the pixel at row %" PRId64 ", column %" PRId64 " is %d, which is none of --levels %s", name,
                 k / p->width, k % p->width, level, j->o->levels);
        p->pixel[k] = (unsigned char)j->class_of[level];
    }
    return YK_OK;
}

static yk_status put(job *j, int which, int64_t row, const char *name, yk_picture *p)
{
    if (!j->first) {
        j->width = p->width;
        j->height = p->height;
        YK_TRY(yk_strdup(&j->first, name));
        YK_TRY(begin_fields(j));
    }
    YK_CHECK(p->width == j->width && p->height == j->height, YK_ERR_DATA,
             "%s: has %" PRId64 " x %" PRId64 " pixels, but %s has %" PRId64 " x %" PRId64, name, p->width, p->height,
             j->first, j->width, j->height);
    if (which == LABELS)
        YK_TRY(classify(j, name, p));
    YK_TRY(yk_datawriter_rows(j->writer, which == LABELS ? "y" : "x", row, 1, p->pixel));
    j->rows++;
    return YK_OK;
}

static yk_status take(void *context, int64_t i, const char *name, const unsigned char *data, int64_t bytes)
{
    job *j = context;
    yk_picture p;
    int which;
    const int64_t row = row_of(j, i, &which);
    if (row < 0)
        return YK_OK;
    YK_TRY(yk_picture_decode(&p, name, data, bytes, j->o->gray || which == LABELS));
    yk_status status = put(j, which, row, name, &p);
    yk_free(p.pixel);
    return status;
}

static yk_status import(job *j, const char *path, const char *out)
{
    YK_TRY(yk_gallery_open(&j->gallery, path, j->o->below, ""));
    YK_TRY(pair_up(j));
    YK_TRY(find_levels(j));
    YK_TRY(yk_datawriter_create(&j->writer, out, false));
    YK_TRY(yk_gallery_visit(&j->gallery, take, j));
    YK_CHECK(j->rows == j->count[IMAGES] + j->count[LABELS], YK_ERR_IO, "%s: has changed while it was read", path);
    return yk_datawriter_commit(&j->writer);
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

const yk_importer yk_importer_pairs = {
    .name = "pairs",
    .kind = YK_IMPORT,
    .doc = "images and label images of the same names in two folders, or a tar or zip of them: x, and a class a pixel",
    .usage = "FOLDER | ARCHIVE",
    .least = 1,
    .most = 1,
    .opts_size = sizeof(pairs_opts),
    .opts = options,
    .run = run,
};
