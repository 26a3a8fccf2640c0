/* SPDX-License-Identifier: Apache-2.0 */
/* Maker of a small dataset that needs no download: digits 28 x 28 in splits /train, /dev, /test as 10 : 1 : 1. Sample i
 * is a function of (seed, i) alone. */
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/glyphs.h"
#include "data/importers.h"
#include "io/datafile.h"
#include "io/spec.h"

typedef struct digits_opts {
    int64_t n, seed;
} digits_opts;

static const yk_option options[] = {
    { "n", YK_OPT_INT, offsetof(digits_opts, n), "12000", 12, 1e9, NULL, "samples in all" },
    { "seed", YK_OPT_INT, offsetof(digits_opts, seed), "1", 0, 9e15, NULL, "another seed gives other digits" },
    { 0 }
};

/* Samples first .. first+count-1; what a digit is was drawn, too. */
static yk_status write_split(yk_datawriter *writer, yk_key key, int64_t first, int64_t count)
{
    static const char *const classes[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    yk_status status = YK_OK;
    uint8_t *x, *y = NULL;
    YK_TRY(yk_alloc(&x, count, YK_GLYPH_SIDE * YK_GLYPH_SIDE));
    YK_TRY_GOTO(yk_alloc(&y, count, 1), done);
    for (int64_t i = 0; i < count; i++) {
        y[i] = (uint8_t)(10 * (uint64_t)yk_random_bits(key, 0, first + i, 0) >> 32);
        yk_glyph_draw(key, first + i, y[i], x + i * YK_GLYPH_SIDE * YK_GLYPH_SIDE);
    }
    const yk_tensor images = { YK_U8, yk_shape_of(4, count, YK_GLYPH_SIDE, YK_GLYPH_SIDE, 1), x };
    const yk_tensor labels = { YK_U8, yk_shape_of(1, count), y };
    YK_TRY_GOTO(yk_datawriter_field(writer, "x", &images), done);
    YK_TRY_GOTO(yk_datawriter_field(writer, "y", &labels), done);
    YK_TRY_GOTO(yk_datawriter_classes(writer, "y", YK_LEN(classes), classes), done);
done:
    yk_free(x);
    yk_free(y);
    return status;
}

static yk_status write_all(yk_datawriter *writer, yk_key key, int64_t n)
{
    const int64_t part = n / 12;
    YK_TRY(write_split(writer, key, 0, n - 2 * part));
    YK_TRY(yk_datawriter_group(writer, "/dev", false));
    YK_TRY(write_split(writer, key, n - 2 * part, part));
    YK_TRY(yk_datawriter_group(writer, "/test", false));
    YK_TRY(write_split(writer, key, n - part, part));
    return YK_OK;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    const digits_opts *o = opts;
    (void)n;
    (void)files;
    yk_status status = YK_OK;
    yk_datawriter *writer = NULL;
    char *path, *group, *spec = NULL;
    YK_TRY(yk_spec_split(out, &path, &group));
    YK_CHECK_GOTO(strcmp(group, "/") == 0, done, YK_ERR_ARG,
                  "%s: digits come as splits train, dev and test; name a file without a split", out);
    YK_TRY_GOTO(yk_format(&spec, "%s:/train", path), done);
    YK_TRY_GOTO(yk_datawriter_create(&writer, spec, false), done);
    YK_TRY_GOTO(write_all(writer, yk_key_make((uint64_t)o->seed, YK_FOR_MAKE, "digits"), o->n), done);
    YK_TRY_GOTO(yk_datawriter_commit(&writer), done);
done:
    yk_datawriter_discard(&writer);
    yk_free(spec);
    yk_free(path);
    yk_free(group);
    return status;
}

const yk_importer yk_importer_digits = {
    .name = "digits",
    .kind = YK_MAKE,
    .doc = "handwritten-like digits, 28 x 28 x 1 bytes, 10 classes; splits train, dev and test as 10 : 1 : 1",
    .usage = "",
    .opts_size = sizeof(digits_opts),
    .opts = options,
    .run = run,
};
