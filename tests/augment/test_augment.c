/* SPDX-License-Identifier: Apache-2.0 */
/* Augmentations: pixels against what they should be, sizes, labels that move along, keys, and refusals. */
#include "test.h"

#include <math.h>

#include "augment/pipeline.h"
#include "core/error.h"
#include "core/mem.h"
#include "tensor/digest.h"

enum { H = 5, W = 7, C = 3, ROOM = 4096 };

typedef struct rig {
    yk_augmentation a;
    _Alignas(64) char opts[4][2048];
    yk_pipeline *p;
} rig;

/* Adds a step "shift pixels=3 fill=edge": a name and options. */
static void add(rig *r, const char *text)
{
    char words[256];
    snprintf(words, sizeof words, "%s", text);
    struct yk_augment_step *s = &r->a.step[r->a.n];
    char *word = strtok(words, " ");
    MUST(yk_augment_find(word, &s->augment));
    s->opts = r->opts[r->a.n++];
    memset(s->opts, 0, sizeof r->opts[0]);
    CU_ASSERT_FATAL(s->augment->opts_size <= sizeof r->opts[0]);
    for (const yk_option *o = s->augment->opts; o->name; o++)
        if (o->initial)
            MUST(yk_option_set(o, s->opts, o->initial));
    while ((word = strtok(NULL, " "))) {
        const yk_option *o;
        char *equals = strchr(word, '=');
        *equals = '\0';
        MUST(yk_option_find(s->augment->opts, "step", word, &o));
        MUST(yk_option_set(o, s->opts, equals + 1));
    }
    snprintf(s->name, sizeof s->name, "%s_1", s->augment->name);
    snprintf(s->where, sizeof s->where, "r.yaml:3:5");
}

static yk_pipeline_opts opts_of(const rig *r)
{
    return (yk_pipeline_opts){
        .augmentation = &r->a, .field = "x", .sample = yk_shape_of(3, H, W, C), .seed = 1, .train = true
    };
}

static float value(int64_t y, int64_t x, int64_t c)
{
    return (float)(100 * y + 10 * x + c) / 512;
}

static void image(float *x, int64_t c_of)
{
    for (int64_t i = 0; i < H * W * c_of; i++)
        x[i] = value(i / c_of / W, i / c_of % W, i % c_of);
}

static void run(yk_pipeline *p, int64_t epoch, int64_t sample, float *out)
{
    image(yk_pipeline_input(p), C);
    yk_pipeline_run(p, epoch, sample, out);
}

/* Every pixel of the result is the pixel (sy y + ty, sx x + tx) of the image, or the constant; *ty and *tx are found.
 */
static bool moved_by(const float *got, int64_t h, int64_t w, int sy, int sx, float constant, int64_t *ty, int64_t *tx)
{
    for (*ty = -20; *ty < 20; ++*ty)
        for (*tx = -20; *tx < 20; ++*tx) {
            bool same = true, any = false;
            for (int64_t i = 0; same && i < h * w * C; i++) {
                const int64_t y = sy * (i / C / w) + *ty, x = sx * (i / C % w) + *tx;
                const bool in = y >= 0 && y < H && x >= 0 && x < W;
                same = got[i] == (in ? value(y, x, i % C) : constant);
                any = any || in;
            }
            if (same && any)
                return true;
        }
    return false;
}

