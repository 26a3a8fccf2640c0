/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: written in pieces, read back, damaged in every place, on a full disk, killed, and read by h5py. */
#include "test.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/checkpoint.h"
#include "io/datafile.h"
#include "scratch.h"
#include "tensor/digest.h"
#include "tmpfs.h"

static const char recipe[] = "seed: 7\nmodel:\n  - dense: 10  # z\xc3\xa4hlt\n";

static const yk_state state = { .step = 120,
                                .epoch = 3,
                                .seed = UINT64_MAX - 5,
                                .numerics = 1,
                                .family = "avx2",
                                .version = "yoke 0.1.0, HDF5 1.10.8",
                                .metric = "accuracy",
                                .best = 0.1,
                                .best_step = 90,
                                .plateau_seen = 7,
                                .plateau_best = -0.0, /* not all bits are 0 */
                                .plateau_factor = 0.01,
                                .stopping_seen = 7,
                                .stopping_best = 0.3,
                                .stopping_bad = 2,
                                .stopped = 1 };

/* The tensors of the tests, not in name order. Element i of tensor k is byte pattern (k + 1) * (i + 1). */
static const struct {
    const char *name;
    yk_dtype dtype;
    int64_t shape[4];
} saved[] = {
    { "params/dense_1/kernel", YK_F32, { 2, 30, 7 } },
    { "params/dense_1/bias", YK_F32, { 1, 7 } },
    { "params/block/conv2d_1/kernel", YK_F32, { 3, 3, 3, 4 } },
    { "buffers/batchnorm_1/moving_mean", YK_F32, { 1, 4 } },
    { "slots/adam/dense_1/kernel.m", YK_F32, { 2, 30, 7 } },
    { "slots/adam/dense_1/bias.m", YK_F64, { 1, 7 } },
    { "slots/sgd/count", YK_I64, { 0 } },
    { "params/empty/none", YK_F32, { 2, 0, 3 } },
    { "slots/half/x", YK_F16, { 1, 5 } },
    { "ema/dense_1/bias", YK_F32, { 1, 7 } },
};

#define MOST 256 /* elements in a tensor, at least */

static int64_t fill(int k, unsigned char *bytes)
{
    yk_shape shape = yk_shape_from(saved[k].shape);
    int64_t n = yk_shape_len(&shape) * yk_dtype_size(saved[k].dtype);
    for (int64_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)((k + 1) * (i + 1) % 59); /* no NaN: h5py gives back the same bits */
    return n;
}

static yk_status put(yk_checkpoint_writer *w, int64_t piece)
{
    unsigned char bytes[8 * MOST];
    for (int k = 0; k < LEN(saved); k++) {
        yk_shape shape = yk_shape_from(saved[k].shape);
        int64_t size = yk_dtype_size(saved[k].dtype), n = fill(k, bytes) / size;
        YK_TRY(yk_checkpoint_tensor(w, saved[k].name, saved[k].dtype, &shape));
        for (int64_t i = 0; i < n; i += piece)
            YK_TRY(yk_checkpoint_piece(w, i + piece < n ? piece : n - i, bytes + i * size));
    }
    return YK_OK;
}

static yk_status write_one(const char *path, const yk_state *s, int64_t piece, char digest[YK_SHA256_HEX])
{
    yk_checkpoint_writer *w;
    YK_TRY(yk_checkpoint_create(&w, path, recipe, s));
    yk_status status = put(w, piece);
    if (status == YK_OK)
        return yk_checkpoint_commit(&w, digest);
    yk_checkpoint_discard(&w);
    return status;
}

/* The digest by its definition. */
static void expected_digest(char hex[YK_SHA256_HEX])
{
    static unsigned char bytes[LEN(saved)][8 * MOST];
    yk_digest_entry entry[LEN(saved)];
    yk_tensor tensor[LEN(saved)];
    int n = 0;
    for (int k = 0; k < LEN(saved); k++) {
        if (strncmp(saved[k].name, "slots", 5) == 0 || strncmp(saved[k].name, "ema", 3) == 0)
            continue;
        fill(k, bytes[n]);
        tensor[n] = (yk_tensor){ saved[k].dtype, yk_shape_from(saved[k].shape), bytes[n] };
        entry[n] = (yk_digest_entry){ .name = saved[k].name, .tensor = &tensor[n] };
        yk_digest_tensor(&tensor[n], entry[n].hex);
        n++;
    }
    yk_digest_set(entry, n, hex);
}

