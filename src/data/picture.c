/* SPDX-License-Identifier: Apache-2.0 */
#include "data/picture.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

#define MOST_PIXELS ((int64_t)1 << 26)
#define SMALL_PIXELS ((int64_t)1 << 24)

#define YK_PICTURE(symbol) extern const yk_picture_format yk_picture_##symbol;
#include "data/picture_list.h"
#undef YK_PICTURE

#define YK_PICTURE(symbol) &yk_picture_##symbol,
const yk_picture_format *const yk_picture_formats[] = {
#include "data/picture_list.h"
    NULL
};
#undef YK_PICTURE

static bool ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    if (n <= m)
        return false;
    for (size_t i = 0; i < m; i++)
        if (tolower((unsigned char)name[n - m + i]) != ending[i])
            return false;
    return true;
}

bool yk_picture_is_name(const char *name)
{
    for (const yk_picture_format *const *f = yk_picture_formats; *f; f++)
        for (const char *const *e = (*f)->endings; *e; e++)
            if (ends_with(name, *e))
                return true;
    return false;
}

yk_status yk_picture_room(yk_picture *out, int64_t bytes)
{
    YK_CHECK(out->height > 0 && out->width > 0, YK_ERR_DATA, "an image of %" PRId64 " x %" PRId64 " pixels",
             out->height, out->width);
    const bool fits = out->height <= MOST_PIXELS / out->width;
    YK_CHECK(fits && out->height * out->width <= SMALL_PIXELS + 1000 * bytes, YK_ERR_DATA,
             "promises %" PRId64 " x %" PRId64 " pixels, more than an image file of %" PRId64 " bytes %s", out->height,
             out->width, bytes, fits ? "can hold" : "may have (2^26 pixels)");
    YK_TRY(yk_alloc(&out->pixel, out->height * out->width, (size_t)out->channels));
    return YK_OK;
}

/* One channel to three, or three to one by the weights of ITU-R BT.601, in place of the old pixels. */
static yk_status set_channels(yk_picture *p, int channels)
{
    const int64_t n = p->height * p->width;
    unsigned char *pixel;
    if (p->channels == channels)
        return YK_OK;
    YK_TRY(yk_alloc(&pixel, n, (size_t)channels));
    for (int64_t i = 0; i < n; i++) {
        const unsigned char *c = p->pixel + i * p->channels;
        if (channels == 1)
            pixel[i] = (unsigned char)((19595 * c[0] + 38470 * c[1] + 7471 * c[2] + 32768) >> 16);
        else
            memset(pixel + 3 * i, c[0], 3);
    }
    yk_free(p->pixel);
    p->pixel = pixel;
    p->channels = channels;
    return YK_OK;
}

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes, bool gray)
{
    for (const yk_picture_format *const *f = yk_picture_formats; *f; f++) {
        if (bytes < (*f)->n_magic || memcmp(data, (*f)->magic, (size_t)(*f)->n_magic) != 0)
            continue;
        YK_TRY((*f)->decode(out, data, bytes));
        YK_TRY(set_channels(out, gray ? 1 : 3));
        return YK_OK;
    }
    YK_FAIL(YK_ERR_DATA, bytes ? "is no image that yoke knows (JPEG, PNG, PGM, PPM)" : "is empty");
}

yk_status yk_picture_decode(yk_picture *out, const char *name, const unsigned char *data, int64_t bytes, bool gray)
{
    *out = (yk_picture){ 0 };
    yk_status status = decode(out, data, bytes, gray);
    if (status != YK_OK) {
        yk_error_prefix(status, "%s: ", name);
        yk_free(out->pixel);
        *out = (yk_picture){ 0 };
    }
    return status;
}
