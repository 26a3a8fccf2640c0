/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/clock.h"

enum { BAR = 24, LINE_METRICS = 4 }; /* what fits a line; the others are in log.csv */
#define REDRAW_SECONDS 0.1

static void print_start(void *context, const yk_start_report *r)
{
    char samples[32], parameters[32];
    (void)context;
    printf("%s parameters; %s samples; batches of %" PRId64 " in %" PRId64 " micro-batches of %" PRId64 "; %" PRId64
           " steps, %" PRId64 " an epoch\n",
           yk_count_text(r->parameters, parameters), yk_count_text(r->samples, samples), r->batch, r->leaves, r->micro,
           r->steps, r->steps_per_epoch);
    if (r->frozen > 0)
        printf("%s of the parameters are frozen\n", yk_count_text(r->frozen, parameters));
    if (*r->init_from)
        printf("init_from %s\n", r->init_from);
    if (r->step > 0)
        printf("resumed at step %" PRId64 "\n", r->step);
    fflush(stdout);
}

static const char *duration(double seconds, char text[32])
{
    const long s = (long)(seconds + 0.5);
    if (s < 60)
        snprintf(text, 32, "%lds", s);
    else if (s < 3600)
        snprintf(text, 32, "%ldm%02lds", s / 60, s % 60);
    else
        snprintf(text, 32, "%ldh%02ldm", s / 3600, s % 3600 / 60);
    return text;
}

void yk_progress_end(yk_progress_view *view)
{
    if (view->width > 0)
        printf("\r%*s\r", view->width, "");
    view->width = 0;
    fflush(stdout);
}

static void draw_bar(void *context, const yk_step_report *r)
{
    yk_progress_view *view = context;
    char left[32], bar[BAR + 1];
    const double now = yk_clock();
    if (!view->terminal || (now - view->drawn < REDRAW_SECONDS && r->step < r->steps))
        return;
    view->drawn = now;
    const int full = (int)(BAR * r->step_in_epoch / r->steps_per_epoch);
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
    int width = printf("\repoch %" PRId64 "/%" PRId64 " [%s] %" PRId64 "/%" PRId64 "  loss %.4f", r->epoch, r->epochs,
                       bar, r->step_in_epoch, r->steps_per_epoch, r->loss);
    double value[YK_MAX_SCORES];
    yk_tally_here(r->tally, value);
    for (int i = 0; i < r->tally->n_values && i < LINE_METRICS; i++)
        width += printf(" %s %.4f", r->tally->name[i], value[i]);
    width += printf("  %.0f samples/s  %s left ", r->samples_per_s, duration(r->seconds_left, left));
    if (width < view->width)
        printf("%*s", view->width - width, "");
    view->width = width;
    fflush(stdout);
}

static void print_scores(const char *name, const yk_scores *s)
{
    printf("  %s loss %.4f", name, s->loss);
    for (int i = 0; i < s->n_parts; i++)
        printf(" %s %.4f", s->part_name[i], s->part[i]);
    for (int i = 0; i < s->n_metrics && i < LINE_METRICS; i++)
        printf(" %s %.4f", s->metric[i], s->value[i]);
}

/* How much worse dev is than train. */
static void print_gap(const yk_epoch_report *r)
{
    printf("  gap loss %+.4f", r->dev.loss - r->train.loss);
    for (int i = 0; i < r->dev.n_metrics && i < LINE_METRICS; i++) {
        const double more = r->dev.value[i] - r->train.value[i];
        printf(" %s %+.4f", r->dev.metric[i], r->rises[i] ? -more : more);
    }
}

static void print_epoch(void *context, const yk_epoch_report *r)
{
    char took[32];
    yk_progress_end(context);
    printf("epoch %" PRId64 "/%" PRId64 "  step %" PRId64, r->epoch, r->epochs, r->step);
    print_scores("train", &r->train);
    if (r->has_dev) {
        print_scores("dev", &r->dev);
        print_gap(r);
    }
    if (r->penalty > 0)
        printf("  penalty %.4f", r->penalty);
    printf("  %.0f samples/s  %s%s\n", r->samples_per_s, duration(r->seconds, took), r->best ? "  best" : "");
    fflush(stdout);
}

/* Is our output read on a terminal? Open MPI gives each rank a pseudo-terminal, wherever the output of mpirun itself
 * goes: there the parent's output decides. */
static bool on_terminal(void)
{
    char path[64], target[256];
    if (!isatty(STDOUT_FILENO))
        return false;
    if (!getenv("OMPI_COMM_WORLD_RANK") && !getenv("PMIX_RANK") && !getenv("PMI_RANK"))
        return true;
    snprintf(path, sizeof path, "/proc/%ld/fd/1", (long)getppid());
    const ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

yk_observer yk_progress_observer(yk_progress_view *view)
{
    *view = (yk_progress_view){ .terminal = on_terminal() };
    return (yk_observer){ .context = view, .start = print_start, .step = draw_bar, .epoch = print_epoch };
}