/* Whether an open checkpoint holds exactly what put() wrote. */
static bool is_whole(yk_checkpoint *c)
{
    unsigned char want[8 * MOST], got[8 * MOST];
    const yk_state *s = yk_checkpoint_state(c);
    bool good = yk_checkpoint_count(c) == LEN(saved) && strcmp(yk_checkpoint_recipe(c), recipe) == 0 &&
                s->step == state.step && s->epoch == state.epoch && s->seed == state.seed &&
                s->numerics == state.numerics && !strcmp(s->family, state.family) &&
                !strcmp(s->version, state.version) && !strcmp(s->metric, state.metric) && s->best == state.best &&
                s->best_step == state.best_step && s->plateau_seen == state.plateau_seen && signbit(s->plateau_best) &&
                s->plateau_bad == 0 && s->plateau_cooldown == 0 && s->plateau_factor == state.plateau_factor &&
                s->stopping_seen == state.stopping_seen && s->stopping_best == state.stopping_best &&
                s->stopping_bad == state.stopping_bad && s->stopped == state.stopped;
    for (int k = 0; good && k < LEN(saved); k++) {
        yk_checkpoint_entry e;
        bool found;
        yk_shape shape = yk_shape_from(saved[k].shape);
        yk_checkpoint_find(c, saved[k].name, &e, &found);
        good = found && e.dtype == saved[k].dtype && yk_shape_equal(&e.shape, &shape);
        int64_t n = fill(k, want);
        good = good && yk_checkpoint_read(c, saved[k].name, 0, yk_shape_len(&shape), got) == YK_OK &&
               memcmp(want, got, (size_t)n) == 0;
    }
    return good;
}

