/* SPDX-License-Identifier: Apache-2.0 */
#include "train/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "io/files.h"
#include "io/patience.h"
#include "io/raw.h"

enum { DYING_SECONDS = 10 }; /* how long a trainer that was killed may take to let go of its run */

static bool exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static void join(char out[YK_PATH_MAX], const char *folder, const char *name)
{
    snprintf(out, YK_PATH_MAX, "%.900s/%.120s", folder, name);
}

/* Leaves this trainer's mark in the folder, which no other has: a process may come again with the same number. */
static yk_status sign(yk_run *run, const char *holder)
{
    char path[YK_PATH_MAX];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(run->incarnation, sizeof run->incarnation, "%.100s since %lld.%09ld\n", holder, (long long)now.tv_sec,
             now.tv_nsec);
    join(path, run->path, "incarnation");
    return yk_file_write(path, run->incarnation);
}

static yk_status take_lock(yk_run *run)
{
    char path[YK_PATH_MAX], host[128] = "?", holder[200];
    gethostname(host, sizeof host - 1);
    snprintf(holder, sizeof holder, "process %ld on %s", (long)getpid(), host);
    join(path, run->path, "lock");
    YK_TRY(yk_lock_take(&run->lock, path, holder, DYING_SECONDS));
    yk_status status = sign(run, holder);
    if (status != YK_OK)
        yk_run_close(run);
    return status;
}

yk_status yk_run_still_ours(const yk_run *run)
{
    yk_status status = YK_OK;
    char path[YK_PATH_MAX], *text;
    if (!*run->incarnation)
        return YK_OK;
    join(path, run->path, "incarnation");
    YK_TRY(yk_file_read(path, &text));
    YK_CHECK_GOTO(strcmp(text, run->incarnation) == 0, done, YK_ERR_LOCKED,
                  "%s: another trainer has taken over this run (%.*s); this one writes no more", run->path,
                  (int)strcspn(text, "\n"), text);
done:
    yk_free(text);
    return status;
}

yk_status yk_run_create(yk_run *run, const char *path, const char *recipe)
{
    char file[YK_PATH_MAX];
    *run = (yk_run){ .lock = -1, .log = -1 };
    YK_CHECK(strlen(path) < YK_PATH_MAX - 128, YK_ERR_ARG, "the run's path has %zu characters, %d are the limit",
             strlen(path), YK_PATH_MAX - 128);
    snprintf(run->path, sizeof run->path, "%s", path);
    join(file, path, "recipe.yaml");
    YK_CHECK(!exists(file), YK_ERR_ARG, "%s: a run exists here; go on with it by --resume %s, or choose another folder",
             path, path);
    join(file, path, "checkpoints");
    YK_TRY(yk_folder_make(file));
    YK_TRY(take_lock(run));
    join(file, path, "recipe.yaml");
    yk_status status = exists(file) ? yk_error_set(YK_ERR_ARG, __FILE__, __LINE__, __func__,
                                                   "%s: a run was just started here by somebody else", path)
                                    : yk_file_write(file, recipe);
    if (status != YK_OK)
        yk_run_close(run);
    return status;
}

yk_status yk_run_open(yk_run *run, const char *path)
{
    *run = (yk_run){ .lock = -1, .log = -1 };
    YK_CHECK(strlen(path) < YK_PATH_MAX - 128, YK_ERR_ARG, "the run's path has %zu characters, %d are the limit",
             strlen(path), YK_PATH_MAX - 128);
    snprintf(run->path, sizeof run->path, "%s", path);
    YK_CHECK(is_folder(path), YK_ERR_IO, "%s: no such run; start one with --run %s", path, path);
    return take_lock(run);
}

yk_status yk_run_recipe(const yk_run *run, char **text)
{
    char path[YK_PATH_MAX];
    join(path, run->path, "recipe.yaml");
    return yk_file_read(path, text);
}

yk_status yk_run_write_recipe(const yk_run *run, const char *text)
{
    char path[YK_PATH_MAX];
    join(path, run->path, "recipe.yaml");
    return yk_file_write(path, text);
}

void yk_run_close(yk_run *run)
{
    if (run->log >= 0)
        close(run->log);
    run->log = -1;
    if (run->lock >= 0)
        yk_lock_release(&run->lock);
    run->lock = -1;
}