/* What moves by whole pixels: over many samples, only what the options allow, and all of it. */
static void test_whole_pixels(void)
{
    static const struct {
        const char *step;
        int64_t h, w;
        int sy, sx;
        int64_t top, bottom, left, right; /* range of the offsets */
    } cases[] = {
        { "flip axis=horizontal probability=1", H, W, 1, -1, 0, 0, W - 1, W - 1 },
        { "flip axis=vertical probability=1", H, W, -1, 1, H - 1, H - 1, 0, 0 },
        { "shift pixels=2", H, W, 1, 1, -2, 2, -2, 2 },
        { "shift pixels=[0,3]", H, W, 1, 1, 0, 0, -3, 3 },
        { "shift share=0.4", H, W, 1, 1, -2, 2, -3, 3 },
        { "shift pixels=0", H, W, 1, 1, 0, 0, 0, 0 },
        { "crop size=[3,4]", 3, 4, 1, 1, 0, 2, 0, 3 },
        { "crop size=5 padding=2", 5, 5, 1, 1, -2, 2, -2, 4 },
        { "crop size=[5,7]", 5, 7, 1, 1, 0, 0, 0, 0 },
    };
    for (int k = 0; k < LEN(cases); k++) {
        rig r = { 0 };
        float out[ROOM];
        int64_t low_y = 99, high_y = -99, low_x = 99, high_x = -99, ty, tx;
        add(&r, cases[k].step);
        yk_pipeline_opts o = opts_of(&r);
        MUST(yk_pipeline_create(&r.p, &o));
        CU_ASSERT_EQUAL(yk_pipeline_shape(r.p)->dim[0], cases[k].h);
        CU_ASSERT_EQUAL(yk_pipeline_shape(r.p)->dim[1], cases[k].w);
        for (int64_t sample = 0; sample < 400; sample++) {
            run(r.p, 3, sample, out);
            if (!moved_by(out, cases[k].h, cases[k].w, cases[k].sy, cases[k].sx, 0, &ty, &tx)) {
                FAIL_CASE(cases[k].step, "sample %lld", (long long)sample);
                break;
            }
            low_y = ty < low_y ? ty : low_y;
            high_y = ty > high_y ? ty : high_y;
            low_x = tx < low_x ? tx : low_x;
            high_x = tx > high_x ? tx : high_x;
        }
        if (low_y != cases[k].top || high_y != cases[k].bottom || low_x != cases[k].left || high_x != cases[k].right)
            FAIL_CASE(cases[k].step, "offsets %lld..%lld, %lld..%lld", (long long)low_y, (long long)high_y,
                      (long long)low_x, (long long)high_x);
        yk_pipeline_destroy(&r.p);
    }
}

/* The row 0 1 2 3 4 shifted right by `by`: what lies beyond the border. */
static void test_borders(void)
{
    static const struct {
        const char *fill;
        int by;
        float want[5];
    } cases[] = {
        { "constant", 2, { -1, -1, 0, 1, 2 } },    { "edge", 2, { 0, 0, 0, 1, 2 } },
        { "reflect", 2, { 2, 1, 0, 1, 2 } },       { "reflect", -3, { 3, 4, 3, 2, 1 } },
        { "edge", -7, { 4, 4, 4, 4, 4 } },         { "reflect", 9, { 1, 0, 1, 2, 3 } },
        { "constant", 9, { -1, -1, -1, -1, -1 } },
    };
    for (int k = 0; k < LEN(cases); k++)
        for (int half = 0; half < 2; half++) { /* the bilinear way has the same borders */
            const float row[5] = { 0, 1, 2, 3, 4 };
            float out[5];
            int64_t at[5];
            const yk_turn t = { .in_h = 1, .in_w = 5, .h = 1, .w = 5, .c = 1 };
            yk_motion m = { .row = { 1, 0, 0 }, .column = { 0, 1, -cases[k].by }, .border = { .value = -1 } };
            const char *const names[] = { "constant", "reflect", "edge" };
            while (strcmp(names[m.border.fill], cases[k].fill) != 0)
                m.border.fill++;
            m.row[0] = half ? 0.5 : 1; /* of one row: the same place, by the other way */
            yk_warp(&t, &m, YK_IMAGE_NUMBERS, row, at, out);
            for (int i = 0; i < 5; i++)
                if (out[i] != cases[k].want[i])
                    FAIL_CASE(cases[k].fill, "by %d, pixel %d: %g", cases[k].by, i, (double)out[i]);
        }
}

/* Angles and factors of which the result is known. */
static void test_turning(void)
{
    const float square[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, quarter[9] = { 2, 5, 8, 1, 4, 7, 0, 3, 6 };
    float out[9];
    int64_t at[3];
    const yk_turn t = { .in_h = 3, .in_w = 3, .h = 3, .w = 3, .c = 1 };
    const yk_motion left = { .row = { 0, 1, 0 }, .column = { -1, 0, 2 } }; /* (y, x) shows (x, 2 - y) */
    yk_warp(&t, &left, YK_IMAGE_NUMBERS, square, at, out);
    CU_ASSERT(memcmp(out, quarter, sizeof out) == 0);
    const yk_motion halves = { .row = { 1, 0, 0.5 }, .column = { 0, 1, 0.25 }, .border = { .fill = YK_FILL_EDGE } };
    yk_warp(&t, &halves, YK_IMAGE_NUMBERS, square, at, out);
    CU_ASSERT_EQUAL(out[0], 1.75f);
    CU_ASSERT_EQUAL(out[8], 8.0f);
    rig r = { 0 };
    float x[H * W * C], y[ROOM], differ = 0;
    image(x, C);
    add(&r, "rotate degrees=0");
    add(&r, "scale range=0");
    yk_pipeline_opts o = opts_of(&r);
    MUST(yk_pipeline_create(&r.p, &o));
    run(r.p, 0, 0, y);
    CU_ASSERT(memcmp(x, y, sizeof x) == 0);
    yk_pipeline_destroy(&r.p);
    r.a.n = 0;
    add(&r, "rotate degrees=20 fill=edge");
    MUST(yk_pipeline_create(&r.p, &o));
    for (int64_t s = 0; s < 50; s++) {
        run(r.p, 0, s, y);
        const int64_t middle = (H / 2 * W + W / 2) * C; /* stays where it is */
        CU_ASSERT_DOUBLE_EQUAL(y[middle], x[middle], 1e-5);
        differ = fmaxf(differ, fabsf(y[0] - x[0]));
    }
    CU_ASSERT(differ > 0.05f);
    yk_pipeline_destroy(&r.p);
}

static double mean_of(const float *x, int64_t n, int64_t step)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i * step];
    return sum / (double)n;
}

