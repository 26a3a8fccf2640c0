/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of threads. Helpers are started by the first call that wants them, and stay. A call opens a region, does
 * jobs itself, closes the region when all are taken and waits for the helpers that are inside. So a helper that the
 * system does not let run costs nothing but its work: the others do its jobs.
 *
 * Each thread has a share of consecutive jobs, the same in every call with as many jobs, so that it finds in its cache
 * what it left there; with its share done it takes jobs of the others.
 *
 * Nobody burns a core for long, which somebody else may need: who waits looks for SPIN_SECONDS, then sleeps in the
 * kernel; a helper that looked in vain looks half as long the next time. Threads that share cores by their number
 * (yk_cores_set()) hardly look at all.
 *
 * In a child after fork() there are no helpers: nobody comes into its regions, and the caller does all jobs. */
#include "core/parallel.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/num.h"
#include "core/thread.h"

enum {
    WORTH_A_THREAD = 16384, /* element operations for which one more thread is worth while: 0.3 us to bring it in */
    WORTH_WAKING = 131072,  /* and for which it is worth while to wake those who sleep: some 10 us */
    STACK_BYTES = 4 << 20,  /* kernels have buffers of some 100 KB there */
    LOOKS = 32,             /* between two looks at the clock */
    LINE = 128,             /* bytes that one thread writes and others do not: a pair of cache lines */
};
#define SPIN_SECONDS 50e-6

/* The gate: number of the region, whether it is open, whether its owner sleeps, helpers that are inside. */
#define INSIDE 0x1FFFU /* YK_THREADS_MAX and more */
#define WAITED 0x2000U
#define OPEN 0x4000U
#define REGION 0x8000U /* one more of these: the next region */

typedef struct thread {
    _Alignas(LINE) atomic_int_least64_t next; /* first job of its share that nobody has taken, written by all */
    int64_t end;
    _Alignas(LINE) atomic_uint asleep; /* the helper waits for this to become 0 */
} thread;

static struct {
    _Alignas(LINE) atomic_uint gate;
    _Alignas(LINE) yk_job run; /* the region: written while the gate is closed and nobody inside */
    const void *context;
    int threads;
    double patience;                  /* seconds of looking, before one sleeps */
    _Alignas(LINE) atomic_bool taken; /* by the owner of the region, and so is what follows */
    int helpers, wanted;              /* that there are; threads that were asked for */
    thread thread[YK_THREADS_MAX];    /* 0: the owner */
} pool;

static _Thread_local bool in_job;

