/* SPDX-License-Identifier: Apache-2.0 */
/* Writing splits: what is there survives, whatever happens. */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/datafile.h"
#include "scratch.h"
#include "tmpfs.h"

#define N 5

/* Fields x (n, 2, 3) of bytes and y (n) of int64 into the current split. */
static yk_status put(yk_datawriter *w, int64_t n, int start)
{
    static uint8_t x[6 * 100];
    static int64_t y[100];
    static const char *const names[] = { "cat", "d\xc3\xb6g" };
    static const double mean[] = { 0.5, 0.25 };
    for (int64_t i = 0; i < n; i++) {
        y[i] = start + i;
        for (int j = 0; j < 6; j++)
            x[6 * i + j] = (uint8_t)(start + i + j);
    }
    yk_tensor tx = { YK_U8, yk_shape_of(3, n, 2, 3), NULL }, ty = { YK_I64, yk_shape_of(1, n), y };
    YK_TRY(yk_datawriter_field(w, "x", &tx));
    YK_TRY(yk_datawriter_rows(w, "x", n / 2, n - n / 2, x + 6 * (n / 2)));
    YK_TRY(yk_datawriter_rows(w, "x", 0, n / 2, x));
    YK_TRY(yk_datawriter_field(w, "y", &ty));
    YK_TRY(yk_datawriter_classes(w, "y", 2, names));
    YK_TRY(yk_datawriter_reals(w, "x", "mean", 2, mean));
    return YK_OK;
}

static yk_status write_split(const char *spec, bool replace, int64_t n, int start)
{
    yk_datawriter *w;
    YK_TRY(yk_datawriter_create(&w, spec, replace));
    yk_status status = put(w, n, start);
    if (status == YK_OK)
        return yk_datawriter_commit(&w);
    yk_datawriter_discard(&w);
    return status;
}

/* Writes a split of `megabytes` of zeros. */
static yk_status write_large(const char *spec, bool replace, int megabytes)
{
    static char row[1 << 20];
    yk_datawriter *w;
    yk_tensor x = { YK_U8, yk_shape_of(2, megabytes, sizeof row), NULL };
    YK_TRY(yk_datawriter_create(&w, spec, replace));
    yk_status status = yk_datawriter_field(w, "x", &x);
    for (int64_t i = 0; i < megabytes && status == YK_OK; i++)
        status = yk_datawriter_rows(w, "x", i, 1, row);
    if (status == YK_OK)
        return yk_datawriter_commit(&w);
    yk_datawriter_discard(&w);
    return status;
}

/* The split holds what put() wrote. */
static void expect(const char *label, const char *spec, int64_t n, int start)
{
    yk_datafile *f;
    uint8_t x[600];
    int64_t y[100], n_name, n_mean;
    char *names;
    double *mean;
    if (yk_datafile_open(&f, spec) != YK_OK) {
        FAIL_CASE(label, "%s", yk_error_text());
        return;
    }
    yk_field field;
    MUST(yk_datafile_field(f, "x", &field));
    bool good = field.shape.dim[0] == n && field.shape.ndim == 3 && field.dtype == YK_U8;
    MUST(yk_datafile_read(f, "x", 0, good ? n : 0, x));
    MUST(yk_datafile_read(f, "y", 0, good ? n : 0, y));
    for (int64_t i = 0; good && i < n; i++)
        good = y[i] == start + i && x[6 * i + 5] == (uint8_t)(start + i + 5);
    MUST(yk_datafile_classes(f, "y", &names, &n_name));
    MUST(yk_datafile_reals(f, "x", "mean", &mean, &n_mean));
    good = good && n_name == 2 && memcmp(names, "cat\0d\xc3\xb6g", 9) == 0 && n_mean == 2 && mean[1] == 0.25;
    if (!good)
        FAIL_CASE(label, "%s holds something else", spec);
    yk_free(names);
    yk_free(mean);
    yk_datafile_close(&f);
}

/* scratch/NAME:/GROUP */
static const char *spec_of(const char *name, const char *group)
{
    static char text[4][2 * PATH];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%s:%s", in_scratch(name), group);
    return text[next];
}

static int leftovers(void)
{
    int n = 0;
    DIR *d = opendir(scratch);
    for (struct dirent *e; (e = readdir(d));)
        n += strstr(e->d_name, ".tmp") != NULL;
    closedir(d);
    return n;
}