static void test_values(void)
{
    static const struct {
        const char *step;
        bool same_mean, same_channel_differences, within;
    } cases[] = {
        { "brightness range=0.25", false, true, true },
        { "contrast range=0.5", true, false, false },
        { "colour shift=0.25", false, false, true },
        { "colour saturation=0.5 hue=0.2", true, false, false },
    };
    float x[H * W * C], y[ROOM];
    image(x, C);
    for (int k = 0; k < LEN(cases); k++) {
        rig r = { 0 };
        add(&r, cases[k].step);
        yk_pipeline_opts o = opts_of(&r);
        MUST(yk_pipeline_create(&r.p, &o));
        float most = 0;
        for (int64_t s = 0; s < 100; s++) {
            run(r.p, 0, s, y);
            for (int i = 0; i < H * W * C; i++)
                most = fmaxf(most, fabsf(y[i] - x[i]));
            if (cases[k].same_mean && fabs(mean_of(y, H * W * C, 1) - mean_of(x, H * W * C, 1)) > 1e-5)
                FAIL_CASE(cases[k].step, "mean %g", mean_of(y, H * W * C, 1));
            if (cases[k].same_channel_differences && fabsf((y[1] - y[0]) - (x[1] - x[0])) > 1e-6f)
                FAIL_CASE(cases[k].step, "%g", (double)(y[1] - y[0]));
        }
        if (most < 0.002f || (cases[k].within && (most > 0.25f || most < 0.2f)))
            FAIL_CASE(cases[k].step, "moved by %g", (double)most);
        yk_pipeline_destroy(&r.p);
    }
    rig r = { 0 };
    add(&r, "cutout size=[2,3] value=9");
    yk_pipeline_opts o = opts_of(&r);
    MUST(yk_pipeline_create(&r.p, &o));
    int64_t fewest = ROOM, most = 0;
    for (int64_t s = 0; s < 200; s++) {
        int64_t covered = 0;
        run(r.p, 0, s, y);
        for (int i = 0; i < H * W * C; i++) {
            covered += y[i] == 9;
            CU_ASSERT(y[i] == 9 || y[i] == x[i]);
        }
        fewest = covered < fewest ? covered : fewest;
        most = covered > most ? covered : most;
    }
    CU_ASSERT(most == 2 * 3 * C && fewest < most && fewest > 0);
    yk_pipeline_destroy(&r.p);
}

static void test_pca(void)
{
    static const float axes[9] = { 2, 0, 0, 0, 1, 0, 0, 0, 0 }; /* red twice as far as green, blue never */
    float x[H * W * C], y[ROOM];
    double squares[C] = { 0 };
    enum { TIMES = 3000 };
    image(x, C);
    rig r = { 0 };
    add(&r, "pca_colour std=0.1");
    yk_pipeline_opts o = opts_of(&r);
    CU_ASSERT(yk_augmentation_colours(&r.a));
    CU_ASSERT_EQUAL(yk_pipeline_create(&r.p, &o), YK_ERR_RECIPE); /* without axes */
    o.axes = axes;
    MUST(yk_pipeline_create(&r.p, &o));
    for (int64_t s = 0; s < TIMES; s++) {
        run(r.p, 0, s, y);
        for (int c = 0; c < C; c++)
            squares[c] += (double)(y[c] - x[c]) * (double)(y[c] - x[c]);
        CU_ASSERT_DOUBLE_EQUAL(y[0] - x[0], y[H * W * C - 3] - x[H * W * C - 3], 1e-6);
    }
    CU_ASSERT_DOUBLE_EQUAL(sqrt(squares[0] / TIMES), 0.2, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(squares[1] / TIMES), 0.1, 0.005);
    CU_ASSERT_EQUAL(squares[2], 0);
    yk_pipeline_destroy(&r.p);
}

