/* SPDX-License-Identifier: Apache-2.0 */
/* Mean and deviation of a field have the same bits on any number of ranks; a rank's bad sample stops all. */
/* Rooms: data */
#include "mpi_test.h"

#include <math.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/philox.h"
#include "data/colours.h"

enum { N = 5 * 4096 + 17, C = 2 };

static float data[N][C];

static yk_dataset *make(void)
{
    static const char *const fields[] = { "x" };
    const yk_tensor array = { YK_F32, yk_shape_of(2, N, C), data };
    yk_key key = yk_key_make(3, YK_FOR_CHECK, "normal");
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C; c++)
            data[i][c] = (float)(100 * c + yk_random_normal(key, c, i, 0));
    yk_dataset *d;
    MUST(yk_dataset_wrap(&d, 1, fields, &array));
    return d;
}

static void test_same_bits(void)
{
    yk_dataset *d = make();
    yk_comm *self;
    yk_normal alone, all;
    MUST(yk_comm_create_self(&self));
    MUST(yk_normal_compute(&alone, d, NULL, 0, self));
    MUST(yk_normal_compute(&all, d, NULL, 0, comm));
    CU_ASSERT(alone.n == C && all.n == C);
    CU_ASSERT(memcmp(alone.mean, all.mean, C * sizeof(float)) == 0);
    CU_ASSERT(memcmp(alone.std, all.std, C * sizeof(float)) == 0);
    CU_ASSERT(fabsf(all.mean[1] - 100) < 0.05f && fabsf(all.std[1] - 1) < 0.05f);
    yk_free(alone.mean);
    yk_free(alone.std);
    yk_free(all.mean);
    yk_free(all.std);
    yk_comm_destroy(&self);
    yk_dataset_close(&d);
}

static void test_axes(void)
{
    yk_dataset *d = make();
    yk_comm *self;
    float *alone, *all;
    for (int i = 0; i < N; i++)
        data[i][1] = 2 * data[i][0] + 0.5f * (data[i][1] - 100);
    MUST(yk_comm_create_self(&self));
    MUST(yk_colours_compute(&alone, d, NULL, 0, self));
    MUST(yk_colours_compute(&all, d, NULL, 0, comm));
    CU_ASSERT(memcmp(alone, all, C * C * sizeof(float)) == 0);
    double size[C], product = (double)all[0] * all[2] + (double)all[1] * all[3]; /* of the two axes */
    for (int k = 0; k < C; k++)
        size[k] = hypot(all[2 * k], all[2 * k + 1]);
    CU_ASSERT_DOUBLE_EQUAL(product, 0, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(size[0] * size[1], 0.5, 0.01); /* the root of the covariance's determinant */
    CU_ASSERT_DOUBLE_EQUAL(size[0] * size[0] + size[1] * size[1], 1 + 4 + 0.25, 0.1);
    yk_free(alone);
    yk_free(all);
    yk_comm_destroy(&self);
    yk_dataset_close(&d);
}

static void test_bad_sample(void)
{
    yk_dataset *d = make();
    yk_normal normal;
    data[N - 1][1] = NAN; /* in the last rank's block */
    CU_ASSERT(yk_normal_compute(&normal, d, NULL, 0, comm) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "x of sample 20496 is NaN") != NULL);
    CU_ASSERT(normal.n == 0 && !normal.mean);
    yk_dataset_close(&d);
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = {
        { "same bits", test_same_bits }, { "axes", test_axes }, { "bad sample", test_bad_sample }, { 0 }
    };
    return mpi_test_main(argc, argv, "mpi/normal", tests);
}
