/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint that is written while training goes on is the one of the moment when it was begun: the same file as one
 * that is written at once, and as one for whose copy there is no memory. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/checkpoint.h"
#include "test.h"
#include "train/bench.h"
#include "train/saver.h"

static char folder[] = "/tmp/yoke-saver.XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_recipe(void)
{
    FILE *file = fopen(in_folder("net.yaml"), "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs("seed: 3\ninput: {x: [600]}\nmodel:\n  - dense: {units: 2000, activation: relu}\n  - batchnorm\n"
          "  - dense: 10\nloss: softmax_cross_entropy\noptimizer: {adam: {lr: 1e-3}}\nema: {decay: 0.9}\n"
          "train: {steps: 10, batch: 8, micro_batch: 4}\n",
          file);
    fclose(file);
}

/* What a checkpoint says of itself: the digest, and that of each tensor. */
static void describe(const char *name, char out[8192])
{
    yk_checkpoint *c;
    MUST(yk_checkpoint_open(&c, in_folder(name)));
    int n = snprintf(out, 8192, "%s", yk_checkpoint_digest(c));
    for (int64_t i = 0; i < yk_checkpoint_count(c); i++) {
        yk_checkpoint_entry e;
        yk_checkpoint_at(c, i, &e);
        n += snprintf(out + n, 8192 - (size_t)n, "\n%s %s", e.name, e.sha256);
    }
    yk_checkpoint_close(&c);
}

static void test_three_ways(void)
{
    static char at_once[8192], meanwhile[8192], no_room[8192];
    yk_comm *comm;
    yk_recipe *recipe;
    yk_io_thread *io;
    yk_bench bench;
    yk_saver *saver;
    yk_step_result result;
    char digest[YK_SHA256_HEX], told[YK_SHA256_HEX] = "";
    double seconds = -1;
    const yk_state state = { .step = 2, .best_step = -1 };
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    write_recipe();
    MUST(yk_comm_create_self(&comm));
    MUST(yk_recipe_read(&recipe, in_folder("net.yaml"), 0, NULL));
    MUST(yk_bench_open(&bench, comm, recipe, 2));
    MUST(yk_io_thread_create(&io));
    MUST(yk_saver_create(&saver, bench.engine, io, NULL));
    for (int i = 0; i < 2; i++)
        MUST(yk_bench_step(&bench, 0, &result));
    MUST(yk_snapshot_save(bench.engine, io, NULL, in_folder("at_once.h5"), "a: b\n", &state, digest));

    CU_ASSERT(!yk_saver_news(saver, told, &seconds));
    yk_mem_fail_at(1);
    MUST(yk_saver_begin(saver, in_folder("no_room.h5"), "a: b\n", &state));
    yk_mem_fail_at(0);
    MUST(yk_saver_end(saver));
    CU_ASSERT(yk_saver_news(saver, told, &seconds));

    told[0] = '\0';
    MUST(yk_saver_begin(saver, in_folder("meanwhile.h5"), "a: b\n", &state));
    for (int i = 0; i < 5; i++)
        MUST(yk_bench_step(&bench, 0, &result));
    CU_ASSERT(!yk_saver_failed(saver));
    MUST(yk_saver_end(saver));
    MUST(yk_saver_end(saver)); /* nothing is left */
    CU_ASSERT(yk_saver_news(saver, told, &seconds) && !yk_saver_news(saver, told, &seconds));
    CU_ASSERT(seconds > 0);
    CU_ASSERT_STRING_EQUAL(told, digest);

    describe("at_once.h5", at_once);
    describe("meanwhile.h5", meanwhile);
    describe("no_room.h5", no_room);
    CU_ASSERT_STRING_EQUAL(meanwhile, at_once);
    CU_ASSERT_STRING_EQUAL(no_room, at_once);

    MUST(yk_saver_begin(saver, in_folder("nowhere/at.h5"), "a: b\n", &state));
    CU_ASSERT(yk_saver_end(saver) == YK_ERR_IO);
    CU_ASSERT(yk_saver_failed(saver) && !yk_saver_news(saver, told, &seconds));
    yk_io_thread_destroy(&io);
    yk_saver_destroy(&saver);
    yk_saver_destroy(&saver);
    yk_bench_close(&bench);
    yk_recipe_destroy(&recipe);
    yk_comm_destroy(&comm);
    for (int i = 0; i < 4; i++)
        remove(in_folder((const char *[]){ "at_once.h5", "meanwhile.h5", "no_room.h5", "net.yaml" }[i]));
    rmdir(folder);
}

int main(void)
{
    static const yk_test tests[] = { { "three ways, one file", test_three_ways }, { 0 } };
    return yk_test_main("train/saver", tests);
}
