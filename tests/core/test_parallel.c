/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/cpu.h"
#include "core/parallel.h"

enum { MUCH = 1 << 20, JOBS_MAX = 1000, INNER = 7 };

/* glibc's allocator, counted: the test looks at all that the process asks for, OpenMP's library included. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTS_MEMORY 1
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef COUNTS_MEMORY
#endif
#endif
#endif

#ifdef COUNTS_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
static atomic_llong asked;

void *malloc(size_t n)
{
    asked++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    asked++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    asked++;
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    asked++;
    return __libc_memalign(align, n);
}

int posix_memalign(void **out, size_t align, size_t n)
{
    asked++;
    *out = __libc_memalign(align, n);
    return *out ? 0 : 12;
}
#endif

static atomic_int done[JOBS_MAX];

static void count_job(const void *context, int64_t job)
{
    (void)context;
    done[job]++;
}

static const struct {
    const char *label;
    int64_t jobs, work;
    int threads;
} cases[] = {
    { "no job", 0, MUCH, 2 },
    { "one job", 1, MUCH, 2 },
    { "one thread", 100, MUCH, 1 },
    { "little work", 100, 10, 3 },
    { "no work", 3, 0, 2 },
    { "much work", 100, MUCH, 2 },
    { "fewer jobs than threads", 2, MUCH, 5 },
    { "as many jobs as threads", 3, MUCH, 3 },
    { "jobs that do not divide evenly", 1000, MUCH, 7 },
    { "one thread again", 1000, MUCH, 1 },
};

/* Each job of `jobs` was done `times` times, and no other. */
static void check_done(const char *label, int64_t jobs, int times)
{
    for (int64_t job = 0; job < JOBS_MAX; job++) {
        int want = job < jobs ? times : 0;
        if (done[job] != want) {
            FAIL_CASE(label, "job %d was done %d times, not %d", (int)job, done[job], want);
            break;
        }
    }
}

static void test_each_job_is_done_once(void)
{
    for (int i = 0; i < LEN(cases); i++) {
        memset(done, 0, sizeof done);
        yk_threads_set(cases[i].threads);
        yk_parallel(cases[i].jobs, cases[i].work, count_job, NULL);
        check_done(cases[i].label, cases[i].jobs, 1);
    }
}

static void call_again(const void *context, int64_t job)
{
    (void)context, (void)job;
    yk_parallel(INNER, MUCH, count_job, NULL);
}

static void test_jobs_may_call(void)
{
    for (int i = 0; i < LEN(cases); i++) {
        memset(done, 0, sizeof done);
        yk_threads_set(cases[i].threads);
        yk_parallel(cases[i].jobs, cases[i].work, call_again, NULL);
        check_done(cases[i].label, INNER, (int)cases[i].jobs);
    }
}

/* Waits until another thread has come here too: only threads that run at once leave. */
static atomic_int here;

static void meet(const void *context, int64_t job)
{
    (void)context, (void)job;
    here++;
    while (here < 2)
        ;
}

static void test_threads_work_at_once(void)
{
    here = 0;
    yk_threads_set(2);
    yk_parallel(2, MUCH, meet, NULL);
    CU_ASSERT_EQUAL(here, 2);
}

#ifdef COUNTS_MEMORY
static void test_no_memory_after_the_first_call(void)
{
    for (int i = 0; i < LEN(cases); i++) {
        yk_threads_set(cases[i].threads);
        yk_parallel(cases[i].jobs, cases[i].work, call_again, NULL);
        long long before = asked;
        for (int n = 0; n < 20; n++)
            yk_parallel(cases[i].jobs, cases[i].work, call_again, NULL);
        if (asked != before)
            FAIL_CASE(cases[i].label, "20 calls asked for memory %lld times", asked - before);
    }
    long long before = asked;
    void *volatile block = malloc(1);
    CU_ASSERT(asked > before); /* the count works */
    free(block);
}
#endif

int main(void)
{
    static const yk_test tests[] = {
        { "each job is done once", test_each_job_is_done_once },
        { "jobs may call", test_jobs_may_call },
        { "threads work at once", test_threads_work_at_once },
#ifdef COUNTS_MEMORY
        { "no memory after the first call", test_no_memory_after_the_first_call },
#endif
        { 0 },
    };
    return yk_test_main("core/parallel", tests);
}
