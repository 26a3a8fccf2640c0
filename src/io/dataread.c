/* SPDX-License-Identifier: Apache-2.0 */
/* Reading samples. A field that lies in one piece is read with preadv: consecutive samples in one call, each to its
 * place, which also notices the end of a file that was cut short after it was opened (H5Dread gives zeros then). Other
 * fields (chunks, foreign byte orders) go through HDF5, samples in ascending order, so that a chunk is unpacked once.
 */
#include "io/datafile_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/raw.h"

#define PIECES 256 /* of memory in one preadv */

static int64_t sample_bytes(const yk_datafile_set *s)
{
    return yk_shape_len_from(&s->set.shape, 1) * yk_dtype_size(s->set.dtype);
}

/* Rows [first, first + count) through HDF5. */
static yk_status read_rows(const yk_datafile *f, const yk_datafile_set *s, int64_t first, int64_t count, void *out)
{
    struct stat now;
    char reason[YK_H5_REASON];
    YK_CHECK(yk_h5_dataset_read(&s->set, first, count, out) >= 0, YK_ERR_IO,
             "%s: field \"%s\", samples %" PRId64 " to %" PRId64 ": %s", f->spec, s->name, first, first + count - 1,
             yk_h5_reason(reason));
    YK_CHECK(fstat(f->file.fd, &now) == 0 && now.st_size >= f->file.bytes, YK_ERR_IO,
             "%s: truncated: the file had %" PRId64 " bytes when it was opened and has %" PRId64, f->spec,
             f->file.bytes, (int64_t)now.st_size);
    return YK_OK;
}

static yk_status read_raw(const yk_datafile *f, const yk_datafile_set *s, struct iovec *pieces, int n, int64_t first)
{
    char what[YK_H5_NAME + 16];
    snprintf(what, sizeof what, "field \"%s\"", s->name);
    return yk_raw_read(f->file.fd, f->spec, what, pieces, n, s->set.offset + first * sample_bytes(s));
}

static yk_status read_range(yk_datafile *f, const char *name, int64_t first, int64_t count, void *out)
{
    yk_datafile_set *s;
    YK_TRY(yk_datafile_find(f, name, &s));
    int64_t there = s->set.shape.dim[0], bytes = count * sample_bytes(s);
    YK_CHECK(first >= 0 && count >= 0 && first <= there - count, YK_ERR_ARG,
             "%s: field \"%s\" has %" PRId64 " samples; %" PRId64 " from %" PRId64 " on are not there", f->spec, name,
             there, count, first);
    if (bytes == 0)
        return YK_OK;
    if (s->set.offset < 0)
        return read_rows(f, s, first, count, out);
    struct iovec whole = { out, (size_t)bytes };
    return read_raw(f, s, &whole, 1, first);
}

yk_status yk_datafile_read(yk_datafile *f, const char *name, int64_t first, int64_t count, void *out)
{
    yk_status status;
    YK_H5_QUIET(status, read_range(f, name, first, count, out));
    return status;
}

static bool before(const yk_pick *a, const yk_pick *b)
{
    return a->sample < b->sample || (a->sample == b->sample && a->place < b->place);
}

static void sink(yk_pick *p, int64_t i, int64_t n)
{
    yk_pick moving = p[i];
    for (int64_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && before(&p[child], &p[child + 1]))
            child++;
        if (!before(&moving, &p[child]))
            break;
        p[i] = p[child];
        i = child;
    }
    p[i] = moving;
}

/* Heapsort: qsort() may allocate, and reading in a step loop must not. */
static void sort(yk_pick *p, int64_t n)
{
    for (int64_t i = n / 2 - 1; i >= 0; i--)
        sink(p, i, n);
    for (int64_t last = n - 1; last > 0; last--) {
        yk_pick top = p[0];
        p[0] = p[last];
        p[last] = top;
        sink(p, 0, last);
    }
}

/* Fills the scratch with (sample, place), ascending by sample. */
static yk_status plan(yk_datafile *f, const yk_datafile_set *s, int64_t count, const int64_t *sample)
{
    if (count > f->n_pick) {
        YK_TRY(yk_realloc(&f->pick, count, sizeof *f->pick));
        f->n_pick = count;
    }
    bool sorted = true;
    for (int64_t i = 0; i < count; i++) {
        YK_CHECK(sample[i] >= 0 && sample[i] < s->set.shape.dim[0], YK_ERR_ARG,
                 "%s: field \"%s\" has %" PRId64 " samples; there is no sample %" PRId64, f->spec, s->name,
                 s->set.shape.dim[0], sample[i]);
        f->pick[i] = (yk_pick){ sample[i], i };
        sorted = sorted && (i == 0 || sample[i - 1] <= sample[i]);
    }
    if (!sorted)
        sort(f->pick, count);
    return YK_OK;
}

/* Number of picks from p on that are one range of samples and one range of places. */
static int64_t straight(const yk_pick *p, int64_t n)
{
    int64_t k = 1;
    while (k < n && p[k].sample == p[k - 1].sample + 1 && p[k].place == p[k - 1].place + 1)
        k++;
    return k;
}

/* The longest range of samples from p[0] on in one preadv; *taken is the number of picks in it. */
static yk_status read_run(const yk_datafile *f, const yk_datafile_set *s, const yk_pick *p, int64_t n, char *out,
                          int64_t *taken)
{
    struct iovec pieces[PIECES];
    int64_t bytes = sample_bytes(s), i = 0;
    int used = 0;
    while (i < n && used < PIECES && p[i].sample == p[0].sample + i) {
        int64_t k = straight(p + i, n - i);
        pieces[used++] = (struct iovec){ out + p[i].place * bytes, (size_t)(k * bytes) };
        i += k;
    }
    *taken = i;
    return read_raw(f, s, pieces, used, p[0].sample);
}

static yk_status gather(yk_datafile *f, const char *name, int64_t count, const int64_t *sample, char *out)
{
    yk_datafile_set *s;
    YK_TRY(yk_datafile_find(f, name, &s));
    YK_TRY(plan(f, s, count, sample));
    int64_t bytes = sample_bytes(s);
    for (int64_t i = 0, taken; bytes > 0 && i < count; i += taken) {
        const yk_pick *p = f->pick + i;
        if (s->set.offset >= 0) {
            YK_TRY(read_run(f, s, p, count - i, out, &taken));
        } else {
            taken = straight(p, count - i);
            YK_TRY(read_rows(f, s, p->sample, taken, out + p->place * bytes));
        }
    }
    return YK_OK;
}

yk_status yk_datafile_gather(yk_datafile *f, const char *name, int64_t count, const int64_t *sample, void *out)
{
    yk_status status;
    YK_H5_QUIET(status, gather(f, name, count, sample, out));
    return status;
}
