/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all commands, made from command_list.h, and the search in it. */
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"

#define YK_COMMAND(symbol) extern const yk_command yk_command_##symbol;
#include "cli/command_list.h"
#undef YK_COMMAND

const yk_command *const yk_commands[] = {
#define YK_COMMAND(symbol) &yk_command_##symbol,
#include "cli/command_list.h"
#undef YK_COMMAND
    NULL
};

const yk_command *yk_command_find(int argc, char **argv, int *used)
{
    for (const yk_command *const *c = yk_commands; *c; c++) {
        const char *second = strchr((*c)->name, ' ');
        const size_t first = second ? (size_t)(second - (*c)->name) : strlen((*c)->name);
        *used = second ? 2 : 1;
        if (argc > *used && strlen(argv[1]) == first && strncmp(argv[1], (*c)->name, first) == 0 &&
            (!second || strcmp(argv[2], second + 1) == 0))
            return *c;
    }
    return NULL;
}

yk_status yk_command_unknown(int argc, char **argv)
{
    char words[128];
    const char *names[64];
    int n = 0;
    for (const yk_command *const *c = yk_commands; *c; c++)
        names[n++] = (*c)->name;
    snprintf(words, sizeof words, "%.50s%s%.50s", argv[1], argc > 2 && strcmp(argv[1], "data") == 0 ? " " : "",
             argc > 2 && strcmp(argv[1], "data") == 0 ? argv[2] : "");
    const char *near = yk_nearest(words, names, n);
    YK_FAIL(YK_ERR_ARG, "no command is called \"%s\"%s%s; yoke --help lists them", words, near ? "; did you mean " : "",
            near ? near : "");
}
