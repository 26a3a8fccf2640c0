/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/move.h"
#include "data/tools.h"

static void print_numbers(const char *name, const yk_field_stats *s)
{
    printf("    %-20.40s min %-11.6g max %-11.6g mean %-11.6g std %-11.6g", name, s->min, s->max, s->mean, s->std);
    if (s->nans + s->infinite > 0)
        printf(" NaN %" PRId64 " infinite %" PRId64, s->nans, s->infinite);
    printf("\n");
}

static void print_numbers_json(const yk_field_stats *s)
{
    printf("\"nan\": %" PRId64 ", \"infinite\": %" PRId64, s->nans, s->infinite);
    const struct {
        const char *name;
        double value;
    } reals[] = { { "min", s->min }, { "max", s->max }, { "mean", s->mean }, { "std", s->std } };
    for (int64_t i = 0; i < YK_LEN(reals); i++) {
        printf(", \"%s\": ", reals[i].name);
        yk_print_json_real(reals[i].value);
    }
}

/* The names of a field's classes or columns; *block is what they lie in. */
static yk_status read_names(yk_datafile *file, const char *field, const char *attribute, char **block,
                            const char ***name, int64_t *n)
{
    *name = NULL;
    if (strcmp(attribute, "classes") == 0)
        YK_TRY(yk_datafile_classes(file, field, block, n));
    else
        YK_TRY(yk_datafile_strings(file, field, attribute, block, n));
    YK_TRY(yk_block_pointers(*block, *n, name));
    return YK_OK;
}

static void print_classes(const int64_t *count, int64_t n, const char *const *name, int64_t n_name, bool json)
{
    int64_t total = 0, least = INT64_MAX, most = 0, classes = yk_max(n, n_name);
    for (int64_t i = 0; i < classes; i++) {
        const int64_t here = i < n ? count[i] : 0;
        total += here;
        least = yk_min(least, here);
        most = yk_max(most, here);
    }
    if (json)
        printf(", \"balance\": %.9g, \"classes\": [", (double)least / (double)yk_max(1, most));
    else
        printf("    %" PRId64 " classes; the smallest has %.3g of the samples of the largest\n", classes,
               (double)least / (double)yk_max(1, most));
    for (int64_t i = 0; i < classes; i++) {
        char number[32];
        const int64_t here = i < n ? count[i] : 0;
        snprintf(number, sizeof number, "%" PRId64, i);
        const char *text = i < n_name ? name[i] : number;
        if (json) {
            printf("%s{\"name\": ", i ? ", " : "");
            yk_print_json(text);
            printf(", \"samples\": %" PRId64 "}", here);
        } else {
            printf("      %-24.60s %10" PRId64 "  %5.1f %%\n", text, here, 100 * (double)here / (double)total);
        }
    }
    if (json)
        printf("]");
}

static yk_status print_labels(yk_datafile *file, const char *field, bool json)
{
    yk_status status = YK_OK;
    int64_t *count = NULL, n, n_name;
    char *block = NULL;
    const char **name = NULL;
    YK_TRY_GOTO(yk_data_labels(file, field, &count, &n), done);
    YK_TRY_GOTO(read_names(file, field, "classes", &block, &name, &n_name), done);
    if (n > 0 && (n_name > 0 || strcmp(field, "y") == 0))
        print_classes(count, n, name, n_name, json);
done:
    yk_free(count);
    yk_free(name);
    yk_free(block);
    return status;
}

static yk_status print_columns(yk_datafile *file, const char *field, bool json)
{
    yk_status status = YK_OK;
    yk_field_stats *stats = NULL;
    int64_t n, n_name;
    char *block = NULL;
    const char **name = NULL;
    YK_TRY_GOTO(yk_data_stats(file, field, true, &stats, &n), done);
    YK_TRY_GOTO(read_names(file, field, "columns", &block, &name, &n_name), done);
    if (json)
        printf(", \"columns\": [");
    for (int64_t i = 0; i < n; i++) {
        char number[32];
        snprintf(number, sizeof number, "%" PRId64, i + 1);
        const char *text = n_name == n ? name[i] : number;
        if (!json) {
            print_numbers(text, &stats[i]);
            continue;
        }
        printf("%s{\"name\": ", i ? ", " : "");
        yk_print_json(text);
        printf(", ");
        print_numbers_json(&stats[i]);
        printf("}");
    }
    if (json)
        printf("]");
done:
    yk_free(stats);
    yk_free(name);
    yk_free(block);
    return status;
}

static yk_status print_field(yk_datafile *file, const yk_field *f, bool columns, bool json)
{
    char shape[YK_SHAPE_TEXT];
    yk_field_stats *stats;
    int64_t n;
    YK_TRY(yk_data_stats(file, f->name, false, &stats, &n));
    if (json) {
        yk_print_json(f->name);
        printf(": {\"type\": \"%s\", \"shape\": [", yk_dtype_name(f->dtype));
        for (int i = 0; i < f->shape.ndim; i++)
            printf("%s%" PRId64, i ? ", " : "", f->shape.dim[i]);
        printf("], ");
        print_numbers_json(stats);
    } else {
        printf("  %-20s %-8s %s\n", f->name, yk_dtype_name(f->dtype), yk_shape_text(&f->shape, 0, shape));
        print_numbers("all", stats);
    }
    yk_free(stats);
    YK_TRY(print_labels(file, f->name, json));
    if (columns && f->shape.ndim > 1)
        YK_TRY(print_columns(file, f->name, json));
    if (json)
        printf("}");
    return YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const bool json = yk_args_get(&cli->args, "--json") != NULL;
    const bool columns = yk_args_get(&cli->args, "--columns") != NULL;
    yk_status status = YK_OK;
    yk_datafile *file;
    yk_field field;
    (void)exit_code;
    YK_TRY(yk_datafile_open(&file, cli->args.word[0]));
    YK_CHECK_GOTO(yk_datafile_count(file) > 0, done, YK_ERR_DATA, "%s: no fields here; yoke info lists the splits",
                  cli->args.word[0]);
    printf(json ? "{" : "%s\n", cli->args.word[0]);
    for (int i = 0; i < yk_datafile_count(file); i++) {
        yk_datafile_at(file, i, &field);
        if (json && i > 0)
            printf(", ");
        YK_TRY_GOTO(print_field(file, &field, columns, json), done);
    }
    if (json)
        printf("}\n");
done:
    yk_datafile_close(&file);
    return status;
}

static const yk_flag flags[] = {
    { "--columns", NULL, "also each column (channel) for itself", false },
    { "--json", NULL, "as one JSON object", false },
    { 0 },
};

const yk_command yk_command_data_stats = {
    .name = "data stats",
    .words = "FILE[:/SPLIT]",
    .doc = "smallest, largest, mean and standard deviation of each field, NaNs, samples of each class",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
