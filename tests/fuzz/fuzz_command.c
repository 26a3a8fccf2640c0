/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: the input's lines are the words behind `yoke`. All are parsed; those of commands that only tell
 * something are run, in an empty folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/error.h"
#include "fuzz.h"

enum { WORDS = 64 };

static bool only_tells(const char *command)
{
    static const char *const names[] = { "plan", "digest", "report", "info", "ops", "data order" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(command, names[i]) == 0)
            return true;
    return false;
}

static void run(yk_cli *cli)
{
    int code = 0;
    if (!only_tells(cli->command->name) || yk_comm_create_self(&cli->comm) != YK_OK)
        return;
    yk_status status = cli->command->run(cli, &code);
    (void)status;
    yk_comm_destroy(&cli->comm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    char *text = fuzz_text(data, size), *words[WORDS + 1] = { (char *)"yoke" }, *rest = NULL;
    int n = 1, used = 0;
    if (!ready && (chdir("/") != 0 || !freopen("/dev/null", "w", stdout)))
        abort();
    ready = true;
    for (char *w = strtok_r(text, "\n", &rest); w && n < WORDS; w = strtok_r(NULL, "\n", &rest))
        words[n++] = w;
    yk_cli cli = { .command = yk_command_find(n, words, &used) };
    if (cli.command) {
        cli.n = n - 1 - used;
        cli.raw = words + 1 + used;
        if (cli.command->own_words || yk_args_parse(&cli.args, cli.command, cli.n, cli.raw) == YK_OK)
            run(&cli);
    } else if (n > 1) {
        yk_status status = yk_command_unknown(n, words);
        (void)status;
    }
    free(text);
    return 0;
}
