/* SPDX-License-Identifier: Apache-2.0 */
/* What recipes can name, from the tables that the program itself uses. */
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "model/model.h"

enum { MAX_NAMES = 512 };

static void list(void)
{
    yk_catalog_entry e;
    const char *kind = "";
    for (int i = 0; yk_catalog_at(i, &e); i++) {
        if (strcmp(kind, e.kind) != 0)
            printf("%s%s\n", *kind ? "\n" : "", e.kind);
        kind = e.kind;
        printf("  %-24s %s\n", e.name, e.doc);
    }
    printf("\nyoke ops NAME shows the options of one.\n");
}

static void print_entry(const yk_catalog_entry *e)
{
    printf("%s (%s)\n%s\n", e->name, e->kind, e->doc);
    if (yk_option_count(e->opts) > 0)
        printf("\noptions:\n");
    yk_print_options(e->opts);
    if (yk_option_count(e->common) > 0)
        printf("\noptions of every %s:\n", e->kind);
    yk_print_options(e->common);
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_catalog_entry e;
    const char *names[MAX_NAMES], *want = cli->args.n ? cli->args.word[0] : NULL;
    int found = 0, n = 0;
    (void)exit_code;
    if (!want) {
        list();
        return YK_OK;
    }
    for (int i = 0; yk_catalog_at(i, &e); i++) {
        if (n < MAX_NAMES)
            names[n++] = e.name;
        if (strcmp(e.name, want) != 0)
            continue;
        if (found++)
            printf("\n");
        print_entry(&e);
    }
    const char *near = yk_nearest(want, names, n);
    YK_CHECK(found, YK_ERR_ARG, "nothing that a recipe can name is called \"%s\"%s%s; yoke ops lists all", want,
             near ? "; did you mean " : "", near ? near : "");
    return YK_OK;
}

static const yk_flag flags[] = {
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_ops = {
    .name = "ops",
    .words = "[NAME]",
    .doc =
        "what recipes can name: layers, losses, metrics, optimizers, schedules, initialisers, augmentations, sections",
    .flags = flags,
    .least = 0,
    .most = 1,
    .run = run,
};
