/* SPDX-License-Identifier: Apache-2.0 */
/* yoke data preview: a dataset file of augmented samples, for every program that shows images. */
#include <inttypes.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "data/dataset.h"
#include "train/preview.h"

/* The names of the classes go with y. */
static yk_status write_classes(yk_datawriter *writer, const yk_source *source)
{
    char *block;
    const char **name;
    int64_t n;
    yk_status status = yk_source_classes(source, "y", &block, &name, &n);
    if (status == YK_OK && n > 0)
        status = yk_datawriter_strings(writer, "y", "classes", n, name);
    yk_free(name);
    yk_free(block);
    return status;
}

static yk_status write_file(const char *out, const yk_source *source, const yk_preview *p)
{
    yk_status status = YK_OK;
    yk_datawriter *writer;
    const yk_tensor sample = { YK_I64, { 1, { p->n } }, p->sample };
    YK_TRY(yk_datawriter_create(&writer, out, false));
    YK_TRY_GOTO(yk_datawriter_field(writer, "x", &p->x), fail);
    if (p->y.dtype != YK_NO_DTYPE) {
        YK_TRY_GOTO(yk_datawriter_field(writer, "y", &p->y), fail);
        YK_TRY_GOTO(write_classes(writer, source), fail);
    }
    YK_TRY_GOTO(yk_datawriter_field(writer, "sample", &sample), fail);
    return yk_datawriter_commit(&writer);
fail:
    yk_datawriter_discard(&writer);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *out = yk_args_get(&cli->args, "--out");
    yk_recipe *recipe;
    yk_preview preview;
    int64_t n, epoch;
    char shape[YK_SHAPE_TEXT];
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give --out FILE.h5, the file to write");
    YK_TRY(yk_args_int(&cli->args, "-n", 1, 1000000, 64, &n));
    YK_TRY(yk_args_int(&cli->args, "--epoch", 0, UINT32_MAX, 0, &epoch));
    YK_TRY(yk_cli_recipe(cli, &recipe));
    yk_status status = yk_preview_make(&preview, cli->comm, recipe, epoch, n);
    if (status == YK_OK)
        status = write_file(out, &recipe->train, &preview);
    if (status == YK_OK)
        printf("%s: %" PRId64 " samples of shape %s as they are in epoch %" PRId64 "\n", out, preview.n,
               yk_shape_text(&preview.x.shape, 1, shape), epoch);
    yk_preview_free(&preview);
    yk_recipe_destroy(&recipe);
    return status;
}

static const yk_flag flags[] = {
    { "--out", "FILE[:/GROUP]", "the file to write: x (scaled and augmented, not normalised), y, sample", false },
    { "-n", "N", "samples: the first of the epoch (default: 64)", false },
    { "--epoch", "N", "from 0 (default: 0)", false },
    YK_OVERRIDE_FLAG,
    { 0 },
};

const yk_command yk_command_data_preview = {
    .name = "data preview",
    .words = "RECIPE --out FILE.h5",
    .doc = "writes training samples as augmentation makes them",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
