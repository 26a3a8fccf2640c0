/* SPDX-License-Identifier: Apache-2.0 */
/* Reading samples. A field that lies in one piece is read with preadv: consecutive samples in one call, each to its
 * place, which also notices the end of a file that was cut short after it was opened (H5Dread gives zeros then). Other
 * fields (chunks, foreign byte orders) go through HDF5, samples in ascending order, so that a chunk is unpacked once.
 */
#include "io/datafile_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/patience.h"
#include "io/raw.h"

#define PIECES 256 /* of memory in one preadv */

static int64_t sample_bytes(const yk_column *c)
{
    return yk_shape_len_from(&c->shape, 1) * yk_dtype_size(c->dtype);
}

static yk_status try_rows(yk_datafile *f, int64_t p, int64_t k, int64_t first, int64_t count, void *out)
{
    struct stat now;
    char reason[YK_H5_REASON] = "not numbers any more";
    yk_h5_dataset *set;
    bool usable;
    const yk_part *part = &f->part[p];
    yk_patience_note(0);
    YK_TRY(yk_part_set(f, p, k, &set, &usable));
    const bool good = usable && yk_h5_dataset_read(set, first, count, out, reason) >= 0;
    YK_CHECK(fstat(part->file.fd, &now) == 0 && now.st_size >= part->file.bytes, YK_ERR_IO,
             "%s: truncated: the file had %" PRId64 " bytes when it was opened and has %" PRId64, part->spec,
             part->file.bytes, (int64_t)now.st_size);
    YK_CHECK(good, YK_ERR_IO, "%s: field \"%s\", samples %" PRId64 " to %" PRId64 ": %s", part->spec,
             f->column[k]->name, first, first + count - 1, reason);
    return YK_OK;
}

/* After a failure that may pass: waits, and lets the files be opened anew, since a descriptor of a server that
 * restarted serves no more. */
static bool again(yk_datafile *f, int64_t p, yk_patience *wait, yk_status status)
{
    if (!yk_patience_wait(wait, status, f->part[p].spec))
        return false;
    yk_parts_close(f);
    return true;
}

/* Rows [first, first + count) of a part through HDF5. */
static yk_status read_rows(yk_datafile *f, int64_t p, int64_t k, int64_t first, int64_t count, void *out)
{
    yk_patience wait = { 0 };
    yk_status status = try_rows(f, p, k, first, count, out);
    while (again(f, p, &wait, status))
        status = try_rows(f, p, k, first, count, out);
    return status;
}

/* `pieces` stay as they are. */
static yk_status try_raw(yk_datafile *f, int64_t p, const yk_column *c, const struct iovec *pieces, int n,
                         int64_t first)
{
    char what[YK_H5_NAME + 16];
    struct iovec left[PIECES];
    snprintf(what, sizeof what, "field \"%s\"", c->name);
    memcpy(left, pieces, (size_t)n * sizeof *pieces);
    yk_patience_note(0);
    YK_TRY(yk_part_use(f, p));
    return yk_raw_read(f->part[p].file.fd, f->part[p].spec, what, left, n, c->offset[p] + first * sample_bytes(c));
}

static yk_status read_raw(yk_datafile *f, int64_t p, const yk_column *c, const struct iovec *pieces, int n,
                          int64_t first)
{
    yk_patience wait = { 0 };
    yk_status status = try_raw(f, p, c, pieces, n, first);
    while (again(f, p, &wait, status))
        status = try_raw(f, p, c, pieces, n, first);
    return status;
}

/* The number of a column: yk_datafile_find() gives itself. */
static int64_t number_of(const yk_datafile *f, const yk_column *c)
{
    int64_t k = 0;
    while (f->column[k] != c)
        k++;
    return k;
}