static void test_round_trip(void)
{
    static const int64_t pieces[] = { 1, 3, 7, 64, 1000 };
    char want[YK_SHA256_HEX], digest[YK_SHA256_HEX];
    int64_t live = yk_mem_live();
    expected_digest(want);
    for (int i = 0; i < LEN(pieces); i++) {
        yk_checkpoint *c;
        MUST(write_one(in_scratch("a.h5"), &state, pieces[i], digest));
        MUST(yk_checkpoint_open(&c, in_scratch("a.h5")));
        if (!is_whole(c) || strcmp(digest, want) != 0 || strcmp(yk_checkpoint_digest(c), want) != 0)
            FAIL_CASE("round trip", "pieces of %lld, digest %s", (long long)pieces[i], digest);
        CU_ASSERT_STRING_EQUAL(yk_checkpoint_path(c), in_scratch("a.h5"));
        yk_checkpoint_close(&c);
        CU_ASSERT_PTR_NULL(c);
    }
    CU_ASSERT(!there(in_scratch("a.h5.tmp")));
    CU_ASSERT(yk_checkpoint_is(in_scratch("a.h5")));
    CU_ASSERT(!yk_checkpoint_is(YK_TEST_DIR "/golden/kinds.h5"));
    CU_ASSERT(!yk_checkpoint_is(in_scratch("none.h5")));
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

static void test_table_and_parts(void)
{
    yk_checkpoint *c;
    yk_checkpoint_entry e, before;
    bool found;
    float part[5];
    unsigned char all[8 * MOST];
    MUST(write_one(in_scratch("a.h5"), &state, 100, NULL));
    MUST(yk_checkpoint_open(&c, in_scratch("a.h5")));
    for (int64_t i = 1; i < yk_checkpoint_count(c); i++) {
        yk_checkpoint_at(c, i - 1, &before);
        yk_checkpoint_at(c, i, &e);
        CU_ASSERT(strcmp(before.name, e.name) < 0 && strlen(e.sha256) == 64);
    }
    yk_checkpoint_find(c, "params/dense_1/kernel", &e, &found);
    CU_ASSERT(found);
    yk_checkpoint_find(c, "params/dense_1", &e, &found);
    CU_ASSERT(!found);
    fill(0, all);
    MUST(yk_checkpoint_read(c, "params/dense_1/kernel", 205, 5, part));
    CU_ASSERT_EQUAL(memcmp(part, all + 4 * 205, sizeof part), 0);
    CU_ASSERT_EQUAL(yk_checkpoint_read(c, "params/dense_1/kernel", 206, 5, part), YK_ERR_ARG);
    CU_ASSERT_EQUAL(yk_checkpoint_read(c, "params/dense_1/none", 0, 1, part), YK_ERR_DATA);
    yk_checkpoint_close(&c);
}

static void test_state_at_its_edges(void)
{
    static const double best[] = { NAN, INFINITY, -INFINITY, -0.0, 5e-324 };
    yk_state s = { .step = INT64_MAX, .epoch = 0, .best_step = -1 };
    memset(s.family, 'x', sizeof s.family - 1);
    for (int i = 0; i < LEN(best); i++) {
        yk_checkpoint *c;
        s.best = best[i];
        MUST(write_one(in_scratch("s.h5"), &s, 50, NULL));
        MUST(yk_checkpoint_open(&c, in_scratch("s.h5")));
        const yk_state *back = yk_checkpoint_state(c);
        CU_ASSERT(memcmp(&back->best, &best[i], 8) == 0 && back->step == INT64_MAX && back->best_step == -1);
        CU_ASSERT(strlen(back->family) == sizeof s.family - 1 && back->metric[0] == '\0');
        yk_checkpoint_close(&c);
    }
}

static void test_same_bytes(void)
{
    long a = 0, b = 0;
    MUST(write_one(in_scratch("one.h5"), &state, 3, NULL));
    sleep(1);
    MUST(write_one(in_scratch("two.h5"), &state, 1000, NULL));
    char *one = slurp(in_scratch("one.h5"), &a), *two = slurp(in_scratch("two.h5"), &b);
    CU_ASSERT(a == b && memcmp(one, two, (size_t)a) == 0);
    free(one);
    free(two);
}

/* Every byte with one bit turned is seen. */
static void test_every_flipped_bit(void)
{
    long bytes = 0;
    MUST(write_one(in_scratch("a.h5"), &state, 100, NULL));
    char *whole = slurp(in_scratch("a.h5"), &bytes);
    for (long i = 0; i < bytes; i++) {
        yk_checkpoint *c;
        whole[i] = (char)(whole[i] ^ (1 << i % 8));
        spit(in_scratch("damaged.h5"), whole, bytes);
        whole[i] = (char)(whole[i] ^ (1 << i % 8));
        yk_status got = yk_checkpoint_open(&c, in_scratch("damaged.h5"));
        if (got != YK_ERR_DATA || c || !strstr(yk_error_text(), "damaged.h5: "))
            FAIL_CASE("flipped bit", "byte %ld of %ld: %s: %s", i, bytes, yk_status_name(got), yk_error_text());
        yk_checkpoint_close(&c);
    }
    free(whole);
}

static void test_damage_is_named(void)
{
    long bytes = 0;
    unsigned char want[8 * MOST];
    MUST(write_one(in_scratch("a.h5"), &state, 100, NULL));
    char *whole = slurp(in_scratch("a.h5"), &bytes);
    for (int k = 0; k < LEN(saved); k++) {
        int64_t n = fill(k, want);
        long at = 0;
        while (n && at + n <= bytes && memcmp(whole + at, want, (size_t)n) != 0)
            at++;
        if (n < 16)
            continue;
        whole[at + n - 1] ^= 1;
        spit(in_scratch("damaged.h5"), whole, bytes);
        whole[at + n - 1] ^= 1;
        yk_checkpoint *c;
        yk_status got = yk_checkpoint_open(&c, in_scratch("damaged.h5"));
        if (got != YK_ERR_DATA || !strstr(yk_error_text(), "damaged.h5: damaged: the bytes of ") ||
            !strstr(yk_error_text(), saved[k].name))
            FAIL_CASE(saved[k].name, "%s: %s", yk_status_name(got), yk_error_text());
    }
    free(whole);
}

static void test_every_length(void)
{
    long bytes = 0;
    MUST(write_one(in_scratch("a.h5"), &state, 100, NULL));
    char *whole = slurp(in_scratch("a.h5"), &bytes);
    for (long n = 0; n < bytes; n += n < bytes - 20 ? 97 : 1) {
        yk_checkpoint *c;
        spit(in_scratch("damaged.h5"), whole, n);
        yk_status got = yk_checkpoint_open(&c, in_scratch("damaged.h5"));
        if (got != YK_ERR_DATA || c || !strstr(yk_error_text(), "damaged.h5: "))
            FAIL_CASE("truncated", "%ld of %ld: %s: %s", n, bytes, yk_status_name(got), yk_error_text());
    }
    free(whole);
}

static void test_refusals(void)
{
    static const struct {
        const char *path;
        yk_status want;
        const char *text;
    } cases[] = {
        { "/nowhere/c.h5", YK_ERR_IO, "/nowhere/c.h5: no such file" },
        { YK_TEST_DIR, YK_ERR_IO, "is a folder" },
        { YK_TEST_DIR "/golden/kinds.h5", YK_ERR_DATA, "kinds.h5: not a checkpoint" },
        { YK_TEST_DIR "/golden/make_h5.py", YK_ERR_DATA, "make_h5.py: not an HDF5 file" },
    };
    yk_checkpoint *c;
    for (int i = 0; i < LEN(cases); i++) {
        yk_status got = yk_checkpoint_open(&c, cases[i].path);
        if (got != cases[i].want || c || !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].path, "%s: %s", yk_status_name(got), yk_error_text());
    }
    yk_checkpoint_writer *w;
    float x[4] = { 0 };
    yk_shape four = yk_shape_of(1, 4);
    CU_ASSERT_EQUAL(yk_checkpoint_create(&w, "/nowhere/c.h5", recipe, &state), YK_ERR_IO);
    CU_ASSERT_PTR_NULL(w);
    MUST(yk_checkpoint_create(&w, in_scratch("w.h5"), recipe, &state));
    MUST(yk_checkpoint_tensor(w, "params/a/b", YK_F32, &four));
    CU_ASSERT_EQUAL(yk_checkpoint_tensor(w, "params/a/c", YK_F32, &four), YK_ERR_INTERNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "params/a/b still needs 4 elements"));
    CU_ASSERT_EQUAL(yk_checkpoint_piece(w, 5, x), YK_ERR_INTERNAL);
    MUST(yk_checkpoint_piece(w, 4, x));
    CU_ASSERT_EQUAL(yk_checkpoint_tensor(w, "params/a/b", YK_F32, &four), YK_ERR_IO); /* twice the same name */
    yk_checkpoint_discard(&w);
    MUST(yk_checkpoint_create(&w, in_scratch("w.h5"), recipe, &state));
    MUST(yk_checkpoint_tensor(w, "params/a/b", YK_F32, &four));
    CU_ASSERT_EQUAL(yk_checkpoint_commit(&w, NULL), YK_ERR_INTERNAL);
    CU_ASSERT_PTR_NULL(w);
    CU_ASSERT(!there(in_scratch("w.h5")) && !there(in_scratch("w.h5.tmp")));
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live(), n = 1;
    yk_checkpoint *c;
    for (;; n++) {
        yk_mem_fail_at(n);
        yk_status got = write_one(in_scratch("n.h5"), &state, 1000, NULL);
        if (got == YK_OK) {
            got = yk_checkpoint_open(&c, in_scratch("n.h5"));
            yk_checkpoint_close(&c);
        }
        yk_mem_fail_at(0);
        CU_ASSERT(yk_mem_live() == live && !there(in_scratch("n.h5.tmp")));
        if (got == YK_OK)
            break;
        CU_ASSERT_EQUAL(got, YK_ERR_NOMEM);
    }
    CU_ASSERT(n > 50);
}

