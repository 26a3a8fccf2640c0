/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <float.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cpu.h"

static void test_cores(void)
{
    int cores = yk_cpu_allowed();
    CU_ASSERT(cores >= 1 && cores <= sysconf(_SC_NPROCESSORS_CONF));
    CU_ASSERT(!yk_cpu_has_avx512() || yk_cpu_has_avx2());
}

/* This program has no OpenMP. */
static void test_threads(void)
{
    static const struct {
        const char *label, *text;
        int want; /* 0: as many as cores */
    } cases[] = {
        { "nothing is said", NULL, 0 }, { "a number", "3", 3 },     { "a list, as of OpenMP", "4,2", 4 },
        { "no number", "many", 0 },     { "not a count", "-2", 0 }, { "too many", "100000", YK_THREADS_MAX },
    };
    for (int i = 0; i < LEN(cases); i++) {
        unsetenv("OMP_NUM_THREADS");
        if (cases[i].text)
            setenv("OMP_NUM_THREADS", cases[i].text, 1);
        int want = cases[i].want ? cases[i].want : yk_cpu_allowed();
        if (yk_threads() != want)
            FAIL_CASE(cases[i].label, "%d threads, not %d", yk_threads(), want);
    }
    yk_threads_set(2);
    CU_ASSERT_EQUAL(yk_threads(), 2);
    CU_ASSERT_EQUAL(yk_cores(), yk_cpu_allowed());
    yk_cores_set(5);
    CU_ASSERT_EQUAL(yk_cores(), 5);
}

#if defined(__x86_64__)
#include <xmmintrin.h>

/* A subnormal number, made from normal ones where the compiler cannot see it. */
static float make_subnormal(void)
{
    volatile float x = FLT_MIN;
    return x * 0.5f;
}

static void test_float_mode(void)
{
    unsigned first = _mm_getcsr();
    _mm_setcsr(first | 0x8040u); /* flush to zero, denormals are zero: as a host program may have it */
    CU_ASSERT_EQUAL(make_subnormal(), 0);
    unsigned state = yk_cpu_float_strict();
    CU_ASSERT(make_subnormal() > 0);
    yk_cpu_float_restore(state);
    CU_ASSERT_EQUAL(make_subnormal(), 0);
    _mm_setcsr(first);
}

static void test_doors(void)
{
    yk_pool_host host;
    unsigned first = _mm_getcsr();
    yk_threads_set(3);
    _mm_setcsr(first | 0x8040u);
    yk_pool_enter(2, &host);
    CU_ASSERT(make_subnormal() > 0 && yk_threads() == 2);
    yk_pool_leave(&host);
    CU_ASSERT(make_subnormal() == 0 && yk_threads() == 3);
    _mm_setcsr(first);
}
#endif

int main(void)
{
    static const yk_test tests[] = {
        { "cores", test_cores },
        { "threads", test_threads },
#if defined(__x86_64__)
        { "float mode", test_float_mode },
        { "doors", test_doors },
#endif
        { 0 },
    };
    return yk_test_main("core/cpu", tests);
}