void yk_run_checkpoint(const yk_run *run, int64_t step, char path[YK_PATH_MAX])
{
    snprintf(path, YK_PATH_MAX, "%.900s/checkpoints/step-%08" PRId64 ".h5", run->path, step);
}

/* Step of a file name "step-00000120.h5", or -1. */
static int64_t step_of(const char *name)
{
    int64_t step;
    int end = 0;
    if (sscanf(name, "step-%" SCNd64 ".h5%n", &step, &end) != 1 || end == 0 || name[end] != '\0')
        return -1;
    return step;
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Steps of a run's checkpoints, newest first; release with yk_free(). */
static yk_status list_steps(const char *path, int64_t **steps, int64_t *n)
{
    char folder[YK_PATH_MAX];
    join(folder, path, "checkpoints");
    *steps = NULL;
    *n = 0;
    DIR *d = opendir(folder);
    YK_CHECK(d, YK_ERR_IO, "%s: %s; it is not the folder of a run", folder, strerror(errno));
    yk_status status = YK_OK;
    for (struct dirent *e; status == YK_OK && (e = readdir(d));) {
        int64_t step = step_of(e->d_name);
        if (step < 0)
            continue;
        status = yk_realloc(steps, *n + 1, sizeof **steps);
        if (status == YK_OK)
            (*steps)[(*n)++] = step;
    }
    closedir(d);
    if (status != YK_OK) {
        yk_free(*steps);
        *steps = NULL;
        return status;
    }
    if (*n > 0)
        qsort(*steps, (size_t)*n, sizeof **steps, descending);
    return YK_OK;
}

yk_status yk_run_newest(const char *path, yk_checkpoint **out)
{
    yk_run run = { .lock = -1, .log = -1 };
    char file[YK_PATH_MAX];
    int64_t *steps, n, i;
    *out = NULL;
    snprintf(run.path, sizeof run.path, "%s", path);
    YK_TRY(list_steps(path, &steps, &n));
    for (i = 0; i < n; i++) {
        yk_run_checkpoint(&run, steps[i], file);
        if (yk_checkpoint_open(out, file) == YK_OK)
            break;
        yk_warn("%s; %s", yk_error_text(), i + 1 < n ? "the checkpoint before it is used" : "there is none before it");
    }
    yk_free(steps);
    YK_CHECK(i < n, YK_ERR_DATA, "%s: the run has no whole checkpoint", path);
    return YK_OK;
}

yk_status yk_run_find(const char *name, yk_checkpoint **out)
{
    size_t length = strlen(name);
    *out = NULL;
    if (is_folder(name))
        return yk_run_newest(name, out);
    if (length > 5 && strcmp(name + length - 5, ":best") == 0) {
        yk_run run = { .lock = -1, .log = -1 };
        char file[YK_PATH_MAX];
        snprintf(run.path, sizeof run.path, "%.*s", (int)(length - 5), name);
        yk_checkpoint *newest;
        YK_TRY(yk_run_newest(run.path, &newest));
        int64_t best = yk_checkpoint_state(newest)->best_step;
        yk_checkpoint_close(&newest);
        YK_CHECK(best >= 0, YK_ERR_DATA, "%s: no best checkpoint; a recipe with data.dev has one", run.path);
        yk_run_checkpoint(&run, best, file);
        return yk_checkpoint_open(out, file);
    }
    YK_CHECK(exists(name), YK_ERR_IO, "%s: no such run or checkpoint", name);
    return yk_checkpoint_open(out, name);
}

void yk_run_prune(const yk_run *run, int64_t keep, int64_t best_step)
{
    int64_t *steps, n;
    char file[YK_PATH_MAX];
    if (list_steps(run->path, &steps, &n) != YK_OK)
        return; /* only tidying: the next checkpoint tries again */
    for (int64_t i = keep; i < n; i++)
        if (steps[i] != 0 && steps[i] != best_step) {
            yk_run_checkpoint(run, steps[i], file);
            unlink(file);
        }
    yk_free(steps);
}

/* Text as the inside of a JSON string: what must be escaped is; cut at `size`. */
static void json_escape(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = text; *p && n + 7 < size; p++) {
        if (*p == '"' || *p == '\\') {
            out[n++] = '\\';
            out[n++] = *p;
        } else if ((unsigned char)*p < 0x20) {
            n += (size_t)snprintf(out + n, size - n, "\\u%04x", (unsigned)*p);
        } else {
            out[n++] = *p;
        }
    }
    out[n] = '\0';
}