static void test_write_and_add(void)
{
    MUST(write_split(spec_of("a.h5", "/train"), false, N, 10));
    expect("new file", spec_of("a.h5", "/train"), N, 10);
    MUST(write_split(spec_of("a.h5", "/deep/er/test"), false, 3, 20));
    expect("kept", spec_of("a.h5", "/train"), N, 10);
    expect("added", spec_of("a.h5", "/deep/er/test"), 3, 20);
    CU_ASSERT_EQUAL(write_split(spec_of("a.h5", "/train"), false, 4, 30), YK_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "a.h5: /train holds fields already"));
    expect("not replaced", spec_of("a.h5", "/train"), N, 10);
    MUST(write_split(spec_of("a.h5", "/train"), true, 4, 30));
    expect("replaced", spec_of("a.h5", "/train"), 4, 30);
    expect("beside a replaced one", spec_of("a.h5", "/deep/er/test"), 3, 20);
    MUST(write_split(in_scratch("a.h5"), false, 2, 40));
    expect("root", in_scratch("a.h5"), 2, 40);
    MUST(write_split(in_scratch("a.h5"), true, 0, 50));
    expect("below a replaced root", spec_of("a.h5", "/train"), 4, 30);
    CU_ASSERT_EQUAL(write_split(spec_of("a.h5", "/x"), true, 2, 40), YK_ERR_IO); /* a field, no group */
    CU_ASSERT_EQUAL(leftovers(), 0);
}

/* What a split gives up is used again: replacing one does not make the file grow by its size. */
static void test_replaced_space(void)
{
    struct stat before, after;
    MUST(write_large(spec_of("r.h5", "/train"), false, 3));
    stat(in_scratch("r.h5"), &before);
    for (int i = 3; i > 0; i--)
        MUST(write_large(spec_of("r.h5", "/train"), true, i));
    stat(in_scratch("r.h5"), &after);
    CU_ASSERT(after.st_size < before.st_size + 20000);
}

static void test_two_splits_in_one_commit(void)
{
    yk_datawriter *w;
    MUST(write_split(spec_of("s.h5", "/train"), false, 10, 0));
    yk_datafile *old; /* a reader of the file keeps what it opened */
    int64_t y[10];
    MUST(yk_datafile_open(&old, spec_of("s.h5", "/train")));
    MUST(yk_datawriter_create(&w, spec_of("s.h5", "/train"), true));
    MUST(put(w, 7, 0));
    MUST(yk_datawriter_group(w, "/dev", false));
    MUST(put(w, 3, 7));
    CU_ASSERT_EQUAL(yk_datawriter_group(w, "train", false), YK_ERR_DATA);
    MUST(yk_datawriter_group(w, "test/", false));
    MUST(put(w, 1, 70));
    expect("before the commit", spec_of("s.h5", "/train"), 10, 0);
    MUST(yk_datawriter_commit(&w));
    CU_ASSERT_PTR_NULL(w);
    expect("train", spec_of("s.h5", "/train"), 7, 0);
    expect("dev", spec_of("s.h5", "/dev"), 3, 7);
    expect("test", spec_of("s.h5", "/test"), 1, 70);
    MUST(yk_datafile_read(old, "y", 0, 10, y));
    CU_ASSERT_EQUAL(y[9], 9);
    yk_datafile_close(&old);
}

static void test_every_type(void)
{
    yk_datawriter *w;
    yk_datafile *f;
    unsigned char data[8 * 6], back[8 * 6];
    for (int i = 0; i < (int)sizeof data; i++)
        data[i] = (unsigned char)(i * 5 + 1);
    MUST(yk_datawriter_create(&w, in_scratch("types.h5"), false));
    for (yk_dtype t = YK_F32; t < YK_DTYPE_COUNT; t++) {
        yk_tensor x = { t, yk_shape_of(2, 2, 3), data };
        MUST(yk_datawriter_field(w, yk_dtype_name(t), &x));
    }
    MUST(yk_datawriter_commit(&w));
    MUST(yk_datafile_open(&f, in_scratch("types.h5")));
    for (yk_dtype t = YK_F32; t < YK_DTYPE_COUNT; t++) {
        yk_field field;
        MUST(yk_datafile_field(f, yk_dtype_name(t), &field));
        memset(back, 0, sizeof back);
        MUST(yk_datafile_read(f, field.name, 0, 2, back));
        if (field.dtype != t || memcmp(back, data, (size_t)(6 * yk_dtype_size(t))) != 0)
            FAIL_CASE(yk_dtype_name(t), "came back as %s", yk_dtype_name(field.dtype));
    }
    yk_datafile_close(&f);
}

