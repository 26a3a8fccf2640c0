/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG by libjpeg-turbo: the exact integer transform, smooth upsampling of colours. What the library only warns of
 * (data that end too early, damaged data) counts as an error. */
#include <stdio.h> /* before jpeglib.h */

#include "core/error.h"
#include "data/picture.h"

#ifdef YK_HAVE_JPEG
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>

/* Scans of a progressive file of n pixels; more only waste time on purpose. */
#define SCANS(n) (10 + (int)(((int64_t)1 << 28) / (n)))

typedef struct job {
    struct jpeg_decompress_struct d;
    struct jpeg_progress_mgr progress;
    struct jpeg_error_mgr errors;
    jmp_buf away;
    char why[JMSG_LENGTH_MAX];
    yk_status status; /* of our own calls */
} job;

static void leave(j_common_ptr c)
{
    job *j = c->client_data;
    c->err->format_message(c, j->why);
    longjmp(j->away, 1);
}

/* Warnings have level -1. Stray bytes between markers harm nobody. */
static void warn(j_common_ptr c, int level)
{
    if (level < 0 && c->err->msg_code != JWRN_EXTRANEOUS_DATA)
        leave(c);
}

static void watch(j_common_ptr c)
{
    const j_decompress_ptr d = (j_decompress_ptr)c;
    const int most = SCANS((int64_t)d->image_height * d->image_width);
    if (d->input_scan_number > most) {
        job *j = c->client_data;
        snprintf(j->why, sizeof j->why, "more than %d scans", most);
        longjmp(j->away, 1);
    }
}

static void decode_lines(job *j, yk_picture *out, const unsigned char *data, int64_t bytes)
{
    jpeg_create_decompress(&j->d);
    j->d.progress = &j->progress;
    j->progress.progress_monitor = watch;
    jpeg_mem_src(&j->d, data, (unsigned long)bytes);
    jpeg_read_header(&j->d, TRUE);
    j->d.dct_method = JDCT_ISLOW;
    j->d.out_color_space = j->d.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    out->height = j->d.image_height;
    out->width = j->d.image_width;
    out->channels = j->d.num_components == 1 ? 1 : 3;
    if (j->d.num_components != 1 && j->d.num_components != 3) {
        j->status = yk_error_set(YK_ERR_DATA, __FILE__, __LINE__, __func__,
                                 "a JPEG of %d colour components (CMYK?); convert it to RGB", j->d.num_components);
        return;
    }
    j->status = yk_picture_room(out, bytes);
    if (j->status != YK_OK)
        return;
    jpeg_start_decompress(&j->d);
    while (j->d.output_scanline < j->d.output_height) {
        JSAMPROW row = out->pixel + (int64_t)j->d.output_scanline * out->width * out->channels;
        jpeg_read_scanlines(&j->d, &row, 1);
    }
    jpeg_finish_decompress(&j->d);
}

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes)
{
    job j = { .status = YK_OK };
    j.d.err = jpeg_std_error(&j.errors);
    j.d.client_data = &j;
    j.errors.error_exit = leave;
    j.errors.emit_message = warn;
    if (setjmp(j.away) == 0) {
        decode_lines(&j, out, data, bytes);
        jpeg_destroy_decompress(&j.d);
        return j.status;
    }
    jpeg_destroy_decompress(&j.d);
    YK_FAIL(YK_ERR_DATA, "a broken JPEG: %s", j.why);
}

#else

static yk_status decode(yk_picture *out, const unsigned char *data, int64_t bytes)
{
    (void)out;
    (void)data;
    (void)bytes;
    YK_FAIL(YK_ERR_ARG, "is a JPEG, and this yoke was built without libjpeg-turbo; install it and build again");
}

#endif

static const char *const endings[] = { ".jpg", ".jpeg", NULL };

const yk_picture_format yk_picture_jpeg = {
    .name = "JPEG",
    .endings = endings,
    .magic = { 0xff, 0xd8, 0xff },
    .n_magic = 3,
    .decode = decode,
};