/* A label image goes where x goes, and no label appears that was not there. */
static void test_labels_move_along(void)
{
    static const char *const steps[] = { "flip fields=[x,y]", "shift pixels=2 fields=[x,y] label=7",
                                         "crop size=4 fields=x,y", "rotate degrees=40 fields=[x,y] label=7",
                                         "scale range=0.3 fields=[y,x] fill=edge" };
    for (int k = 0; k < LEN(steps); k++) {
        rig r = { 0 };
        yk_pipeline *py;
        add(&r, steps[k]);
        yk_pipeline_opts ox = opts_of(&r), oy = ox;
        ox.sample = yk_shape_of(3, H, W, 1);
        ox.nearest = true; /* so that both can be compared: floats, from the nearest pixel */
        oy.sample = yk_shape_of(2, H, W);
        oy.field = "y";
        oy.labels = true;
        MUST(yk_pipeline_create(&r.p, &ox));
        MUST(yk_pipeline_create(&py, &oy));
        for (int64_t s = 0; s < 60; s++) {
            float x[ROOM];
            int32_t y[ROOM];
            for (int i = 0; i < H * W; i++) {
                ((float *)yk_pipeline_input(r.p))[i] = (float)(i + 10);
                ((int32_t *)yk_pipeline_input(py))[i] = i + 10;
            }
            yk_pipeline_run(r.p, 1, s, x);
            yk_pipeline_run(py, 1, s, y);
            for (int64_t i = 0; i < yk_shape_len(yk_pipeline_shape(py)); i++)
                if (y[i] != (int32_t)x[i])
                    FAIL_CASE(steps[k], "%d beside %g", y[i], (double)x[i]);
        }
        yk_pipeline_destroy(&r.p);
        yk_pipeline_destroy(&py);
    }
}

/* The same of (seed, epoch, sample), in any order; other numbers give other pixels. */
static void test_keys(void)
{
    float a[ROOM], b[ROOM];
    rig r = { 0 };
    add(&r, "flip axis=both");
    add(&r, "shift pixels=2");
    add(&r, "brightness range=0.5");
    yk_pipeline *q;
    yk_pipeline_opts o = opts_of(&r), other = o;
    other.seed = 2;
    MUST(yk_pipeline_create(&r.p, &o));
    MUST(yk_pipeline_create(&q, &o));
    for (int64_t s = 20; s > 0; s--)
        run(q, 5, s, b);
    run(r.p, 4, 17, a);
    run(q, 4, 17, b);
    CU_ASSERT(memcmp(a, b, sizeof(float) * H * W * C) == 0);
    run(q, 5, 17, b);
    CU_ASSERT(memcmp(a, b, sizeof(float) * H * W * C) != 0);
    run(q, 4, 18, b);
    CU_ASSERT(memcmp(a, b, sizeof(float) * H * W * C) != 0);
    yk_pipeline_destroy(&q);
    MUST(yk_pipeline_create(&q, &other));
    run(q, 4, 17, b);
    CU_ASSERT(memcmp(a, b, sizeof(float) * H * W * C) != 0);
    yk_pipeline_destroy(&q);
    yk_pipeline_destroy(&r.p);
}

/* About so many of the samples; outside training only what changes the size, from the middle. */
static void test_chance_and_evaluation(void)
{
    float x[H * W * C], y[ROOM];
    int flipped = 0;
    rig r = { 0 };
    image(x, C);
    add(&r, "flip probability=0.3");
    yk_pipeline_opts o = opts_of(&r);
    MUST(yk_pipeline_create(&r.p, &o));
    for (int64_t s = 0; s < 2000; s++) {
        run(r.p, 0, s, y);
        flipped += memcmp(x, y, sizeof x) != 0;
    }
    CU_ASSERT(flipped > 540 && flipped < 660);
    yk_pipeline_destroy(&r.p);
    o.train = false;
    MUST(yk_pipeline_create(&r.p, &o));
    CU_ASSERT_PTR_NULL(r.p);
    add(&r, "crop size=[3,4] padding=3");
    MUST(yk_pipeline_create(&r.p, &o));
    int64_t ty, tx;
    for (int64_t s = 0; s < 10; s++) {
        run(r.p, 0, s, y);
        CU_ASSERT(moved_by(y, 3, 4, 1, 1, 0, &ty, &tx) && ty == 1 && tx == 1);
    }
    yk_pipeline_destroy(&r.p);
    o.field = "z";
    MUST(yk_pipeline_create(&r.p, &o));
    CU_ASSERT_PTR_NULL(r.p);
}

