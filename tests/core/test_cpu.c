/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <float.h>
#include <omp.h>
#include <unistd.h>

#include "core/cpu.h"

static void test_cores(void)
{
    int cores = yk_cpu_allowed();
    CU_ASSERT(cores >= 1 && cores <= sysconf(_SC_NPROCESSORS_CONF));
    CU_ASSERT(!yk_cpu_has_avx512() || yk_cpu_has_avx2());
}

static void test_threads(void)
{
    static const int counts[] = { 1, 3, 2 };
    for (int i = 0; i < LEN(counts); i++) {
        int seen = 0;
        yk_threads_set(counts[i]);
#pragma omp parallel
#pragma omp atomic
        seen++;
        if (seen != counts[i] || yk_threads() != counts[i])
            FAIL_CASE("threads", "%d wanted, %d told, %d seen", counts[i], yk_threads(), seen);
    }
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

static void test_float_mode_of_the_pool(void)
{
    yk_threads_set(3);
    unsigned first = _mm_getcsr();
#pragma omp parallel
    _mm_setcsr(_mm_getcsr() | 0x8040u);
    yk_threads_set(3);
    int subnormal = 0;
#pragma omp parallel
    if (make_subnormal() > 0)
#pragma omp atomic
        subnormal++;
    CU_ASSERT_EQUAL(subnormal, 3);
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
        { "float mode of the pool", test_float_mode_of_the_pool },
#endif
        { 0 },
    };
    return yk_test_main("core/cpu", tests);
}
