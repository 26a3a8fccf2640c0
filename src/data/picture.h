/* SPDX-License-Identifier: Apache-2.0 */
/* Images as bytes: decoding (a format is one file and one line of picture_list.h), resizing, writing PNG. */
#ifndef YK_DATA_PICTURE_H
#define YK_DATA_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

/** height x width x channels bytes; channels 1 (gray) or 3 (red, green, blue). */
typedef struct yk_picture {
    int64_t height, width;
    int channels;
    unsigned char *pixel; /**< release with yk_free() */
} yk_picture;

typedef struct yk_picture_format {
    const char *name;             /**< "PNG" */
    const char *const *endings;   /**< of file names, small letters, ended by NULL */
    const unsigned char magic[8]; /**< first bytes of a file */
    int n_magic;
    /** Decodes a whole file to 1 or 3 channels, alpha dropped, 16 bits scaled to 8. YK_ERR_DATA, without a name. */
    yk_status (*decode)(yk_picture *out, const unsigned char *data, int64_t bytes);
} yk_picture_format;

extern const yk_picture_format *const yk_picture_formats[]; /**< ended by NULL */

/** Whether the name ends as those of a known format do (.jpg, .PNG, ...). */
bool yk_picture_is_name(const char *name);

/** Decodes an image, told by its first bytes. With gray = true one channel, else three. YK_ERR_DATA: "NAME: ...".
 *  Bound: yk_picture_room(). */
YK_MUST_CHECK yk_status yk_picture_decode(yk_picture *out, const char *name, const unsigned char *data, int64_t bytes,
                                          bool gray);

/** Allocates out->pixel for the size that a file of `bytes` bytes promises: at most 2^26 pixels, and at most 2^24 +
 *  1000 a byte of the file. YK_ERR_DATA. */
YK_MUST_CHECK yk_status yk_picture_room(yk_picture *out, int64_t bytes);

/** Resizes to out->height x out->width (set by the caller, channels and pixel by this): each pixel is the mean of the
 *  source under a tent (bilinear where it grows, area-like where it shrinks), in integers: the same bits everywhere.
 *  With `crop` the largest centred part of the source that has the new proportions is taken. */
YK_MUST_CHECK yk_status yk_picture_resize(yk_picture *out, const yk_picture *in, bool crop);

/** Writes a PNG, beside and renamed. YK_ERR_ARG: this yoke was built without libpng. */
YK_MUST_CHECK yk_status yk_picture_write(const yk_picture *picture, const char *path);

#endif
