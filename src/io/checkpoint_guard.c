/* SPDX-License-Identifier: Apache-2.0 */
/* The guard: some lines of text behind HDF5's last byte that hold the SHA-256 of everything in the file but the bytes
 * of the tensors (which have sums of their own). HDF5 does not look there. It is checked before HDF5 reads the file:
 * strings lie in heaps without checksums, and a damaged one makes the library run over its memory.
 *
 *     OFFSET BYTES              of each tensor, ascending
 *     rest SHA256               of all other bytes before these lines
 *     yoke guard LENGTH SHA256  of the lines above: bytes (12 digits), sum
 *
 * A file of another program has no guard, and is not refused for it; one of ours says in its root attribute `guard`
 * that it must have one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/checkpoint_in.h"
#include "io/raw.h"

#define FOOT 89 /* bytes of the last line */
#define LINE 44 /* of a tensor's line, at most */
#define REST 71 /* of the line `rest` */
#define READ_BYTES 65536

typedef struct range {
    int64_t at, bytes;
} range;

static yk_status add_bytes(yk_sha256 *sha, int fd, const char *path, int64_t from, int64_t to, char *buffer)
{
    for (int64_t at = from; at < to; at += READ_BYTES) {
        int64_t n = yk_min(READ_BYTES, to - at);
        struct iovec piece = { buffer, (size_t)n };
        YK_TRY(yk_raw_read(fd, path, "", &piece, 1, at));
        yk_sha256_add(sha, buffer, (size_t)n);
    }
    return YK_OK;
}

/* SHA-256 of the bytes before `end` that lie in none of the n ascending ranges. */
static yk_status sum_of_rest(int fd, const char *path, const range *r, int64_t n, int64_t end, char hex[YK_SHA256_HEX])
{
    char *buffer;
    yk_sha256 sha;
    yk_status status = YK_OK;
    int64_t at = 0;
    YK_TRY(yk_alloc(&buffer, READ_BYTES, 1));
    yk_sha256_begin(&sha);
    for (int64_t i = 0; i < n && status == YK_OK; at = r[i].at + r[i].bytes, i++)
        status = add_bytes(&sha, fd, path, at, r[i].at, buffer);
    if (status == YK_OK)
        status = add_bytes(&sha, fd, path, at, end, buffer);
    yk_free(buffer);
    yk_sha256_end(&sha, hex);
    return status;
}

static void sum_of(const char *text, int64_t bytes, char hex[YK_SHA256_HEX])
{
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    yk_sha256_add(&sha, text, (size_t)bytes);
    yk_sha256_end(&sha, hex);
}

static int by_place(const void *a, const void *b)
{
    const range *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static yk_status write_guard(int fd, const char *path, range *r, int64_t n, int64_t end, char *text)
{
    char hex[YK_SHA256_HEX];
    char *at = text;
    qsort(r, (size_t)n, sizeof *r, by_place);
    for (int64_t i = 0; i < n; i++)
        at += snprintf(at, LINE + 1, "%" PRId64 " %" PRId64 "\n", r[i].at, r[i].bytes);
    YK_TRY(sum_of_rest(fd, path, r, n, end, hex));
    at += snprintf(at, REST + 1, "rest %s\n", hex);
    sum_of(text, at - text, hex);
    at += snprintf(at, FOOT + 1, "yoke guard %012" PRId64 " %s\n", (int64_t)(at - text), hex);
    YK_TRY(yk_raw_write(fd, path, text, at - text, end));
    return YK_OK;
}

yk_status yk_guard_append(int fd, const char *path, const yk_saved_table *table, int64_t end)
{
    range *r = NULL;
    char *text = NULL;
    yk_status status = YK_OK;
    int64_t n = 0;
    YK_TRY_GOTO(yk_alloc(&r, table->n, sizeof *r), done);
    YK_TRY_GOTO(yk_alloc(&text, table->n * LINE + REST + FOOT + 1, 1), done);
    for (int64_t i = 0; i < table->n; i++) {
        const yk_saved *s = &table->at[i];
        if (s->offset >= 0)
            r[n++] = (range){ s->offset, yk_shape_len(&s->shape) * yk_dtype_size(s->dtype) };
    }
    status = write_guard(fd, path, r, n, end, text);
done:
    yk_free(text);
    yk_free(r);
    return status;
}

/* Reads the lines of the tensors; false where they are not what write_guard() writes. */
static bool parse(const char *text, int64_t end, range *r, int64_t *n, char rest[YK_SHA256_HEX])
{
    int64_t last = 0;
    int used = 0;
    for (*n = 0; sscanf(text, "%19" SCNd64 " %19" SCNd64 "%n", &r[*n].at, &r[*n].bytes, &used) == 2; ++*n) {
        if (r[*n].at < last || r[*n].bytes < 0 || r[*n].bytes > end || r[*n].at > end - r[*n].bytes)
            return false;
        last = r[*n].at + r[*n].bytes;
        text += used + 1;
    }
    return sscanf(text, "rest %64[0-9a-f]%n", rest, &used) == 1 && strcmp(text + used, "\n") == 0;
}

/* The file without its last line ends at `end`; the guard's other lines are `length` bytes with the sum `sum`. */
static yk_status check_guard(int fd, const char *path, int64_t end, int64_t length, const char *sum)
{
    char *text = NULL, hex[YK_SHA256_HEX], rest[YK_SHA256_HEX];
    range *r = NULL;
    yk_status status = YK_OK;
    int64_t n;
    YK_TRY_GOTO(yk_alloc(&text, length + 1, 1), done);
    YK_TRY_GOTO(yk_alloc(&r, length / 4 + 1, sizeof *r), done); /* the shortest line has four bytes */
    struct iovec piece = { text, (size_t)length };
    YK_TRY_GOTO(yk_raw_read(fd, path, "", &piece, 1, end - length), done);
    sum_of(text, length, hex);
    YK_CHECK_GOTO(strcmp(hex, sum) == 0 && parse(text, end - length, r, &n, rest), done, YK_ERR_DATA,
                  "%s: damaged: its last lines, which guard the others, are not what was written", path);
    YK_TRY_GOTO(sum_of_rest(fd, path, r, n, end - length, hex), done);
    YK_CHECK_GOTO(
        strcmp(hex, rest) == 0, done, YK_ERR_DATA,
        "%s: damaged: names, recipe, state or sums (all but the bytes of the tensors) are not what was written", path);
done:
    yk_free(r);
    yk_free(text);
    return status;
}

yk_status yk_guard_check(int fd, const char *path, int64_t bytes, bool *guarded)
{
    char foot[FOOT + 1] = "", sum[YK_SHA256_HEX];
    int64_t length = 0;
    int used = 0;
    *guarded = false;
    if (bytes < FOOT)
        return YK_OK;
    struct iovec piece = { foot, FOOT };
    YK_TRY(yk_raw_read(fd, path, "", &piece, 1, bytes - FOOT));
    if (sscanf(foot, "yoke guard %12" SCNd64 " %64[0-9a-f]%n", &length, sum, &used) != 2 || used != FOOT - 1 ||
        foot[FOOT - 1] != '\n')
        return YK_OK;
    YK_CHECK(length > 0 && length <= bytes - FOOT, YK_ERR_DATA, "%s: damaged: its last line", path);
    YK_TRY(check_guard(fd, path, bytes - FOOT, length, sum));
    *guarded = true;
    return YK_OK;
}
