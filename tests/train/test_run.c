/* SPDX-License-Identifier: Apache-2.0 */
/* The run folder: never overwritten, locked, pruned, its log cut back, damaged checkpoints passed over. */
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "core/log.h"
#include "core/mem.h"
#include "io/beside.h"
#include "io/files.h"
#include "test.h"
#include "train/run.h"

static char folder[] = "/tmp/yoke-test-run-XXXXXX";

static void path_of(char out[YK_PATH_MAX], const char *name)
{
    snprintf(out, YK_PATH_MAX, "%s/%s", folder, name);
}

static void save(const yk_run *run, int64_t step, int64_t best_step)
{
    char path[YK_PATH_MAX];
    yk_checkpoint_writer *w;
    const yk_state state = { .step = step, .best_step = best_step };
    const yk_shape shape = yk_shape_of(1, 3);
    const float x[3] = { 1, 2, (float)step };
    yk_run_checkpoint(run, step, path);
    MUST(yk_checkpoint_create(&w, path, "seed: 1\n", &state));
    MUST(yk_checkpoint_tensor(w, "params/a/b", YK_F32, &shape));
    MUST(yk_checkpoint_piece(w, 3, x));
    MUST(yk_checkpoint_commit(&w, NULL));
}

static bool is_there(const yk_run *run, int64_t step)
{
    char path[YK_PATH_MAX];
    yk_run_checkpoint(run, step, path);
    return access(path, F_OK) == 0;
}

static void test_a_run_is_not_overwritten(void)
{
    char path[YK_PATH_MAX];
    yk_run run, again;
    path_of(path, "deep/er/a");
    MUST(yk_run_create(&run, path, "seed: 1\n"));
    yk_run_close(&run);
    CU_ASSERT(yk_run_create(&again, path, "seed: 2\n") == YK_ERR_ARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "--resume"));
    char *text, file[YK_PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/recipe.yaml", path);
    MUST(yk_file_read(file, &text));
    CU_ASSERT_STRING_EQUAL(text, "seed: 1\n");
    yk_free(text);
}

static void test_pruning(void)
{
    char path[YK_PATH_MAX];
    yk_run run;
    path_of(path, "pruned");
    MUST(yk_run_create(&run, path, ""));
    for (int64_t step = 0; step <= 50; step += 10)
        save(&run, step, 10);
    yk_run_prune(&run, 2, 10);
    static const struct {
        int64_t step;
        bool stays;
        const char *why;
    } cases[] = { { 0, true, "step 0" }, { 10, true, "the best" }, { 20, false, "old" },
                  { 30, false, "old" },  { 40, true, "newest 2" }, { 50, true, "newest 2" } };
    for (int i = 0; i < LEN(cases); i++)
        if (is_there(&run, cases[i].step) != cases[i].stays)
            FAIL_CASE(cases[i].why, "step %d\n", (int)cases[i].step);
    yk_run_close(&run);
}

static void count_warning(void *context, yk_log_level level, const char *line)
{
    int *n = context;
    *n += level == YK_LOG_WARNING && strstr(line, "step-00000020.h5");
}

static void test_damaged_checkpoints_are_passed_over(void)
{
    char path[YK_PATH_MAX], file[YK_PATH_MAX], best[YK_PATH_MAX + 8];
    yk_run run;
    yk_checkpoint *c;
    int warnings = 0;
    path_of(path, "damaged");
    MUST(yk_run_create(&run, path, ""));
    save(&run, 0, -1);
    save(&run, 10, 0);
    save(&run, 20, 0);
    yk_run_checkpoint(&run, 20, file);
    CU_ASSERT_FATAL(truncate(file, 1000) == 0);
    yk_log_to(count_warning, &warnings, YK_LOG_WARNING);
    MUST(yk_run_find(path, &c));
    CU_ASSERT(yk_checkpoint_state(c)->step == 10);
    CU_ASSERT(warnings == 1);
    yk_checkpoint_close(&c);
    snprintf(best, sizeof best, "%s:best", path);
    MUST(yk_run_find(best, &c));
    CU_ASSERT(yk_checkpoint_state(c)->step == 0);
    yk_checkpoint_close(&c);
    yk_run_checkpoint(&run, 10, file);
    CU_ASSERT_FATAL(truncate(file, 0) == 0);
    yk_run_checkpoint(&run, 0, file);
    CU_ASSERT_FATAL(unlink(file) == 0);
    CU_ASSERT(yk_run_find(path, &c) == YK_ERR_DATA);
    CU_ASSERT(yk_run_find("/nowhere/run", &c) == YK_ERR_IO);
    yk_log_to(NULL, NULL, YK_LOG_WARNING);
    yk_run_close(&run);
}

