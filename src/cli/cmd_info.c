/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "io/checkpoint.h"
#include "io/datafile.h"

/* --- a checkpoint */

static void print_tensor(const yk_checkpoint_entry *e)
{
    char shape[YK_SHAPE_TEXT], bytes[32];
    const int64_t size = yk_shape_len(&e->shape) * yk_dtype_size(e->dtype);
    printf("  %-44s %-8s %-24s %10s  %.12s\n", e->name, yk_dtype_name(e->dtype), yk_shape_text(&e->shape, 0, shape),
           yk_bytes_text(size, bytes), e->sha256);
}

static yk_status print_checkpoint(const char *path)
{
    yk_checkpoint *c;
    YK_TRY(yk_checkpoint_open(&c, path));
    const yk_state *s = yk_checkpoint_state(c);
    printf("%s: checkpoint, whole\n", path);
    printf("  step %" PRId64 ", epoch %" PRId64 ", seed %" PRIu64 "\n", s->step, s->epoch, s->seed);
    printf("  digest %s\n", yk_checkpoint_digest(c));
    printf("  written by %s, kernels %s, numerics %" PRId64 "\n", s->version, s->family, s->numerics);
    if (s->best_step >= 0)
        printf("  best %s %.6f at step %" PRId64 "\n", s->metric, s->best, s->best_step);
    if (s->plateau_seen > 0)
        printf("  plateau: lr times %g after %" PRId64 " epochs\n", s->plateau_factor, s->plateau_seen);
    if (s->stopped)
        printf("  stopped early\n");
    for (int64_t i = 0; i < yk_checkpoint_count(c); i++) {
        yk_checkpoint_entry e;
        yk_checkpoint_at(c, i, &e);
        print_tensor(&e);
    }
    yk_checkpoint_close(&c);
    return YK_OK;
}

/* --- a dataset */

static yk_status print_classes(yk_datafile *file, const char *field)
{
    char *names;
    int64_t n;
    YK_TRY(yk_datafile_classes(file, field, &names, &n));
    const char *name = names;
    for (int64_t i = 0; i < n && i < 20; i++, name += strlen(name) + 1)
        printf("%s%s", i ? ", " : "      classes: ", name);
    if (n > 0)
        printf("%s\n", n > 20 ? ", ..." : "");
    yk_free(names);
    return YK_OK;
}

static yk_status print_split(void *context, const char *group)
{
    char spec[1024];
    yk_datafile *file;
    yk_status status = YK_OK;
    snprintf(spec, sizeof spec, "%.700s:%.300s", (const char *)context, group);
    YK_TRY(yk_datafile_open(&file, spec));
    printf("  %s\n", group);
    for (int i = 0; status == YK_OK && i < yk_datafile_count(file); i++) {
        yk_field f;
        char shape[YK_SHAPE_TEXT], bytes[32];
        yk_datafile_at(file, i, &f);
        printf("    %-20s %-8s %-24s %10s\n", f.name, yk_dtype_name(f.dtype), yk_shape_text(&f.shape, 0, shape),
               yk_bytes_text(yk_shape_len(&f.shape) * yk_dtype_size(f.dtype), bytes));
        status = print_classes(file, f.name);
    }
    for (int i = 0; yk_datafile_differs(file, i); i++)
        printf("    not a field of all files: %s\n", yk_datafile_differs(file, i));
    yk_datafile_close(&file);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *path = cli->args.word[0];
    (void)exit_code;
    if (yk_checkpoint_is(path))
        return print_checkpoint(path);
    yk_datafile *file; /* a file that cannot be opened is told in one line, before anything is printed */
    YK_TRY(yk_datafile_open(&file, path));
    const int64_t files = yk_datafile_parts(file);
    yk_datafile_close(&file);
    if (files > 1)
        printf("%s: dataset of %" PRId64 " files\n", path, files);
    else
        printf("%s: dataset\n", path);
    return yk_datafile_visit(path, print_split, (void *)(uintptr_t)path);
}

const yk_command yk_command_info = {
    .name = "info",
    .words = "FILE.h5",
    .doc = "shows what is in a dataset or a checkpoint",
    .least = 1,
    .most = 1,
    .run = run,
};
