/* SPDX-License-Identifier: Apache-2.0 */
/* The program: commands, their options, and the only place that prints, exits or aborts the job. A command is one file
 * cmd_<name>.c with one constant struct, and one line of command_list.h. */
#ifndef YK_CLI_CLI_H
#define YK_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "comm/comm.h"
#include "core/option.h"
#include "data/dataset.h"
#include "model/recipe.h"

/** An option of a command. */
typedef struct yk_flag {
    const char *name;  /**< "--run"; "-o" for one letter */
    const char *value; /**< what follows it, for help: "DIR"; NULL: nothing does */
    const char *help;
    bool repeat; /**< may be given several times */
} yk_flag;

#define YK_ARGS_MAX 256

/** The words of a command line. */
typedef struct yk_args {
    int n;
    const char *word[YK_ARGS_MAX]; /**< those that are no options */
    int n_flags;
    struct {
        const char *name, *value; /**< value "" for options without one */
    } flag[YK_ARGS_MAX];
} yk_args;

typedef struct yk_command yk_command;

/** What a command gets. */
typedef struct yk_cli {
    const yk_command *command;
    yk_args args;
    int n; /**< words after the command's name, as they were given */
    char **raw;
    yk_comm *comm; /**< of all processes for commands that run on ranks; else of this process alone */
} yk_cli;

struct yk_command {
    const char *name;     /**< "train", "data import" */
    const char *words;    /**< for help: "RECIPE" */
    const char *doc;      /**< one line */
    const char *more;     /**< further lines of help; NULL: none */
    const yk_flag *flags; /**< ended by one without a name; NULL: none */
    int least, most;      /**< words */
    bool ranks;           /**< runs under mpirun */
    bool own_words;       /**< the command parses its words itself: cli->n, cli->raw */
    yk_status (*run)(yk_cli *cli, int *exit_code);
    void (*help)(void); /**< prints what follows the options; NULL: nothing */
};

extern const yk_command *const yk_commands[]; /**< ended by NULL */

/** The command that the words behind the program's name begin with ("data import" is two of them), or NULL. *used: how
 *  many words it is. */
const yk_command *yk_command_find(int argc, char **argv, int *used);

/** The error for words that name no command (argc >= 2), with the nearest. */
yk_status yk_command_unknown(int argc, char **argv);

/** Splits the words after the command's name. YK_ERR_ARG: an unknown option (with the nearest), a missing value, too
 *  few or too many words. */
YK_MUST_CHECK yk_status yk_args_parse(yk_args *args, const yk_command *command, int n, char **words);

/** Value of an option; NULL when it was not given (the last one of several). */
const char *yk_args_get(const yk_args *args, const char *flag);

/** All values of an option that repeats: writes up to YK_ARGS_MAX pointers, returns their number. */
int yk_args_all(const yk_args *args, const char *flag, const char *values[YK_ARGS_MAX]);

/** A whole-number option in [least, most]; `initial` when it was not given. YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_args_int(const yk_args *args, const char *flag, int64_t least, int64_t most, int64_t initial,
                                    int64_t *out);

/** The same for a number above `above` and below `below`. */
YK_MUST_CHECK yk_status yk_args_real(const yk_args *args, const char *flag, double above, double below, double initial,
                                     double *out);

/** The split that --data (required) and --map name. YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_args_source(const yk_args *args, yk_source *source);
#define YK_MAP_FLAG                                                                                                    \
    {                                                                                                                  \
        "--map", "x=NAME,y=NAME", "fields by other names; x=u+v+p stacks fields", false                                \
    }

/** Prints "  name  help" lines of an option table. */
void yk_print_options(const yk_option *table);

/** Prints a string as JSON, with its quotes. */
void yk_print_json(const char *text);

/** Prints a real as JSON: null when it is not finite. */
void yk_print_json_real(double value);

/** "1.5 MB", "820 B". */
const char *yk_bytes_text(int64_t bytes, char text[32]);

/** "12,345,678". */
const char *yk_count_text(int64_t count, char text[32]);

/** Versions of yoke and its libraries in one line, for checkpoints. */
const char *yk_version_line(void);

/** What --version prints. */
const char *yk_version_text(void);

/** Sets threads and kernel family for a command that computes: --threads, else OMP_NUM_THREADS, else the cores that
 *  the rank may use; YOKE_KERNELS. *threads is the number, *cores what the rank may use. */
YK_MUST_CHECK yk_status yk_cli_compute(const yk_cli *cli, int *threads, int *cores);

/** Watches the ranks (comm/stall.h) as --stall says. A rank that does not answer, or a job that stands still, ends the
 *  program with one line and YK_EXIT_STALLED. `run`: the folder whose status.json tells of it, outlives the watch;
 * NULL: none. *mark: where the trainer's mark belongs (yk_train_request), without which status.json is left alone.
 *  Collective. */
YK_MUST_CHECK yk_status yk_cli_watch(yk_cli *cli, const char *run, char **mark);

/** Ends the watch. `status`: how the command ended. Collective, but after YK_ERR_MPI. */
void yk_cli_unwatch(yk_cli *cli, yk_status status);
#define YK_STALL_FLAG                                                                                                  \
    {                                                                                                                  \
        "--stall", "SECONDS",                                                                                          \
            "ends the job when a rank has not answered, or nothing has got on, for so long (default: 120; 0: never)",  \
            false                                                                                                      \
    }

/** Reads the recipe that is the command's first word, with its -o. Collective; the caller destroys it. */
YK_MUST_CHECK yk_status yk_cli_recipe(const yk_cli *cli, yk_recipe **out);
#define YK_THREADS_FLAG                                                                                                \
    {                                                                                                                  \
        "--threads", "N", "threads a rank (default: OMP_NUM_THREADS, else the cores that the rank may use)", false     \
    }
#define YK_PLUGIN_FLAG                                                                                                 \
    {                                                                                                                  \
        "--plugin", "LIBRARY", "a shared library with ops (docs/adding-an-op.md); may be repeated", true               \
    }
#define YK_OVERRIDE_FLAG                                                                                               \
    {                                                                                                                  \
        "-o", "KEY=VALUE", "sets a value of the recipe, e.g. -o optimizer.adam.lr=0.01; may be repeated", true         \
    }

#endif