static void test_log_is_cut_back(void)
{
    char path[YK_PATH_MAX], file[YK_PATH_MAX + 16], *text;
    yk_run run;
    path_of(path, "logged");
    MUST(yk_run_create(&run, path, ""));
    MUST(yk_run_log_open(&run, "step,loss", 0));
    MUST(yk_run_log(&run, "10,1.5\n"));
    MUST(yk_run_log(&run, "20,1.4\n"));
    MUST(yk_run_log(&run, "30,1.3\n"));
    MUST(yk_run_log(&run, "40,torn")); /* as after a power cut */
    yk_run_close(&run);
    MUST(yk_run_open(&run, path));
    MUST(yk_run_log_open(&run, "step,loss", 20));
    MUST(yk_run_log(&run, "25,1.2\n"));
    yk_run_close(&run);
    snprintf(file, sizeof file, "%s/log.csv", path);
    MUST(yk_file_read(file, &text));
    CU_ASSERT_STRING_EQUAL(text, "step,loss\n10,1.5\n20,1.4\n25,1.2\n");
    yk_free(text);
}

static void test_status(void)
{
    char path[YK_PATH_MAX], file[YK_PATH_MAX + 16], *text;
    yk_run run;
    path_of(path, "status");
    MUST(yk_run_create(&run, path, ""));
    const yk_run_status s = {
        .state = "failed", .exit_code = 4, .step = 3, .steps = 9, .message = "a \"b\"\n\\c", .digest = ""
    };
    MUST(yk_run_write_status(&run, &s));
    yk_run_close(&run);
    snprintf(file, sizeof file, "%s/status.json", path);
    MUST(yk_file_read(file, &text));
    CU_ASSERT_STRING_EQUAL(text, "{\"state\": \"failed\", \"exit_code\": 4, \"resumable\": true, \"step\": 3, "
                                 "\"steps\": 9, \"epoch\": 0, \"digest\": \"\", "
                                 "\"message\": \"a \\\"b\\\"\\u000a\\\\c\"}\n");
    yk_free(text);
}

/* Of a trainer that was stopped in the middle of writing status.json, and holds it for ever. */
static void test_failure_is_noted_beside_a_held_status(void)
{
    char path[YK_PATH_MAX], file[YK_PATH_MAX + 16], *text;
    yk_run run;
    yk_beside held;
    path_of(path, "held");
    MUST(yk_run_create(&run, path, ""));
    const yk_run_status s = {
        .state = "running", .exit_code = -1, .step = 3, .steps = 9, .message = "", .digest = "abc"
    };
    MUST(yk_run_write_status(&run, &s));
    snprintf(file, sizeof file, "%s/status.json", path);
    MUST(yk_beside_open(&held, file));
    MUST(yk_run_note_failure(path, run.incarnation, 6, "rank 0 does not answer"));
    MUST(yk_file_read(file, &text));
    CU_ASSERT_STRING_EQUAL(text, "{\"state\": \"failed\", \"exit_code\": 6, \"resumable\": true, \"step\": 3, "
                                 "\"steps\": 9, \"epoch\": 0, \"digest\": \"abc\", "
                                 "\"message\": \"rank 0 does not answer\"}\n");
    yk_free(text);
    yk_beside_discard(&held);
    yk_run_close(&run);
}

int main(void)
{
    static const yk_test tests[] = {
        { "a run is not overwritten", test_a_run_is_not_overwritten },
        { "pruning", test_pruning },
        { "damaged checkpoints are passed over", test_damaged_checkpoints_are_passed_over },
        { "the log is cut back", test_log_is_cut_back },
        { "status.json", test_status },
        { "a failure is noted beside a held status.json", test_failure_is_noted_beside_a_held_status },
        { 0 },
    };
    char command[64];
    if (!mkdtemp(folder))
        return 2;
    int bad = yk_test_main("train/run", tests);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) ? 2 : bad;
}
