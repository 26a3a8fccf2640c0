/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/mem.h"
#include "io/files.h"
#include "scratch.h"
#include "tmpfs.h"

static void test_version(void)
{
    unsigned major, minor;
    CU_ASSERT_EQUAL(sscanf(yk_io_hdf5_version(), "%u.%u", &major, &minor), 2);
    CU_ASSERT(major >= 1);
}

static void test_write_and_read(void)
{
    static const char *const texts[] = { "", "one line\n", "two\nlines", "z\xc3\xa4hlt" };
    char *back;
    int64_t live = yk_mem_live();
    for (int i = 0; i < LEN(texts); i++) {
        MUST(yk_file_write(in_scratch("t.json"), texts[i]));
        MUST(yk_file_read(in_scratch("t.json"), &back));
        CU_ASSERT_STRING_EQUAL(back, texts[i]);
        yk_free(back);
    }
    CU_ASSERT(!there(in_scratch("t.json.tmp")));
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

static void test_refusals(void)
{
    char *text;
    CU_ASSERT_EQUAL(yk_file_read(in_scratch("none"), &text), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "none: no such file"));
    CU_ASSERT_PTR_NULL(text);
    CU_ASSERT_EQUAL(yk_file_read(scratch, &text), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "is a folder"));
    CU_ASSERT_EQUAL(yk_file_write("/nowhere/t", "x"), YK_ERR_IO);
    CU_ASSERT_EQUAL(yk_file_write(scratch, "x"), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "is not a regular file"));
}

static void test_full_disk(void)
{
    static char large[256 << 10];
    char path[3 * PATH], *back;
    if (!tmpfs_mount(in_scratch("disk"), 64))
        return;
    snprintf(path, sizeof path, "%s/t", in_scratch("disk"));
    MUST(yk_file_write(path, "before"));
    memset(large, 'x', sizeof large - 1);
    CU_ASSERT_EQUAL(yk_file_write(path, large), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "no space left"));
    MUST(yk_file_read(path, &back));
    CU_ASSERT_STRING_EQUAL(back, "before");
    yk_free(back);
    strcat(path, ".tmp");
    CU_ASSERT(!there(path));
    CU_ASSERT_EQUAL(umount(in_scratch("disk")), 0);
}

static void test_folders(void)
{
    char path[3 * PATH];
    struct stat s;
    snprintf(path, sizeof path, "%s/a/b//c/", scratch);
    MUST(yk_folder_make(path));
    MUST(yk_folder_make(path));
    CU_ASSERT(stat(path, &s) == 0 && S_ISDIR(s.st_mode));
    if (chdir(scratch) != 0)
        CU_FAIL_FATAL("no scratch folder");
    MUST(yk_folder_make("relative/x"));
    MUST(yk_folder_make("."));
    MUST(yk_folder_make("/"));
    CU_ASSERT_EQUAL(yk_folder_make("/proc/x"), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "/proc/x: the folder cannot be made"));
    spit(in_scratch("file"), "", 0);
    CU_ASSERT_EQUAL(yk_folder_make(in_scratch("file")), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "file: is a file; a folder is needed here"));
    CU_ASSERT_EQUAL(yk_folder_make(in_scratch("file/x/y")), YK_ERR_IO);
}

/* A process that holds the lock until it is killed. */
static pid_t hold(const char *path)
{
    int ready[2], lock;
    char byte;
    if (pipe(ready) != 0)
        CU_FAIL_FATAL("no pipe");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (yk_lock_take(&lock, path, "process 17 on host a\n", 0) != YK_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    if (read(ready[0], &byte, 1) != 1)
        CU_FAIL("the holder did not start");
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void test_lock_held_by_another_process(void)
{
    int lock;
    char *text;
    pid_t child = hold(in_scratch("lock"));
    double start = yk_clock();
    CU_ASSERT_EQUAL(yk_lock_take(&lock, in_scratch("lock"), "me", 0.2), YK_ERR_LOCKED);
    double waited = yk_clock() - start;
    CU_ASSERT(waited >= 0.2 && waited < 5);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "lock: locked by process 17 on host a; wait"));
    CU_ASSERT_EQUAL(lock, -1);
    kill(child, SIGKILL); /* the lock goes away with the process */
    MUST(yk_lock_take(&lock, in_scratch("lock"), "me", 10));
    waitpid(child, NULL, 0);
    MUST(yk_file_read(in_scratch("lock"), &text));
    CU_ASSERT_STRING_EQUAL(text, "me");
    yk_free(text);
    yk_lock_release(&lock);
    CU_ASSERT_EQUAL(lock, -1);
    yk_lock_release(&lock);
    MUST(yk_lock_take(&lock, in_scratch("lock"), "again", 0));
    yk_lock_release(&lock);
    CU_ASSERT_EQUAL(yk_lock_take(&lock, "/nowhere/lock", "me", 0), YK_ERR_IO);
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live();
    yk_status got = YK_ERR_NOMEM;
    for (int64_t n = 1; got == YK_ERR_NOMEM; n++) {
        char *text = NULL;
        yk_mem_fail_at(n);
        got = yk_folder_make(in_scratch("n/m"));
        if (got == YK_OK)
            got = yk_file_write(in_scratch("n/m/t"), "text");
        if (got == YK_OK)
            got = yk_file_read(in_scratch("n/m/t"), &text);
        yk_mem_fail_at(0);
        yk_free(text);
        CU_ASSERT_EQUAL(yk_mem_live(), live);
    }
    CU_ASSERT_EQUAL(got, YK_OK);
}

int main(void)
{
    static const yk_test tests[] = {
        { "version", test_version },
        { "writing and reading", test_write_and_read },
        { "refusals", test_refusals },
        { "full disk", test_full_disk },
        { "folders", test_folders },
        { "lock", test_lock_held_by_another_process },
        { "allocation failures", test_no_memory },
        { NULL, NULL },
    };
    scratch_begin();
    int status = yk_test_main("io/files", tests);
    scratch_end();
    return status;
}