static void test_mistakes(void)
{
    yk_datawriter *w;
    int64_t y[2] = { 1, 2 };
    yk_tensor t = { YK_I64, yk_shape_of(1, 2), y }, none = { YK_I64, yk_shape_of(1, 2), NULL };
    yk_tensor scalar = { YK_I64, yk_shape_of(0), y };
    MUST(yk_datawriter_create(&w, in_scratch("m.h5"), false));
    MUST(yk_datawriter_field(w, "a", &t));
    CU_ASSERT_EQUAL(yk_datawriter_field(w, "a", &t), YK_ERR_DATA);
    CU_ASSERT_EQUAL(yk_datawriter_field(w, "s", &scalar), YK_ERR_SHAPE);
    MUST(yk_datawriter_field(w, "b", &none));
    CU_ASSERT_EQUAL(yk_datawriter_rows(w, "b", 1, 2, y), YK_ERR_INTERNAL);
    CU_ASSERT_EQUAL(yk_datawriter_rows(w, "c", 0, 1, y), YK_ERR_INTERNAL);
    MUST(yk_datawriter_rows(w, "b", 0, 1, y));
    CU_ASSERT_EQUAL(yk_datawriter_commit(&w), YK_ERR_INTERNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "/b: 1 of 2 samples were written"));
    CU_ASSERT(!there(in_scratch("m.h5")));
    yk_datawriter_discard(&w);
    CU_ASSERT_EQUAL(yk_datawriter_create(&w, "/nowhere/m.h5", false), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "/nowhere/m.h5.tmp: no such file or folder"));
    spit(in_scratch("text.h5"), "hello\n", 6);
    CU_ASSERT_EQUAL(yk_datawriter_create(&w, in_scratch("text.h5"), true), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "text.h5: not an HDF5 file"));
    CU_ASSERT_PTR_NULL(w);
    CU_ASSERT_EQUAL(leftovers(), 0);
}

/* One writer at a time; what a dead one left is overwritten; permissions and links stay. */
static void test_beside(void)
{
    yk_datawriter *a, *b;
    struct stat s;
    MUST(yk_datawriter_create(&a, in_scratch("l.h5"), false));
    CU_ASSERT_EQUAL(yk_datawriter_create(&b, in_scratch("l.h5"), false), YK_ERR_LOCKED);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "l.h5: another process is writing it"));
    CU_ASSERT(there(in_scratch("l.h5.tmp")));
    MUST(put(a, 2, 0));
    yk_datawriter_discard(&a);
    CU_ASSERT(!there(in_scratch("l.h5.tmp")));

    spit(in_scratch("l.h5.tmp"), "left by a dead process", 22);
    MUST(write_split(in_scratch("l.h5"), false, 2, 0));
    expect("after a stale one", in_scratch("l.h5"), 2, 0);

    chmod(in_scratch("l.h5"), 0640);
    CU_ASSERT_EQUAL_FATAL(symlink("l.h5", in_scratch("link.h5")), 0);
    MUST(write_split(in_scratch("link.h5"), true, 3, 5));
    expect("through a link", in_scratch("l.h5"), 3, 5);
    CU_ASSERT(lstat(in_scratch("link.h5"), &s) == 0 && S_ISLNK(s.st_mode));
    CU_ASSERT(stat(in_scratch("l.h5"), &s) == 0 && (s.st_mode & 0777) == 0640);
    CU_ASSERT_EQUAL(leftovers(), 0);
}

/* The same contents are the same bytes: no times, no addresses in the file. */
static void test_same_bytes(void)
{
    long a = 0, b = 0;
    MUST(write_split(spec_of("one.h5", "/train"), false, 9, 1));
    sleep(1);
    MUST(write_split(spec_of("two.h5", "/train"), false, 9, 1));
    char *one = slurp(in_scratch("one.h5"), &a), *two = slurp(in_scratch("two.h5"), &b);
    CU_ASSERT(a == b && memcmp(one, two, (size_t)a) == 0);
    free(one);
    free(two);
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live(), n = 1;
    MUST(write_split(spec_of("n.h5", "/train"), false, N, 10));
    for (;; n++) {
        yk_mem_fail_at(n);
        yk_status got = write_split(spec_of("n.h5", "/dev"), false, 3, 0);
        yk_mem_fail_at(0);
        CU_ASSERT_EQUAL(yk_mem_live(), live);
        CU_ASSERT_EQUAL(leftovers(), 0);
        if (got == YK_OK)
            break;
        CU_ASSERT_EQUAL(got, YK_ERR_NOMEM);
    }
    CU_ASSERT(n > 10);
    expect("in the end", spec_of("n.h5", "/dev"), 3, 0);
}