static void test_refusals(void)
{
    static const struct {
        const char *step;
        yk_shape sample;
        bool labels;
        const char *text;
    } cases[] = {
        { "flip", { 1, { 12 } }, false, "r.yaml:3:5: flip: a sample of x has shape (12); it must be an image" },
        { "flip", { 0, { 0 } }, false, "has shape ()" },
        { "rotate degrees=9", { 4, { 2, 2, 2, 2 } }, false, "has shape (2, 2, 2, 2)" },
        { "crop size=8",
          { 3, { 5, 9, 1 } },
          false,
          "r.yaml:3:5: crop: a window of 8 x 8 is larger than the image of 5 x 9" },
        { "crop size=[1,2,3]", { 3, { 5, 9, 1 } }, false, "[height, width] is expected" },
        { "shift pixels=[1,2,3]", { 3, { 5, 9, 1 } }, false, "[vertical, horizontal] is expected" },
        { "cutout size=[1,2,3]", { 3, { 5, 9, 1 } }, false, "[height, width] is expected" },
        { "colour hue=0.1", { 3, { 5, 9, 1 } }, false, "3 channels (red, green, blue); these have 1" },
        { "pca_colour", { 3, { 5, 9, 17 } }, false, "17 channels" },
        { "brightness range=1", { 3, { 5, 9, 1 } }, true, "brightness changes values, but x holds class numbers" },
    };
    for (int k = 0; k < LEN(cases); k++) {
        rig r = { 0 };
        add(&r, cases[k].step);
        yk_pipeline_opts o = opts_of(&r);
        o.sample = cases[k].sample;
        o.labels = cases[k].labels;
        yk_status got = yk_pipeline_create(&r.p, &o);
        if (got != YK_ERR_RECIPE || r.p || !strstr(yk_error_text(), cases[k].text))
            FAIL_CASE(cases[k].step, "%s: %s", yk_status_name(got), yk_error_text());
    }
    rig r = { 0 };
    const char *const fields[] = { "x", "y" };
    const yk_augment *none;
    add(&r, "flip fields=[x,z]");
    CU_ASSERT_EQUAL(yk_augmentation_fields(&r.a, 2, fields), YK_ERR_RECIPE);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "not fed with a field \"z\""));
    CU_ASSERT_EQUAL(yk_augment_find("filp", &none), YK_ERR_ARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "did you mean \"flip\""));
    CU_ASSERT_EQUAL(yk_mem_live(), 0);
}

/* Shares of Beta(alpha, alpha), the same for all fields; what is mixed stays a distribution. */
static void test_mixup(void)
{
    static const double alphas[] = { 0.05, 0.2, 1, 5 };
    enum { N = 5, TIMES = 2000 };
    for (int k = 0; k < LEN(alphas); k++) {
        rig r = { 0 };
        char step[64];
        double sum = 0, squares = 0;
        snprintf(step, sizeof step, "mixup alpha=%g", alphas[k]);
        add(&r, step);
        CU_ASSERT(yk_augmentation_mixes(&r.a, "x") && yk_augmentation_mixes(&r.a, "y") &&
                  !yk_augmentation_mixes(&r.a, "z"));
        for (int64_t epoch = 0; epoch < TIMES; epoch++) {
            static const int64_t sample[N] = { 70, 3, 14, 8, 9 };
            float x[N], y[N][N] = { { 0 } }, room[N * N];
            for (int i = 0; i < N; i++) {
                x[i] = (float)(1 << i);
                y[i][i] = 1;
            }
            yk_augmentation_mix(&r.a, "x", 1, epoch, N, sample, 1, x, room);
            yk_augmentation_mix(&r.a, "y", 1, epoch, N, sample, N, y[0], room);
            for (int i = 0; i < N; i++) {
                float total = 0, mixed = 0;
                for (int j = 0; j < N; j++) {
                    total += y[i][j];
                    mixed += y[i][j] * (float)(1 << j);
                }
                if (fabsf(total - 1) > 1e-6f || fabsf(mixed - x[i]) > 1e-4f || !(y[i][i] >= 0 && y[i][i] <= 1))
                    FAIL_CASE(step, "sum %g, x %g beside %g", (double)total, (double)x[i], (double)mixed);
                sum += (double)y[i][i];
                squares += (double)y[i][i] * (double)y[i][i];
            }
        }
        const double mean = sum / (N * TIMES), variance = squares / (N * TIMES) - mean * mean;
        if (fabs(mean - 0.5) > 0.02 || fabs(variance - 1 / (4 * (2 * alphas[k] + 1))) > 0.006)
            FAIL_CASE(step, "mean %g, variance %g", mean, variance);
    }
    rig r = { 0 };
    const int64_t one = 3;
    float alone = 7, room;
    add(&r, "mixup");
    yk_augmentation_mix(&r.a, "x", 1, 0, 1, &one, 1, &alone, &room);
    CU_ASSERT_EQUAL(alone, 7);
}