static yk_status read_range(yk_datafile *f, const char *name, int64_t first, int64_t count, char *out)
{
    yk_column *c;
    YK_TRY(yk_datafile_find(f, name, &c));
    const int64_t there = c->shape.dim[0], bytes = sample_bytes(c), k = number_of(f, c), last = first + count;
    YK_CHECK(first >= 0 && count >= 0 && first <= there - count, YK_ERR_ARG,
             "%s: field \"%s\" has %" PRId64 " samples; %" PRId64 " from %" PRId64 " on are not there", f->spec, name,
             there, count, first);
    for (int64_t p = 0; bytes > 0 && p < f->n_part; p++) {
        const int64_t from = yk_max(first, c->first[p]), n = yk_min(last, c->first[p + 1]) - from;
        char *to = out + (from - first) * bytes;
        struct iovec whole = { to, (size_t)(n * bytes) };
        if (n <= 0)
            continue;
        if (c->offset[p] >= 0)
            YK_TRY(read_raw(f, p, c, &whole, 1, from - c->first[p]));
        else
            YK_TRY(read_rows(f, p, k, from - c->first[p], n, to));
    }
    return YK_OK;
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
static yk_status plan(yk_datafile *f, const yk_column *c, int64_t count, const int64_t *sample)
{
    if (count > f->n_pick) {
        YK_TRY(yk_realloc(&f->pick, count, sizeof *f->pick));
        f->n_pick = count;
    }
    bool sorted = true;
    for (int64_t i = 0; i < count; i++) {
        YK_CHECK(sample[i] >= 0 && sample[i] < c->shape.dim[0], YK_ERR_ARG,
                 "%s: field \"%s\" has %" PRId64 " samples; there is no sample %" PRId64, f->spec, c->name,
                 c->shape.dim[0], sample[i]);
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

/* The longest range of samples from pick[0] on in one preadv; *taken is the number of picks in it. */
static yk_status read_run(yk_datafile *f, int64_t p, const yk_column *c, const yk_pick *pick, int64_t n, char *out,
                          int64_t *taken)
{
    struct iovec pieces[PIECES];
    int64_t bytes = sample_bytes(c), i = 0;
    int used = 0;
    while (i < n && used < PIECES && pick[i].sample == pick[0].sample + i) {
        int64_t k = straight(pick + i, n - i);
        pieces[used++] = (struct iovec){ out + pick[i].place * bytes, (size_t)(k * bytes) };
        i += k;
    }
    *taken = i;
    return read_raw(f, p, c, pieces, used, pick[0].sample - c->first[p]);
}

/* n picks of one part, ascending. */
static yk_status gather_part(yk_datafile *f, int64_t p, int64_t k, const yk_pick *pick, int64_t n, char *out)
{
    const yk_column *c = f->column[k];
    const int64_t bytes = sample_bytes(c);
    for (int64_t i = 0, taken; i < n; i += taken) {
        if (c->offset[p] >= 0) {
            YK_TRY(read_run(f, p, c, pick + i, n - i, out, &taken));
        } else {
            taken = straight(pick + i, n - i);
            YK_TRY(read_rows(f, p, k, pick[i].sample - c->first[p], taken, out + pick[i].place * bytes));
        }
    }
    return YK_OK;
}

static yk_status gather(yk_datafile *f, const char *name, int64_t count, const int64_t *sample, char *out)
{
    yk_column *c;
    YK_TRY(yk_datafile_find(f, name, &c));
    YK_TRY(plan(f, c, count, sample));
    const int64_t k = number_of(f, c);
    for (int64_t i = 0, n; sample_bytes(c) > 0 && i < count; i += n) {
        const int64_t p = yk_column_part(f, c, f->pick[i].sample);
        n = 1;
        while (i + n < count && f->pick[i + n].sample < c->first[p + 1])
            n++;
        YK_TRY(gather_part(f, p, k, f->pick + i, n, out));
    }
    return YK_OK;
}

yk_status yk_datafile_gather(yk_datafile *f, const char *name, int64_t count, const int64_t *sample, void *out)
{
    yk_status status;
    YK_H5_QUIET(status, gather(f, name, count, sample, out));
    return status;
}