static void futex_wait(atomic_uint *word, unsigned value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Own jobs first, then those of the next threads. */
static void share_jobs(int self)
{
    const int threads = pool.threads;
    in_job = true;
    for (int i = 0; i < threads; i++) {
        thread *t = &pool.thread[(self + i) % threads];
        while (atomic_load_explicit(&t->next, memory_order_relaxed) < t->end) {
            const int64_t job = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
            if (job < t->end)
                pool.run(pool.context, job);
        }
    }
    in_job = false;
}

/* --- a helper */

static void leave(void)
{
    const unsigned gate = atomic_fetch_sub(&pool.gate, 1) - 1;
    if ((gate & WAITED) && !(gate & INSIDE))
        futex_wake(&pool.gate);
}

/* Into the region that is open, if it is not the last that this helper was in and wants as many. */
static bool enter(int self, unsigned *last)
{
    unsigned gate = atomic_load(&pool.gate);
    while ((gate & OPEN) && gate / REGION != *last) {
        if (!atomic_compare_exchange_weak(&pool.gate, &gate, gate + 1))
            continue;
        *last = gate / REGION;
        if (self < pool.threads)
            return true;
        leave();
        return false;
    }
    return false;
}

static bool look(int self, unsigned *last, double seconds)
{
    const double end = yk_clock() + seconds;
    do
        for (int i = 0; i < LOOKS; i++, yk_cpu_relax())
            if (enter(self, last))
                return true;
    while (yk_clock() < end);
    return false;
}

/* The owner looks at `asleep` after it has opened the gate, we at the gate after we have set `asleep`: one sees the
 * other. */
static bool sleep_unless_open(int self, unsigned *last)
{
    atomic_uint *asleep = &pool.thread[self].asleep;
    atomic_store(asleep, 1);
    if (enter(self, last)) {
        atomic_store(asleep, 0);
        return true;
    }
    while (atomic_load(asleep))
        futex_wait(asleep, 1);
    return false;
}

static void *serve(void *argument)
{
    const int self = (int)((thread *)argument - pool.thread);
    unsigned last = 0;
    double patience = SPIN_SECONDS;
    yk_cpu_float_strict();
    yk_cpu_unbind();
    for (;;) {
        if (!look(self, &last, patience)) {
            patience /= 2;
            if (!sleep_unless_open(self, &last))
                continue;
        }
        share_jobs(self);
        patience = pool.patience;
        leave();
    }
    return NULL;
}

/* --- the owner */

static bool start_helper(int self)
{
    pthread_t id;
    pthread_attr_t how;
    size_t stack = 0;
    if (pthread_attr_init(&how))
        return false;
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    if (pthread_attr_getstacksize(&how, &stack) || stack < STACK_BYTES)
        pthread_attr_setstacksize(&how, STACK_BYTES);
    const int refused = yk_thread_start(&id, &how, serve, &pool.thread[self]);
    pthread_attr_destroy(&how);
    return !refused;
}

/* Helpers for so many threads, or for as many as the system gives: it is asked again where more are wanted. */
static int grow(int threads)
{
    if (threads > pool.wanted) {
        while (pool.helpers + 1 < threads && start_helper(pool.helpers + 1))
            pool.helpers++;
        pool.wanted = threads;
    }
    return (int)yk_min(threads, pool.helpers + 1);
}

static void open_region(int threads, int64_t jobs, yk_job run, const void *context)
{
    pool.run = run;
    pool.context = context;
    pool.threads = threads;
    pool.patience = threads > yk_cores() ? 0 : SPIN_SECONDS;
    for (int i = 0; i < threads; i++) {
        atomic_store_explicit(&pool.thread[i].next, i * jobs / threads, memory_order_relaxed);
        pool.thread[i].end = (i + 1) * jobs / threads;
    }
    atomic_store(&pool.gate, (atomic_load(&pool.gate) / REGION + 1) * REGION + OPEN);
}

static void wake(int threads)
{
    for (int i = 1; i < threads; i++)
        if (atomic_load(&pool.thread[i].asleep) && atomic_exchange(&pool.thread[i].asleep, 0))
            futex_wake(&pool.thread[i].asleep);
}

/* All jobs are taken: waits for those who are still at theirs. */
static void close_region(void)
{
    if (!(atomic_fetch_and(&pool.gate, ~OPEN) & INSIDE))
        return;
    const double end = yk_clock() + pool.patience;
    do
        for (int i = 0; i < LOOKS; i++, yk_cpu_relax())
            if (!(atomic_load(&pool.gate) & INSIDE))
                return;
    while (yk_clock() < end);
    for (unsigned gate = atomic_fetch_or(&pool.gate, WAITED) | WAITED; gate & INSIDE; gate = atomic_load(&pool.gate))
        futex_wait(&pool.gate, gate);
}

void yk_parallel(int64_t jobs, int64_t work, yk_job run, const void *context)
{
    int threads = in_job ? 1 : (int)yk_min(yk_min(jobs, work / WORTH_A_THREAD), yk_threads());
    if (threads < 2 || atomic_exchange(&pool.taken, true)) {
        for (int64_t job = 0; job < jobs; job++)
            run(context, job);
        return;
    }
    threads = grow(threads);
    open_region(threads, jobs, run, context);
    if (work >= WORTH_WAKING)
        wake(threads);
    share_jobs(0);
    close_region();
    atomic_store(&pool.taken, false);
}
