/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/io_thread.h"

#define JOBS 200

static int order[JOBS], done;

static yk_status append(void *context)
{
    order[done++] = (int)(intptr_t)context;
    return YK_OK;
}

static yk_status fail(void *context)
{
    YK_FAIL(YK_ERR_DATA, "field \"%s\" is not there", (const char *)context);
}

static yk_status note_thread(void *context)
{
    *(pthread_t *)context = pthread_self();
    return YK_OK;
}

/* With a thread and without one: the same results in the same order. */
static void each(void (*test)(yk_io_thread *))
{
    yk_io_thread *thread;
    int64_t live = yk_mem_live();
    test(NULL);
    MUST(yk_io_thread_create(&thread));
    test(thread);
    yk_io_thread_destroy(&thread);
    CU_ASSERT_PTR_NULL(thread);
    yk_io_thread_destroy(&thread);
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

static void in_order(yk_io_thread *thread)
{
    static yk_io_job jobs[JOBS];
    int64_t count = yk_mem_count();
    done = 0;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (yk_io_job){ .run = append, .context = (void *)(intptr_t)i };
        yk_io_submit(thread, &jobs[i]);
    }
    for (int i = JOBS - 1; i >= 0; i--)
        MUST(yk_io_wait(thread, &jobs[i]));
    CU_ASSERT_EQUAL(done, JOBS);
    for (int i = 0; i < JOBS; i++)
        CU_ASSERT_EQUAL(order[i], i);
    CU_ASSERT_EQUAL(yk_mem_count(), count);
}

static void test_order(void)
{
    each(in_order);
}

typedef struct repeated {
    yk_io_job job;
    int left, entry;
} repeated;

static yk_status append_again(void *context)
{
    repeated *r = context;
    order[done++] = r->entry;
    r->job.again = --r->left > 0;
    return YK_OK;
}

static atomic_bool open_gate;

static yk_status wait_at_gate(void *context)
{
    (void)context;
    while (!atomic_load(&open_gate))
        ;
    return YK_OK;
}

/* A job that wants to run again comes behind those that wait. */
static void again(yk_io_thread *thread)
{
    yk_io_job gate = { .run = wait_at_gate };
    repeated a = { .left = 3, .entry = 1 };
    yk_io_job other = { .run = append, .context = (void *)(intptr_t)2 };
    a.job = (yk_io_job){ .run = append_again, .context = &a };
    done = 0;
    atomic_store(&open_gate, thread == NULL); /* both are queued before the first one runs */
    yk_io_submit(thread, &gate);
    yk_io_submit(thread, &a.job);
    yk_io_submit(thread, &other);
    atomic_store(&open_gate, true);
    MUST(yk_io_wait(thread, &gate));
    MUST(yk_io_wait(thread, &a.job));
    MUST(yk_io_wait(thread, &other));
    CU_ASSERT_EQUAL(done, 4);
    int ones = 0;
    for (int i = 0; i < done; i++)
        ones += order[i] == 1;
    CU_ASSERT_EQUAL(ones, 3);
    CU_ASSERT(thread ? order[3] == 1 : order[3] == 2); /* on the caller's thread it is over at once */
}

static void test_again(void)
{
    each(again);
}

/* The message comes over to the thread that waits; a job may be used again. */
static void hands_over(yk_io_thread *thread)
{
    yk_io_job bad = { .run = fail, .context = (char *)"x" }, good = { .run = append, .context = NULL };
    done = 0;
    for (int i = 0; i < 3; i++) {
        yk_io_submit(thread, &bad);
        yk_io_submit(thread, &good);
        MUST(yk_io_wait(thread, &good));
        (void)yk_error_set(YK_ERR_ARG, __FILE__, __LINE__, __func__, "of this thread");
        CU_ASSERT_EQUAL(yk_io_wait(thread, &bad), YK_ERR_DATA);
        CU_ASSERT_STRING_EQUAL(yk_error_text(), "field \"x\" is not there");
    }
    CU_ASSERT_EQUAL(done, 3);
}

static void test_messages(void)
{
    each(hands_over);
}

static void who_runs(yk_io_thread *thread)
{
    pthread_t a, b;
    yk_io_job first = { .run = note_thread, .context = &a }, second = { .run = note_thread, .context = &b };
    yk_io_submit(thread, &first);
    yk_io_submit(thread, &second);
    MUST(yk_io_wait(thread, &first));
    MUST(yk_io_wait(thread, &second));
    CU_ASSERT(pthread_equal(a, b));
    CU_ASSERT_EQUAL(!thread, pthread_equal(a, pthread_self()) != 0);
}

static void test_one_thread(void)
{
    each(who_runs);
}

/* What was submitted is done before the end. */
static void test_destroy_waits(void)
{
    static yk_io_job jobs[JOBS];
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    done = 0;
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (yk_io_job){ .run = append, .context = (void *)(intptr_t)i };
        yk_io_submit(thread, &jobs[i]);
    }
    yk_io_thread_destroy(&thread);
    CU_ASSERT_EQUAL(done, JOBS);
}

static void test_no_memory(void)
{
    yk_io_thread *thread;
    int64_t live = yk_mem_live();
    yk_mem_fail_at(1);
    CU_ASSERT_EQUAL(yk_io_thread_create(&thread), YK_ERR_NOMEM);
    yk_mem_fail_at(0);
    CU_ASSERT_PTR_NULL(thread);
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

int main(void)
{
    static const yk_test tests[] = {
        { "order", test_order },
        { "again", test_again },
        { "messages", test_messages },
        { "one thread", test_one_thread },
        { "the end waits", test_destroy_waits },
        { "allocation failure", test_no_memory },
        { NULL, NULL },
    };
    return yk_test_main("io/io_thread", tests);
}