yk_status yk_run_write_status(const yk_run *run, const yk_run_status *s)
{
    char path[YK_PATH_MAX], text[4096], message[2048];
    join(path, run->path, "status.json");
    json_escape(s->message, message, sizeof message);
    snprintf(text, sizeof text,
             "{\"state\": \"%s\", \"exit_code\": %d, \"resumable\": %s, \"step\": %" PRId64 ", \"steps\": %" PRId64
             ", \"epoch\": %" PRId64 ", \"digest\": \"%s\", \"message\": \"%s\"}\n",
             s->state, s->exit_code, strcmp(s->state, "finished") == 0 ? "false" : "true", s->step, s->steps, s->epoch,
             s->digest, message);
    return yk_file_write(path, text);
}

/* The whole number behind a key of our own status.json; 0 where there is none. */
static int64_t number_of(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at ? strtoll(at + strlen(key), NULL, 10) : 0;
}

yk_status yk_run_note_failure(const char *path, const char *mark, int exit_code, const char *message)
{
    static const char digest_key[] = "\"digest\": \"";
    char file[YK_PATH_MAX], beside[YK_PATH_MAX + 8], digest[YK_SHA256_HEX] = "", *text;
    yk_run run = { .lock = -1, .log = -1 };
    snprintf(run.path, sizeof run.path, "%.900s", path);
    snprintf(run.incarnation, sizeof run.incarnation, "%s", mark);
    join(file, path, "status.json");
    if (!*mark || !exists(file))
        return YK_OK;
    YK_TRY(yk_run_still_ours(&run));
    YK_TRY(yk_file_read(file, &text));
    const char *at = strstr(text, digest_key);
    if (at)
        snprintf(digest, sizeof digest, "%.*s", (int)strcspn(at + strlen(digest_key), "\""), at + strlen(digest_key));
    const yk_run_status s = { .state = "failed",
                              .exit_code = exit_code,
                              .step = number_of(text, "\"step\": "),
                              .steps = number_of(text, "\"steps\": "),
                              .epoch = number_of(text, "\"epoch\": "),
                              .message = message,
                              .digest = digest };
    yk_free(text);
    /* A launcher lets a stopped rank run again before it kills it: what it would write then must not count. */
    join(beside, path, "incarnation");
    YK_TRY(yk_file_write(beside, "the stall watch, which has ended it\n"));
    yk_status status = yk_run_write_status(&run, &s);
    if (status != YK_ERR_LOCKED)
        return status;
    /* The rank that does not answer was stopped while it wrote this file, and still holds it: the file is taken away.
     */
    snprintf(beside, sizeof beside, "%s.tmp", file);
    unlink(beside);
    return yk_run_write_status(&run, &s);
}

/* Keeps the header and the rows of at most `step`; a torn last row goes too. */
static void cut_log(char *text, int64_t step)
{
    char *out = text;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        bool header = line == text;
        if (!header && strtoll(line, NULL, 10) > step)
            continue;
        memmove(out, line, (size_t)(end + 1 - line));
        out += end + 1 - line;
    }
    *out = '\0';
}

yk_status yk_run_log_open(yk_run *run, const char *header, int64_t step)
{
    char path[YK_PATH_MAX], *text = NULL;
    join(path, run->path, "log.csv");
    if (exists(path)) {
        YK_TRY(yk_file_read(path, &text));
        cut_log(text, step);
    } else {
        YK_TRY(yk_format(&text, "%s\n", header));
    }
    yk_status status = yk_file_write(path, text);
    yk_free(text);
    YK_TRY(status);
    run->log = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    YK_CHECK(run->log >= 0, YK_ERR_IO, "%s: %s", path, strerror(errno));
    return YK_OK;
}

/* A line in one call: other readers never see half of it. */
static yk_status append(int fd, const char *path, const char *line)
{
    const size_t n = strlen(line);
    yk_patience_note(0);
    const ssize_t got = write(fd, line, n);
    return got == (ssize_t)n ? YK_OK : yk_raw_error(path, "", got < 0 ? errno : ENOSPC);
}

yk_status yk_run_log(const yk_run *run, const char *line)
{
    char path[YK_PATH_MAX];
    yk_patience wait = { 0 };
    join(path, run->path, "log.csv");
    yk_status status = append(run->log, path, line);
    while (yk_patience_wait(&wait, status, path))
        status = append(run->log, path, line);
    return status;
}
