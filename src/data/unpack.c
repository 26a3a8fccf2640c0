/* SPDX-License-Identifier: Apache-2.0 */
#include "data/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

#define INPUT ((int64_t)1 << 16)
#define MOST_PACKED 1032 /* bytes that deflate can pack into one */
#define UNFOLD ((int64_t)1 << 20)

struct yk_unpack {
    const char *path;
    FILE *file;
    bool gzip, inside; /* inside a gzip member: its end is still to come */
    z_stream z;        /* next_in, avail_in: what was read and not yet used, for plain files, too */
    unsigned char input[INPUT];
};

/* zlib's memory is counted like all other. */
static voidpf zlib_alloc(voidpf context, uInt count, uInt size)
{
    (void)context;
    void *block;
    return yk_alloc(&block, count, size) == YK_OK ? block : NULL;
}

static void zlib_free(voidpf context, voidpf block)
{
    (void)context;
    yk_free(block);
}

/* Reads on when all input was used; at the end of the file avail_in stays 0. */
static yk_status refill(yk_unpack *in)
{
    if (in->z.avail_in > 0)
        return YK_OK;
    errno = 0;
    in->z.avail_in = (uInt)fread(in->input, 1, INPUT, in->file);
    in->z.next_in = in->input;
    YK_CHECK(!ferror(in->file), YK_ERR_IO, "%s: %s", in->path, strerror(errno));
    return YK_OK;
}

static bool gzip_begins(const yk_unpack *in)
{
    return in->z.avail_in >= 2 && in->z.next_in[0] == 0x1f && in->z.next_in[1] == 0x8b;
}

yk_status yk_unpack_open(yk_unpack **out, const char *path)
{
    yk_status status = YK_OK;
    yk_unpack *in;
    *out = NULL;
    YK_TRY(yk_alloc(&in, 1, sizeof *in));
    in->path = path;
    in->z.zalloc = zlib_alloc;
    in->z.zfree = zlib_free;
    in->file = fopen(path, "rb");
    YK_CHECK_GOTO(in->file, fail, YK_ERR_IO, "%s: %s", path, strerror(errno));
    YK_TRY_GOTO(refill(in), fail);
    if (gzip_begins(in)) {
        YK_CHECK_GOTO(inflateInit2(&in->z, 16 + MAX_WBITS) == Z_OK, fail, YK_ERR_NOMEM, "%s: no memory to inflate it",
                      path);
        in->gzip = in->inside = true;
    }
    *out = in;
    return YK_OK;
fail:
    yk_unpack_close(&in);
    return status;
}

void yk_unpack_close(yk_unpack **in)
{
    if (!*in)
        return;
    if ((*in)->gzip)
        inflateEnd(&(*in)->z);
    if ((*in)->file)
        fclose((*in)->file);
    yk_free(*in);
    *in = NULL;
}

/* One step of inflate() into z.next_out. Members of gzip may follow each other; *end: the last one is over. */
static yk_status inflate_step(yk_unpack *in, bool *end)
{
    YK_TRY(refill(in));
    *end = !in->inside && in->z.avail_in == 0;
    if (*end)
        return YK_OK;
    if (!in->inside) {
        YK_CHECK(in->z.next_in[0] == 0x1f, YK_ERR_DATA, "%s: bytes that are not gzip follow the gzip data", in->path);
        inflateReset(&in->z);
        in->inside = true;
    }
    YK_CHECK(in->z.avail_in > 0, YK_ERR_DATA, "%s: the gzip data end too early; fetch the file again", in->path);
    int code = inflate(&in->z, Z_NO_FLUSH);
    in->inside = code != Z_STREAM_END;
    YK_CHECK(code != Z_MEM_ERROR, YK_ERR_NOMEM, "%s: no memory to inflate it", in->path);
    YK_CHECK(code == Z_OK || code == Z_STREAM_END, YK_ERR_DATA,
             "%s: the gzip data are damaged (%s); fetch the file again", in->path,
             in->z.msg ? in->z.msg : zError(code));
    return YK_OK;
}

yk_status yk_unpack_read(yk_unpack *in, int64_t bytes, void *out, int64_t *got)
{
    unsigned char *to = out;
    bool end = false;
    *got = 0;
    while (*got < bytes && !end) {
        int64_t wish = yk_min(bytes - *got, INPUT), count;
        if (in->gzip) {
            in->z.next_out = to + *got;
            in->z.avail_out = (uInt)wish;
            YK_TRY(inflate_step(in, &end));
            count = wish - in->z.avail_out;
        } else {
            YK_TRY(refill(in));
            count = yk_min(wish, in->z.avail_in);
            end = count == 0;
            memcpy(to + *got, in->z.next_in, (size_t)count);
            in->z.next_in += count;
            in->z.avail_in -= (uInt)count;
        }
        *got += count;
    }
    return YK_OK;
}

int64_t yk_unpack_most(const yk_unpack *in)
{
    struct stat about;
    int64_t most;
    if (fstat(fileno(in->file), &about) != 0 || !S_ISREG(about.st_mode))
        return INT64_MAX;
    return yk_mul(&most, about.st_size, in->gzip ? MOST_PACKED : 1) ? most : INT64_MAX;
}

yk_status yk_unpack_all(const char *path, char **data, int64_t *bytes)
{
    yk_status status = YK_OK;
    yk_unpack *in;
    int64_t got;
    *data = NULL;
    *bytes = 0;
    YK_TRY(yk_unpack_open(&in, path));
    int64_t room = in->gzip || yk_unpack_most(in) == INT64_MAX ? INPUT : yk_unpack_most(in) + 1;
    const int64_t packed = yk_unpack_most(in) / MOST_PACKED, most = in->gzip ? packed * 100 + UNFOLD : INT64_MAX;
    do {
        YK_TRY_GOTO(yk_realloc(data, room + 1, 1), done);
        YK_TRY_GOTO(yk_unpack_read(in, room - *bytes, *data + *bytes, &got), done);
        *bytes += got;
        YK_CHECK_GOTO(*bytes <= most, done, YK_ERR_DATA,
                      "%s: unfolds to more than 100 times its size; unpack it yourself if it is to be trusted", path);
        if (*bytes < room)
            break;
        room += yk_max(room, INPUT);
    } while (got > 0);
    (*data)[*bytes] = '\0';
done:
    if (status != YK_OK) {
        yk_free(*data);
        *data = NULL;
    }
    yk_unpack_close(&in);
    return status;
}