/* In a process of its own, so that HDF5's end at exit is seen too: its exit status is what is left of a mistake. */
static int in_child(int (*run)(void))
{
    int state;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        exit(run());
    return waitpid(child, &state, 0) == child && WIFEXITED(state) ? WEXITSTATUS(state) : 99;
}

static int full_disk(void)
{
    char path[2 * PATH], spec[2 * PATH + 32], filler[2 * PATH];
    snprintf(path, sizeof path, "%s/disk/d.h5", scratch);
    snprintf(spec, sizeof spec, "%s:/train", path);
    snprintf(filler, sizeof filler, "%s/disk/filler", scratch);
    if (write_split(spec, false, N, 10) != YK_OK || write_large(path, false, 50) != YK_ERR_IO)
        return 1;
    if (!strstr(yk_error_text(), "d.h5.tmp: no space left"))
        return 2;
    /* every amount of free space, from none at all: no crash, nothing lost, nothing left */
    for (long fill = 0; fill < 1 << 20; fill += 4096) {
        FILE *f = fopen(filler, "wb");
        static char page[4096];
        long written = 0;
        while (written < (1 << 20) - fill && fwrite(page, 1, sizeof page, f) == sizeof page && fflush(f) == 0)
            written += (long)sizeof page;
        fclose(f);
        snprintf(spec, sizeof spec, "%s:/more%ld", path, fill);
        yk_status got = write_split(spec, false, 50, 0);
        unlink(filler);
        if (got != YK_OK && got != YK_ERR_IO)
            return 3;
        if (got == YK_ERR_IO && !strstr(yk_error_text(), "no space left"))
            return 4;
        strcat(path, ".tmp");
        if (there(path))
            return 5;
        path[strlen(path) - 4] = '\0';
        if (got == YK_OK && fill > 0)
            break;
    }
    snprintf(spec, sizeof spec, "%s:/train", path);
    expect("after a full disk", spec, N, 10);
    return CU_get_number_of_failures() ? 6 : 0;
}

static void test_full_disk(void)
{
    if (!tmpfs_mount(in_scratch("disk"), 1024))
        return;
    CU_ASSERT_EQUAL(in_child(full_disk), 0);
    CU_ASSERT_EQUAL(umount(in_scratch("disk")), 0);
}

/* The same without root: the system refuses files beyond a size. */
static int limited(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || write_large(in_scratch("big.h5"), false, 2) != YK_ERR_IO)
        return 1;
    if (!strstr(yk_error_text(), "no space left") || there(in_scratch("big.h5")) || there(in_scratch("big.h5.tmp")))
        return 2;
    return 0;
}

static void test_size_limit(void)
{
    CU_ASSERT_EQUAL(in_child(limited), 0);
}

static int writing_forever(void)
{
    for (int i = 0;; i++)
        if (write_split(spec_of("k.h5", "/train"), true, 100, i) != YK_OK)
            return 1;
}

/* Whenever the writer is killed, the file is whole. */
static void test_killed(void)
{
    MUST(write_split(spec_of("k.h5", "/train"), false, 100, 0));
    for (int i = 0; i < 20; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(writing_forever());
        usleep((useconds_t)(3000 + 1700 * i));
        kill(child, SIGKILL);
        int state;
        waitpid(child, &state, 0);
        CU_ASSERT(WIFSIGNALED(state));
        yk_datafile *f;
        int64_t y[100];
        MUST(yk_datafile_open(&f, spec_of("k.h5", "/train")));
        MUST(yk_datafile_read(f, "y", 0, 100, y));
        CU_ASSERT(y[99] == y[0] + 99);
        yk_datafile_close(&f);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "writing and adding", test_write_and_add },
        { "space of a replaced split", test_replaced_space },
        { "two splits in one commit", test_two_splits_in_one_commit },
        { "every type", test_every_type },
        { "mistakes", test_mistakes },
        { "written beside", test_beside },
        { "same bytes", test_same_bytes },
        { "allocation failures", test_no_memory },
        { "full disk", test_full_disk },
        { "limit of sizes", test_size_limit },
        { "killed writer", test_killed },
        { NULL, NULL },
    };
    scratch_begin();
    int status = yk_test_main("io/datawriter", tests);
    scratch_end();
    return status;
}
