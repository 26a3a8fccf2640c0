/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with a folder of files for each class, or a tar or zip of such folders. */
#ifndef YK_DATA_GALLERY_H
#define YK_DATA_GALLERY_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

#define YK_GALLERY_FILE_MAX ((int64_t)1 << 28) /* bytes of one file */

typedef struct yk_exhibit {
    char *path;    /**< below the gallery: "cat/0001.jpg" */
    int32_t label; /**< number of its class */
} yk_exhibit;

typedef struct yk_gallery {
    const char *path;    /**< borrowed */
    const char *below;   /**< only what lies below this folder in it; "": all. Borrowed */
    const char *classes; /**< "cat,dog": the classes in their order; "": sorted. Borrowed */
    bool folder;         /**< else an archive */
    int64_t n, n_class;
    yk_exhibit *exhibit; /**< [n] by class, then by name, in the order of bytes */
    char **class_name;   /**< [n_class] in the order of bytes, or of `classes` */
    int64_t others;      /**< files that are no images by their names, hidden ones aside */
} yk_gallery;

/** Lists the images. YK_ERR_IO, YK_ERR_DATA: none; an image that lies elsewhere than CLASS/FILE; a class that is not in
 *  `classes`. */
YK_MUST_CHECK yk_status yk_gallery_open(yk_gallery *out, const char *path, const char *below, const char *classes);
void yk_gallery_close(yk_gallery *gallery);

/** Calls visit() with the contents of every image, in any order; `name` is for messages: "cifar.tar: cat/1.jpg". Stops
 *  at the first error. */
typedef yk_status (*yk_gallery_visitor)(void *context, int64_t i, const char *name, const unsigned char *data,
                                        int64_t bytes);
YK_MUST_CHECK yk_status yk_gallery_visit(const yk_gallery *gallery, yk_gallery_visitor visit, void *context);

#endif