/* The pixels are part of the numerics: every compiler, CPU and build gives these. */
static void test_bits(void)
{
    static const char *const steps[] = { "flip axis=both",
                                         "shift share=0.3 fill=reflect",
                                         "crop size=[4,6] padding=1 fill=edge",
                                         "rotate degrees=30",
                                         "scale range=0.2",
                                         "brightness range=0.2",
                                         "contrast range=0.3",
                                         "colour shift=0.1 saturation=0.5 hue=0.3",
                                         "pca_colour",
                                         "cutout size=2",
                                         "mixup alpha=0.3" };
    static const float axes[9] = { 0.3f, 0.2f, 0.1f, -0.1f, 0.2f, -0.1f, 0.01f, -0.02f, 0.03f };
    enum { N = 64, LENGTH = 4 * 6 * C };
    static float x[N][LENGTH], room[N * LENGTH];
    static char opts[LEN(steps)][2048];
    int64_t sample[N];
    yk_augmentation a = { 0 };
    for (int k = 0; k < LEN(steps); k++) {
        rig one = { 0 };
        add(&one, steps[k]);
        memcpy(opts[k], one.opts[0], sizeof opts[k]);
        a.step[a.n] = one.a.step[0];
        a.step[a.n++].opts = opts[k];
    }
    yk_pipeline *p;
    yk_pipeline_opts o = {
        .augmentation = &a, .field = "x", .sample = yk_shape_of(3, H, W, C), .seed = 9, .train = true, .axes = axes
    };
    MUST(yk_pipeline_create(&p, &o));
    for (int i = 0; i < N; i++) {
        sample[i] = 1000003 * (int64_t)i;
        run(p, 7, sample[i], x[i]);
    }
    yk_augmentation_mix(&a, "x", 9, 7, N, sample, LENGTH, x[0], room);
    char hex[YK_SHA256_HEX];
    yk_digest_tensor(&(yk_tensor){ YK_F32, yk_shape_of(2, N, LENGTH), x }, hex);
    if (strcmp(hex, "42327aeed32f8325278e007f65425257686718a485a0aaef76a3763d0b40c705") != 0)
        FAIL_CASE("all steps", "%s", hex);
    yk_pipeline_destroy(&p);
}

static void test_allocates_nothing(void)
{
    float y[ROOM];
    rig r = { 0 };
    add(&r, "flip");
    add(&r, "rotate degrees=10");
    add(&r, "cutout size=2");
    yk_pipeline_opts o = opts_of(&r);
    MUST(yk_pipeline_create(&r.p, &o));
    CU_ASSERT_EQUAL(yk_pipeline_bytes(r.p), 2 * 4 * H * W * C);
    const int64_t before = yk_mem_count();
    for (int64_t s = 0; s < 100; s++)
        run(r.p, 0, s, y);
    CU_ASSERT_EQUAL(yk_mem_count(), before);
    yk_pipeline_destroy(&r.p);
    CU_ASSERT_EQUAL(yk_mem_live(), 0);
}

int main(void)
{
    static const yk_test tests[] = { { "motions by whole pixels", test_whole_pixels },
                                     { "borders", test_borders },
                                     { "turning and scaling", test_turning },
                                     { "values", test_values },
                                     { "pca_colour", test_pca },
                                     { "labels move along", test_labels_move_along },
                                     { "keys", test_keys },
                                     { "chance, evaluation", test_chance_and_evaluation },
                                     { "refusals", test_refusals },
                                     { "mixup", test_mixup },
                                     { "bits", test_bits },
                                     { "allocates nothing", test_allocates_nothing },
                                     { 0 } };
    return yk_test_main("augment/augment", tests);
}