static int in_child(const char *path, int (*run)(const char *))
{
    int how;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int code = run(path);
        fflush(stdout);
        _exit(code);
    }
    return waitpid(child, &how, 0) == child && WIFEXITED(how) ? WEXITSTATUS(how) : 100 + WTERMSIG(how);
}

/* One tensor of 300 KB on a disk of 512 KB where more and more is free: never a crash, at exit neither. */
static int full_disk(const char *path)
{
    char filler[4 * PATH], tmp[4 * PATH];
    static char page[4096], large[300 << 10];
    yk_shape shape = yk_shape_of(1, sizeof large);
    int failed = 0;
    snprintf(filler, sizeof filler, "%s.filler", path);
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    if (write_one(path, &state, 50, NULL) != YK_OK)
        return 1;
    for (long spare = 0; spare < 512 << 10; spare += 8192) {
        FILE *f = fopen(filler, "wb");
        for (long i = 0; i < (480 << 10) - spare && fwrite(page, 1, sizeof page, f) == sizeof page && !fflush(f);)
            i += (long)sizeof page;
        fclose(f);
        yk_checkpoint_writer *w;
        yk_status got = yk_checkpoint_create(&w, path, recipe, &state);
        if (got == YK_OK)
            got = yk_checkpoint_tensor(w, "params/large/x", YK_U8, &shape);
        if (got == YK_OK)
            got = yk_checkpoint_piece(w, (int64_t)sizeof large, large);
        if (got == YK_OK)
            got = yk_checkpoint_commit(&w, NULL);
        else
            yk_checkpoint_discard(&w);
        unlink(filler);
        if (there(tmp))
            return 2;
        if (got == YK_OK)
            break;
        if (got != YK_ERR_IO || !strstr(yk_error_text(), "no space left"))
            return 3;
        yk_checkpoint *c;
        if (yk_checkpoint_open(&c, path) != YK_OK || !is_whole(c))
            return 4;
        yk_checkpoint_close(&c);
        failed++;
    }
    exit(failed > 10 ? 0 : 5); /* through HDF5's own end */
}

