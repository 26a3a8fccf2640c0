/* SPDX-License-Identifier: Apache-2.0 */
/* yoke data make | import | split | order. Makers and importers come from their table. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "data/importers.h"
#include "data/order.h"
#include "data/dataset.h"

enum { MAX_OPTIONS = 16 };

/* --- make, import */

/* Flag of an option: -n for one letter, --seed for a word. */
static void flag_name(const yk_option *o, char name[32])
{
    snprintf(name, 32, "%s%.28s", strlen(o->name) == 1 ? "-" : "--", o->name);
}

static void list_options(const yk_option *table)
{
    char name[32];
    for (const yk_option *o = table; o && o->name; o++) {
        flag_name(o, name);
        printf("  %-14s %s", name, o->help);
        if (o->type == YK_OPT_CHOICE)
            printf(" (%s; default: %s)", o->choices, o->initial);
        else if (o->type != YK_OPT_BOOL && o->initial && o->initial[0])
            printf(" (default: %s)", o->initial);
        printf("\n");
    }
}

static void list_importers(yk_importer_kind kind)
{
    for (const yk_importer *const *i = yk_importer_table; *i; i++) {
        if ((*i)->kind != kind)
            continue;
        printf("\n%s %s\n  %s\n", (*i)->name, (*i)->usage, (*i)->doc);
        list_options((*i)->opts);
    }
}

/* Parses the words after the importer's name by its own option table; *out is the file to write. */
static yk_status parse_words(yk_cli *cli, const yk_importer *importer, void *opts, const char **out)
{
    char name[MAX_OPTIONS][32], command_name[80];
    yk_flag flags[MAX_OPTIONS + 2] = { { "-o", "FILE[:/GROUP]", "the file to write", false } };
    const int n = yk_option_count(importer->opts);
    for (int i = 0; i < n && i < MAX_OPTIONS; i++) {
        flag_name(&importer->opts[i], name[i]);
        const bool yes = importer->opts[i].type == YK_OPT_BOOL; /* --gray, without a value */
        flags[i + 1] = (yk_flag){ name[i], yes ? NULL : "VALUE", importer->opts[i].help, false };
    }
    snprintf(command_name, sizeof command_name, "%s %s", cli->command->name, importer->name);
    const yk_command command = {
        .name = command_name, .words = importer->usage, .flags = flags, .least = importer->least, .most = importer->most
    };
    YK_TRY(yk_args_parse(&cli->args, &command, cli->n - 1, cli->raw + 1));
    YK_TRY(yk_option_defaults(importer->opts, opts));
    for (int i = 0; i < n && i < MAX_OPTIONS; i++) {
        const char *value = yk_args_get(&cli->args, name[i]);
        if (value)
            YK_TRY(yk_option_set(&importer->opts[i], opts, *value ? value : flags[i + 1].value ? "" : "true"));
    }
    *out = yk_args_get(&cli->args, "-o");
    YK_CHECK(*out, YK_ERR_ARG, "give -o FILE.h5%s", importer->kind == YK_IMPORT ? ":/train, the split to write" : "");
    cli->args.n_flags = 0; /* their names end here */
    return YK_OK;
}

static yk_status run_importer(yk_cli *cli, yk_importer_kind kind)
{
    const yk_importer *importer;
    const char *out;
    void *opts;
    YK_CHECK(cli->n > 0, YK_ERR_ARG, "usage: yoke %s %s; --help lists what there is", cli->command->name,
             cli->command->words);
    YK_TRY(yk_importer_find(cli->raw[0], kind, &importer));
    YK_TRY(yk_alloc(&opts, (int64_t)importer->opts_size, 1));
    yk_status status = parse_words(cli, importer, opts, &out);
    if (status == YK_OK)
        status = importer->run(opts, cli->args.n, cli->args.word, out);
    yk_free(opts);
    return status;
}

static yk_status run_make(yk_cli *cli, int *exit_code)
{
    (void)exit_code;
    return run_importer(cli, YK_MAKE);
}

static void help_make(void)
{
    printf("\nkinds:\n");
    list_importers(YK_MAKE);
}

const yk_command yk_command_data_make = {
    .name = "data make",
    .words = "KIND -o FILE.h5",
    .doc = "makes a dataset without any download",
    .own_words = true,
    .run = run_make,
    .help = help_make,
};

static yk_status run_import(yk_cli *cli, int *exit_code)
{
    (void)exit_code;
    return run_importer(cli, YK_IMPORT);
}

static void help_import(void)
{
    printf("\nformats:\n");
    list_importers(YK_IMPORT);
}

const yk_command yk_command_data_import = {
    .name = "data import",
    .words = "FORMAT FILE... -o FILE.h5:/SPLIT",
    .doc = "turns files of another format into a dataset",
    .own_words = true,
    .run = run_import,
    .help = help_import,
};

/* --- split */

static yk_status run_split(yk_cli *cli, int *exit_code)
{
    int64_t seed;
    (void)exit_code;
    YK_TRY(yk_args_int(&cli->args, "--seed", 0, INT64_MAX, 1, &seed));
    return yk_data_split(cli->args.word[0], cli->args.n - 1, cli->args.word + 1, (uint64_t)seed);
}

static const yk_flag split_flags[] = {
    { "--seed", "N", "chooses the samples (default: 1)", false },
    { 0 },
};

const yk_command yk_command_data_split = {
    .name = "data split",
    .words = "FILE:/SPLIT NAME=SAMPLES...",
    .doc = "moves samples out of a split into new ones of the same file: dev=5000, test=10%",
    .flags = split_flags,
    .least = 2,
    .most = YK_ARGS_MAX,
    .run = run_split,
};

/* --- order */

static yk_status split_samples(const char *spec, int64_t *n)
{
    yk_datafile *file;
    yk_field field;
    YK_TRY(yk_datafile_open(&file, spec));
    const int count = yk_datafile_count(file);
    if (count > 0) {
        yk_datafile_at(file, 0, &field);
        *n = field.shape.dim[0];
    }
    yk_datafile_close(&file);
    YK_CHECK(count > 0, YK_ERR_DATA, "%s: no fields here", spec);
    return YK_OK;
}

static yk_status run_order(yk_cli *cli, int *exit_code)
{
    int64_t seed, epoch, n = 0;
    yk_shuffle shuffle;
    yk_order order;
    const char *text = yk_args_get(&cli->args, "--shuffle");
    (void)exit_code;
    YK_TRY(yk_args_int(&cli->args, "--seed", 0, INT64_MAX, 0, &seed));
    YK_TRY(yk_args_int(&cli->args, "--epoch", 0, UINT32_MAX, 0, &epoch));
    YK_TRY(yk_shuffle_parse(&shuffle, text ? text : "full"));
    YK_TRY(split_samples(cli->args.word[0], &n));
    yk_order_make(&order, n, &shuffle, (uint64_t)seed, YK_FOR_SHUFFLE);
    for (int64_t i = 0; i < n; i++)
        printf("%" PRId64 "\n", yk_order_at(&order, epoch, i));
    return YK_OK;
}

static const yk_flag order_flags[] = {
    { "--seed", "N", "the recipe's seed (default: 0, as in recipes)", false },
    { "--epoch", "N", "from 0 (default: 0)", false },
    { "--shuffle", "MODE", "full, none or block:SIZE (default: full)", false },
    { 0 },
};

const yk_command yk_command_data_order = {
    .name = "data order",
    .words = "FILE:/SPLIT",
    .doc = "prints the numbers of a split's samples in training order, one a line",
    .flags = order_flags,
    .least = 1,
    .most = 1,
    .run = run_order,
};
