/* SPDX-License-Identifier: Apache-2.0 */
/* yoke: finds the command, starts MPI where it is needed, runs it, prints the one line of an error, and chooses the
 * exit code. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/log.h"
#include "train/train.h"
#include "yoke/plugin.h"
#include "yoke/version.h"
#include "io/files.h"

/* Rank by the launcher's word, for messages before MPI has started; NULL without a launcher. */
static const char *launcher_rank(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (getenv(names[i]))
            return getenv(names[i]);
    return NULL;
}

/* Warnings and errors once for the whole job: rank 0 speaks. */
static void print_line(void *context, yk_log_level level, const char *line)
{
    static const char *const prefix[] = { "yoke: ", "yoke: warning: ", "yoke: ", "yoke: debug: " };
    if (*(const int *)context == 0)
        fprintf(stderr, "%s%s\n", prefix[level], line);
}

static void print_where(void)
{
    if (getenv("YOKE_LOG") && strcmp(getenv("YOKE_LOG"), "debug") == 0)
        fprintf(stderr, "%s\n", yk_error_where());
}

static void print_error(int rank)
{
    if (rank == 0) {
        fflush(stdout);
        fprintf(stderr, "yoke: %s\n", yk_error_text());
        print_where();
    }
}

/* An error that every process meets before MPI runs. A launcher ends the job at the first process that fails: starting
 * MPI, all wait for rank 0 to have spoken. */
static void print_early_error(int rank)
{
    yk_comm *comm;
    int argc = 0;
    char **argv = NULL;
    print_error(rank);
    if (launcher_rank() && yk_comm_start(&comm, &argc, &argv) == YK_OK)
        yk_comm_stop(&comm);
}

static void print_usage(void)
{
    printf("yoke %s: trains neural networks on CPU clusters\n\n", YK_VERSION);
    printf("usage: yoke COMMAND ...            on one process\n");
    printf("       mpirun -n 4 yoke COMMAND ... on several (commands marked *)\n\ncommands:\n");
    for (const yk_command *const *c = yk_commands; *c; c++)
        printf("  %-12s %c %s\n", (*c)->name, (*c)->ranks ? '*' : ' ', (*c)->doc);
    printf("\n  yoke COMMAND --help   what a command takes\n"
           "  yoke --version        versions of yoke and its libraries, kernel families\n");
}

/* `yoke data --help`: the commands whose first word it is. */
static bool print_group(const char *word)
{
    const size_t length = strlen(word);
    bool found = false;
    for (const yk_command *const *c = yk_commands; *c; c++) {
        if (strncmp((*c)->name, word, length) != 0 || (*c)->name[length] != ' ')
            continue;
        if (!found)
            printf("usage: yoke %s COMMAND ...\n\ncommands:\n", word);
        found = true;
        printf("  %-12s   %s\n", (*c)->name, (*c)->doc);
    }
    if (found)
        printf("\n  yoke %s COMMAND --help   what a command takes\n", word);
    return found;
}

static void print_command(const yk_command *c)
{
    printf("usage: %syoke %s %s%s\n\n%s\n", c->ranks ? "[mpirun -n N] " : "", c->name, c->words,
           c->flags ? " [options]" : "", c->doc);
    if (c->more)
        printf("%s\n", c->more);
    if (c->flags)
        printf("\noptions:\n");
    for (const yk_flag *f = c->flags; f && f->name; f++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", f->name, f->value ? f->value : "");
        printf("  %-20s %s\n", left, f->help);
    }
    if (c->help)
        c->help();
}

static yk_status set_log(int *rank)
{
    yk_log_level level = YK_LOG_WARNING;
    *rank = launcher_rank() ? atoi(launcher_rank()) : 0;
    yk_log_to(print_line, rank, level);
    if (getenv("YOKE_LOG"))
        YK_TRY(yk_log_level_parse(getenv("YOKE_LOG"), &level));
    yk_log_to(print_line, rank, level);
    return YK_OK;
}

/* Runs the command on its communicator; prints its error. Returns the exit code. */
static int run_command(yk_cli *cli, int *rank)
{
    int code = YK_EXIT_DONE, argc = 0;
    char **argv = NULL;
    yk_status status = cli->command->ranks ? yk_comm_start(&cli->comm, &argc, &argv) : yk_comm_create_self(&cli->comm);
    if (status == YK_OK) {
        *rank = yk_comm_rank(cli->comm);
        status = cli->command->run(cli, &code);
    }
    if (status == YK_ERR_MPI) { /* the others may wait for us: they cannot be told otherwise */
        fprintf(stderr, "yoke: rank %d: %s\n", *rank, yk_error_text());
        yk_comm_abort(cli->comm, YK_EXIT_ERROR);
        return YK_EXIT_ERROR;
    }
    if (status != YK_OK) {
        print_error(*rank);
        code = yk_exit_code(status);
    }
    fflush(stdout);
    if (cli->command->ranks)
        yk_comm_stop(&cli->comm);
    else
        yk_comm_destroy(&cli->comm);
    return code;
}

/* Ops from outside are known before anything reads a recipe. */
static yk_status load_plugins(const yk_args *args)
{
    const char *path[YK_ARGS_MAX];
    const int n = yk_args_all(args, "--plugin", path);
    for (int i = 0; i < n; i++)
        YK_TRY(yk_plugin_load(path[i]));
    return YK_OK;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    static int rank;
    int used = 0;
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage();
        return argc < 2 ? YK_EXIT_USAGE : YK_EXIT_DONE;
    }
    yk_status status = set_log(&rank);
    if (status == YK_OK && strcmp(argv[1], "--version") == 0) {
        printf("%s", yk_version_text());
        return YK_EXIT_DONE;
    }
    yk_cli cli = { .command = yk_command_find(argc, argv, &used) };
    if (status == YK_OK && !cli.command && argc == 3 && asks_help(argc, argv) && print_group(argv[1]))
        return YK_EXIT_DONE;
    if (status == YK_OK && !cli.command)
        status = yk_command_unknown(argc, argv);
    if (status == YK_OK && asks_help(argc, argv)) {
        print_command(cli.command);
        return YK_EXIT_DONE;
    }
    if (status == YK_OK) {
        cli.n = argc - 1 - used;
        cli.raw = argv + 1 + used;
        if (!cli.command->own_words)
            status = yk_args_parse(&cli.args, cli.command, cli.n, cli.raw);
        if (status == YK_OK)
            status = load_plugins(&cli.args);
    }
    if (status != YK_OK) {
        print_early_error(rank);
        return yk_exit_code(status);
    }
    yk_cpu_float_strict();
    yk_io_hdf5_ends_plainly();
    yk_datafile_probe(true);
    return run_command(&cli, &rank);
}
