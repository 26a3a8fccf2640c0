/* SPDX-License-Identifier: Apache-2.0 */
/* Netpbm's binary formats: PGM (P5, gray) and PPM (P6, colours) of 8 bits. */
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "data/picture.h"

/* The next number of the head, behind blanks and comments; -1 where there is none. */
static int64_t number(const unsigned char *data, int64_t bytes, int64_t *at)
{
    int64_t value = -1;
    while (*at < bytes && (strchr(" \t\r\n", data[*at]) || data[*at] == '#'))
        if (data[(*at)++] == '#')
            while (*at < bytes && data[*at] != '\n')
                (*at)++;
    for (; *at < bytes && data[*at] >= '0' && data[*at] <= '9' && value < 100000000; (*at)++)
        value = 10 * (value < 0 ? 0 : value) + data[*at] - '0';
    return value;
}

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes)
{
    int64_t at = 2;
    YK_CHECK(bytes > 2 && (data[1] == '5' || data[1] == '6'), YK_ERR_DATA,
             "is no image that yoke knows (of Netpbm's formats: P5 and P6)");
    out->channels = data[1] == '5' ? 1 : 3;
    out->width = number(data, bytes, &at);
    out->height = number(data, bytes, &at);
    const int64_t white = number(data, bytes, &at);
    YK_CHECK(out->width > 0 && out->height > 0 && white > 0, YK_ERR_DATA, "a broken image: its head has no size");
    YK_CHECK(white <= 255, YK_ERR_DATA, "an image of 16 bits (%" PRId64 " is white); convert it to 8", white);
    at++; /* one blank */
    YK_TRY(yk_picture_room(out, bytes));
    const int64_t want = out->height * out->width * out->channels;
    YK_CHECK(bytes - at >= want, YK_ERR_DATA,
             "a broken image: it ends after %" PRId64 " of %" PRId64 " bytes of pixels", bytes > at ? bytes - at : 0,
             want);
    for (int64_t i = 0; i < want; i++) {
        const int64_t value = data[at + i] * (int64_t)255 / white;
        out->pixel[i] = (unsigned char)(value < 255 ? value : 255);
    }
    return YK_OK;
}

static const char *const endings[] = { ".pgm", ".ppm", NULL };

const yk_picture_format yk_picture_pnm = {
    .name = "PGM or PPM",
    .endings = endings,
    .magic = { 'P' },
    .n_magic = 1,
    .decode = decode,
};
