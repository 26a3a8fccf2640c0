/* SPDX-License-Identifier: Apache-2.0 */
/* What a parallel region costs: bench_parallel [threads]. Mean and worst microseconds of a call, with idle cores and
 * with one busy process on each core, of yoke's pool and, where the compiler has it, of OpenMP (its own settings by
 * OMP_WAIT_POLICY and GOMP_SPINCOUNT). `gap` is what the caller does alone before each call, `work` what all jobs are
 * together: ideal is work / threads. */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/parallel.h"

enum { MUCH = 1 << 30, JOBS = 32 };

static const double BUDGET = 0.5; /* seconds a row */

static const struct {
    double gap, work; /* microseconds */
} rows[] = { { 0, 0 },   { 20, 0 },   { 200, 0 },  { 2000, 0 },  { 0, 20 },
             { 0, 200 }, { 20, 200 }, { 0, 2000 }, { 200, 2000 } };

static double turns_a_us = 1;

static void burn(double us)
{
    for (int64_t n = (int64_t)(us * turns_a_us); n > 0; n--)
        __asm__ volatile("" : "+r"(n));
}

static void calibrate(void)
{
    double best = 1;
    for (int i = 0; i < 20; i++) {
        double start = yk_clock();
        burn(1e5);
        double s = yk_clock() - start;
        best = s < best ? s : best;
    }
    turns_a_us = 0.1 / best;
}

static void job(const void *context, int64_t number)
{
    (void)number;
    burn(*(const double *)context);
}

static void run_pool(int64_t jobs, const double *us)
{
    yk_parallel(jobs, MUCH, job, us);
}

#ifdef _OPENMP
#include <omp.h>

static void run_openmp(int64_t jobs, const double *us)
{
#pragma omp parallel
    {
        const int64_t threads = omp_get_num_threads(), self = omp_get_thread_num();
        for (int64_t i = self * jobs / threads; i < (self + 1) * jobs / threads; i++)
            job(us, i);
    }
}
#endif

static void measure(const char *what, void (*run)(int64_t, const double *), int threads)
{
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const int64_t jobs = rows[r].work > 0 ? JOBS : threads;
        const double us = rows[r].work / (double)jobs;
        double sum = 0, worst = 0;
        int n = -10; /* warm up */
        for (double end = yk_clock() + BUDGET, now = 0; n < 1 || now < end; n++) {
            burn(rows[r].gap);
            const double start = yk_clock();
            run(jobs, &us);
            now = yk_clock();
            if (n >= 0) {
                sum += now - start;
                worst = now - start > worst ? now - start : worst;
            }
        }
        printf("%-14s %8.0f %8.0f %10.2f %10.1f\n", what, rows[r].gap, rows[r].work, 1e6 * sum / n, 1e6 * worst);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : yk_cpu_allowed();
    if (threads < 1 || threads > YK_THREADS_MAX)
        return 2;
    yk_threads_set(threads);
    calibrate();
    for (int busy = 0; busy < 2; busy++) {
        const int n = busy ? yk_cpu_allowed() : 0;
        pid_t other[YK_THREADS_MAX];
        for (int i = 0; i < n; i++)
            if ((other[i] = fork()) == 0)
                for (;;)
                    burn(1e6);
        printf("%s\n%d threads, %s\n%-14s %8s %8s %10s %10s\n", busy ? "" : "microseconds", threads,
               busy ? "a busy process on each core" : "idle cores", "", "gap", "work", "mean", "worst");
        measure("yoke", run_pool, threads);
#ifdef _OPENMP
        omp_set_num_threads(threads);
        measure("OpenMP", run_openmp, threads);
#endif
        for (int i = 0; i < n; i++) {
            kill(other[i], SIGKILL);
            waitpid(other[i], NULL, 0);
        }
    }
    return 0;
}