static void test_full_disk(void)
{
    char path[3 * PATH];
    if (!tmpfs_mount(in_scratch("disk"), 512))
        return;
    snprintf(path, sizeof path, "%s/c.h5", in_scratch("disk"));
    CU_ASSERT_EQUAL(in_child(path, full_disk), 0);
    CU_ASSERT_EQUAL(umount(in_scratch("disk")), 0);
}

static int writing_forever(const char *path)
{
    yk_state s = state;
    while (write_one(path, &s, 1000, NULL) == YK_OK)
        s.step++;
    return 1;
}

static void test_killed(void)
{
    MUST(write_one(in_scratch("k.h5"), &state, 100, NULL));
    for (int i = 0; i < 20; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(writing_forever(in_scratch("k.h5")));
        usleep((useconds_t)(3000 + 1700 * i));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        yk_checkpoint *c;
        MUST(yk_checkpoint_open(&c, in_scratch("k.h5")));
        yk_checkpoint_close(&c);
    }
    MUST(write_one(in_scratch("k.h5"), &state, 100, NULL)); /* over what the last one left */
    CU_ASSERT(!there(in_scratch("k.h5.tmp")));
}

/* Runs a script beside this test; its first line of output goes to `line`. */
static int python(const char *script, const char *from, const char *to, char *line, int size)
{
    char command[8 * PATH];
    snprintf(command, sizeof command, "python3 '%s/io/%s' '%s' %s", YK_TEST_DIR, script, from, to);
    FILE *pipe = popen(command, "r");
    if (!pipe || !fgets(line, size, pipe))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return pipe ? pclose(pipe) : -1;
}

/* h5py reads ours without us, and we read what h5py writes. */
static void test_h5py(void)
{
    char digest[YK_SHA256_HEX], line[YK_SHA256_HEX + 1];
    yk_checkpoint *c;
    if (system("python3 -c 'import h5py' 2>/dev/null") != 0) {
        printf("\n  NOT TESTED: reading by h5py: python3 has no h5py (pip install h5py)\n");
        return;
    }
    MUST(write_one(in_scratch("p.h5"), &state, 100, digest));
    CU_ASSERT_EQUAL(python("read_checkpoint.py", in_scratch("p.h5"), "", line, sizeof line), 0);
    CU_ASSERT_STRING_EQUAL(line, digest);
    CU_ASSERT_EQUAL(python("copy_checkpoint.py", in_scratch("p.h5"), in_scratch("q.h5"), line, sizeof line), 0);
    MUST(yk_checkpoint_open(&c, in_scratch("q.h5")));
    CU_ASSERT(is_whole(c));
    yk_checkpoint_close(&c);
}

int main(void)
{
    static const yk_test tests[] = {
        { "round trip", test_round_trip },
        { "table and parts", test_table_and_parts },
        { "state at its edges", test_state_at_its_edges },
        { "same bytes", test_same_bytes },
        { "every flipped bit", test_every_flipped_bit },
        { "damage is named", test_damage_is_named },
        { "every length", test_every_length },
        { "refusals", test_refusals },
        { "allocation failures", test_no_memory },
        { "full disk", test_full_disk },
        { "killed writer", test_killed },
        { "read by h5py", test_h5py },
        { NULL, NULL },
    };
    scratch_begin();
    int status = yk_test_main("io/checkpoint", tests);
    scratch_end();
    return status;
}
