/* SPDX-License-Identifier: Apache-2.0 */
/* What the program does when a rank does not answer or nothing gets on: one line, status.json, the end of the job.
 * Called on the watch thread, while the main thread hangs somewhere; so it takes no lock that that one may hold. */
#include "comm/stall.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/log.h"
#include "io/patience.h"
#include "train/run.h"
#include "train/train.h"

#define FILES_OF_PATIENCE 0.9
enum { STALL_SECONDS = 120, STALL_MOST = 86400, LAST_SECONDS = 5 };

static struct {
    yk_comm *comm;
    const char *run;
    int seconds;
    char mark[YK_RUN_MARK];
} watched;

static void print_stall(const yk_stall_report *r)
{
    const char *hint = r->kind == YK_STALL_SILENT ? "look at that machine (is it up, is the process stopped?)"
                                                  : "look at its file system and at what it does (gdb -p)";
    char line[YK_STALL_TEXT + 400];
    const int n = snprintf(line, sizeof line, "yoke: %s; the job ends: %s, then %s%.200s\n", r->text, hint,
                           watched.run ? "yoke train --resume " : "start it again", watched.run ? watched.run : "");
    const ssize_t written = write(STDERR_FILENO, line, (size_t)n);
    (void)written; /* nothing else can be done */
}

static void on_stall(void *context, const yk_stall_report *r)
{
    (void)context;
    if (r->kind == YK_STALL_SLOW) {
        yk_warn("%s; look at what else runs there, at its temperature and at its network", r->text);
        return;
    }
    if (r->kind == YK_STALL_FILES) {
        yk_warn("%s; does its file system answer? The job waits for it, for %d s in all", r->text,
                watched.seconds * YK_STALL_FILE_PATIENCE);
        return;
    }
    alarm(LAST_SECONDS); /* whatever hangs from here on */
    print_stall(r);
    if (watched.run && !r->files && yk_run_note_failure(watched.run, watched.mark, YK_EXIT_STALLED, r->text) != YK_OK)
        yk_debug("%s", yk_error_text());
    nanosleep(&(struct timespec){ .tv_nsec = 300 * 1000 * 1000 }, NULL); /* the line goes through the launcher */
    yk_comm_abort(watched.comm, YK_EXIT_STALLED);
}

yk_status yk_cli_watch(yk_cli *cli, const char *run, char **mark)
{
    int64_t seconds;
    YK_TRY(yk_comm_agree(cli->comm, yk_args_int(&cli->args, "--stall", 0, STALL_MOST, STALL_SECONDS, &seconds)));
    watched.comm = cli->comm;
    watched.run = run;
    watched.seconds = (int)seconds;
    /* a file system's own error comes before the watch's */
    yk_patience_limit(seconds > 0 ? FILES_OF_PATIENCE * (double)(seconds * YK_STALL_FILE_PATIENCE) : HUGE_VAL);
    *mark = watched.mark;
    return seconds > 0 ? yk_stall_start(cli->comm, (double)seconds, on_stall, NULL) : YK_OK;
}

void yk_cli_unwatch(yk_cli *cli, yk_status status)
{
    if (status != YK_ERR_MPI)
        yk_stall_stop(cli->comm);
}
