/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/timelimit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/duration.h"
#include "core/log.h"

#define ANSWER 16384 /* bytes of an answer that are looked at */

/* What a batch system says of the job's time. */
typedef enum found { NO_JOB, NO_ANSWER, NO_LIMIT, LIMIT } found;

/* The job's name from the environment, where it is one that can stand in a command: NULL else. */
static const char *job(const char *variable)
{
    static const char good[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-[]";
    const char *id = getenv(variable);
    return id && *id && *id != '-' && strlen(id) < 128 && strspn(id, good) == strlen(id) ? id : NULL;
}

/* What `command ID` prints, ended by 0. A batch system that hangs must not hold the training. */
static bool ask(const char *command, const char *id, char answer[ANSWER])
{
    char line[512];
    snprintf(line, sizeof line, "timeout 10 %s '%s' 2>/dev/null </dev/null", command, id);
    FILE *pipe = popen(line, "r");
    if (!pipe)
        return false;
    const size_t n = fread(answer, 1, ANSWER - 1, pipe);
    while (fgetc(pipe) != EOF) /* the rest, so that the command can end */
        ;
    answer[n] = '\0';
    return pclose(pipe) == 0 && n > 0;
}

/* The word at p, as a span of time. */
static found span(const char *p, yk_colon two, double *left)
{
    char word[64];
    p += strspn(p, " \t\n");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(p, " \t\n"), p);
    if (strcmp(word, "UNLIMITED") == 0 || strcmp(word, "NOT_SET") == 0 || strcmp(word, "-") == 0)
        return NO_LIMIT;
    return yk_duration_parse(word, two, left) == YK_OK ? LIMIT : NO_ANSWER;
}

static found slurm(double *left)
{
    char answer[ANSWER];
    const char *end = getenv("SLURM_JOB_END_TIME"), *id = job("SLURM_JOB_ID");
    if (!id)
        return NO_JOB;
    if (end && *end) { /* seconds since 1970, in newer versions */
        char *rest;
        const long long at = strtoll(end, &rest, 10);
        *left = (double)(at - (long long)time(NULL));
        if (!*rest && at > 0)
            return LIMIT;
    }
    return ask("squeue -h -O TimeLeft -j", id, answer) ? span(answer, YK_COLON_MINUTES, left) : NO_ANSWER;
}

/* "    Resource_List.walltime = 01:00:00" in what qstat -f prints. */
static found walltime(const char *answer, const char *key, double *seconds)
{
    const char *at = strstr(answer, key);
    at = at ? strchr(at, '=') : NULL;
    return at ? span(at + 1, YK_COLON_NONE, seconds) : NO_LIMIT;
}

static found pbs(double *left)
{
    char answer[ANSWER];
    double limit, used = 0;
    const char *id = job("PBS_JOBID");
    if (!id)
        return NO_JOB;
    if (!ask("qstat -f", id, answer))
        return NO_ANSWER;
    const found f = walltime(answer, "Resource_List.walltime", &limit);
    if (f != LIMIT)
        return f;
    if (walltime(answer, "resources_used.walltime", &used) != LIMIT)
        used = 0; /* not counted yet: the job has just begun, and PBS says 00:00:00 or nothing */
    *left = limit - used;
    return LIMIT;
}

static found lsf(double *left)
{
    char answer[ANSWER], name[192];
    const char *id = job("LSB_JOBID"), *index = job("LSB_JOBINDEX");
    if (!id)
        return NO_JOB;
    if (index && strcmp(index, "0") != 0)
        snprintf(name, sizeof name, "%.60s[%.60s]", id, index);
    else
        snprintf(name, sizeof name, "%s", id);
    return ask("bjobs -noheader -o time_left", name, answer) ? span(answer, YK_COLON_HOURS, left) : NO_ANSWER;
}

static const struct {
    const char *name;
    found (*left)(double *left);
} systems[] = { { "Slurm", slurm }, { "PBS", pbs }, { "LSF", lsf } };

/* The earliest limit of a batch system that this process is a job of; *at on yk_clock(). */
static const char *batch_limit(double *at)
{
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        double left;
        const found f = systems[i].left(&left);
        if (f == NO_ANSWER)
            yk_warn("%s does not say how much time this job has left: give --stop-after TIME, or the job may end "
                    "without a last checkpoint",
                    systems[i].name);
        if (f == LIMIT) {
            *at = yk_clock() + left;
            return systems[i].name;
        }
    }
    return NULL;
}

yk_status yk_timelimit(const yk_cli *cli, double began, double *at)
{
    const char *text = yk_args_get(&cli->args, "--stop-after"), *whose = NULL;
    double after = 0, batch;
    char left[YK_DURATION_TEXT];
    *at = 0;
    if (text) {
        YK_TRY(yk_duration_parse(text, YK_COLON_NONE, &after));
        *at = began + after;
        whose = "--stop-after";
    }
    if (yk_comm_rank(cli->comm) != 0)
        return YK_OK;
    const char *system = batch_limit(&batch);
    if (system && (!text || batch < *at)) {
        *at = batch;
        whose = system;
    }
    if (whose) {
        printf("time limit: %s left (%s)\n", yk_duration_text(*at - yk_clock() + 0.5, left), whose);
        fflush(stdout);
    }
    return YK_OK;
}
