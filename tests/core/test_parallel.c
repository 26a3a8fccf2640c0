/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <float.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/cpu.h"
#include "core/parallel.h"

enum { MUCH = 1 << 20, JOBS_MAX = 1000, INNER = 7 };

/* glibc's allocator, counted: the test looks at all that the process asks for. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_MEMORY 1
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
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

/* Waits until `all` threads have come here: only threads that run at once leave. */
static atomic_int here, subnormal;

static void meet(const void *context, int64_t job)
{
    (void)job;
    volatile float x = FLT_MIN;
    if (x * 0.5f > 0)
        subnormal++;
    here++;
    while (here < *(const int *)context)
        ;
}

static void test_threads_work_at_once(void)
{
    for (int all = 2; all <= 4; all++) {
        here = 0;
        yk_threads_set(all);
        yk_parallel(all, MUCH, meet, &all);
        CU_ASSERT_EQUAL(here, all);
    }
}

#if defined(__x86_64__)
#include <xmmintrin.h>

/* A program that flushes denormal numbers starts more threads than there were: they do not. */
static void test_float_mode(void)
{
    const int all = 9;
    const unsigned first = _mm_getcsr();
    here = subnormal = 0;
    yk_threads_set(all);
    _mm_setcsr(first | 0x8040u);
    yk_parallel(all, MUCH, meet, &all);
    _mm_setcsr(first);
    CU_ASSERT_EQUAL(subnormal, all - 1);
}
#endif

/* The first job waits for all others: they are done though half of them are of its thread's share. */
static atomic_int others;

static void wait_for_others(const void *context, int64_t job)
{
    const int64_t jobs = *(const int64_t *)context;
    others += job > 0;
    while (job == 0 && others < jobs - 1)
        ;
}

static void test_threads_help_each_other(void)
{
    const int64_t jobs = 100;
    others = 0;
    yk_threads_set(2);
    yk_parallel(jobs, MUCH, wait_for_others, &jobs);
    CU_ASSERT_EQUAL(others, jobs - 1);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Threads that have nothing to do sleep, and wake again. */
static void test_threads_sleep(void)
{
    yk_threads_set(4);
    for (int i = 1; i <= 3; i++) {
        memset(done, 0, sizeof done);
        yk_parallel(JOBS_MAX, MUCH, count_job, NULL);
        check_done("before", JOBS_MAX, 1);
        const double before = cpu_seconds();
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
        CU_ASSERT(cpu_seconds() - before < 0.05);
    }
}

/* --- several threads of a program call at once */

enum { CALLERS = 4, CALLS = 300, CALL_JOBS = 50 };

static void add_job(const void *context, int64_t job)
{
    ((int *)(uintptr_t)context)[job]++; /* no atomic: it is done once a call, and calls follow each other */
}

static void *call_often(void *counts)
{
    yk_threads_set(3);
    for (int i = 0; i < CALLS; i++)
        yk_parallel(CALL_JOBS, MUCH, add_job, counts);
    return NULL;
}

static void test_callers_at_once(void)
{
    static int counts[CALLERS][CALL_JOBS];
    pthread_t caller[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_FATAL(pthread_create(&caller[i], NULL, call_often, counts[i]) == 0);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(caller[i], NULL);
    for (int i = 0; i < CALLERS; i++)
        for (int job = 0; job < CALL_JOBS; job++)
            if (counts[i][job] != CALLS)
                FAIL_CASE("callers", "job %d of caller %d was done %d times", job, i, counts[i][job]);
}

/* --- where there are no threads to be had */

/* Runs JOBS_MAX jobs in a child process whose address space is bounded; true where all were done. */
static bool child_works(bool bounded)
{
    int ended = 1;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20);
        if (bounded) /* no stack, no thread */
            setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 20, 1 << 20 });
        memset(done, 0, sizeof done);
        yk_threads_set(bounded ? 9 : 4);
        yk_parallel(JOBS_MAX, MUCH, count_job, NULL);
        int missing = 0;
        for (int job = 0; job < JOBS_MAX; job++)
            missing += done[job] != 1;
        _exit(missing > 0);
    }
    return pid > 0 && waitpid(pid, &ended, 0) == pid && ended == 0;
}

static void test_child_without_threads(void)
{
    yk_threads_set(4);
    yk_parallel(JOBS_MAX, MUCH, count_job, NULL);
    CU_ASSERT(child_works(false));
#ifdef COUNTS_MEMORY /* sanitizers need their address space */
    CU_ASSERT(child_works(true));
#endif
}

/* --- memory */

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
#if defined(__x86_64__)
        { "float mode", test_float_mode },
#endif
        { "threads help each other", test_threads_help_each_other },
        { "threads sleep", test_threads_sleep },
        { "callers at once", test_callers_at_once },
        { "a child without threads", test_child_without_threads },
#ifdef COUNTS_MEMORY
        { "no memory after the first call", test_no_memory_after_the_first_call },
#endif
        { 0 },
    };
    return yk_test_main("core/parallel", tests);
}
