/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/clock.h"

enum { BAR = 24 };
#define REDRAW_SECONDS 0.1

static void print_start(void *context, const yk_start_report *r)
{
    char samples[32], parameters[32];
    (void)context;
    printf("%s parameters; %s samples; batches of %" PRId64 " in %" PRId64 " micro-batches of %" PRId64 "; %" PRId64
           " steps, %" PRId64 " an epoch\n",
           yk_count_text(r->parameters, parameters), yk_count_text(r->samples, samples), r->batch, r->leaves, r->micro,
           r->steps, r->steps_per_epoch);
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
    const int width = printf("\repoch %" PRId64 "/%" PRId64 " [%s] %" PRId64 "/%" PRId64
                             "  loss %.4f  %.0f samples/s  %s left ",
                             r->epoch, r->epochs, bar, r->step_in_epoch, r->steps_per_epoch, r->loss, r->samples_per_s,
                             duration(r->seconds_left, left));
    if (width < view->width)
        printf("%*s", view->width - width, "");
    view->width = width;
    fflush(stdout);
}

static void print_scores(const char *name, const yk_scores *s)
{
    printf("  %s loss %.4f", name, s->loss);
    for (int i = 0; i < s->n_metrics; i++)
        printf(" %s %.4f", s->metric[i], s->value[i]);
}

static void print_epoch(void *context, const yk_epoch_report *r)
{
    char took[32];
    yk_progress_end(context);
    printf("epoch %" PRId64 "/%" PRId64 "  step %" PRId64, r->epoch, r->epochs, r->step);
    print_scores("train", &r->train);
    if (r->has_dev)
        print_scores("dev", &r->dev);
    if (r->penalty > 0)
        printf("  penalty %.4f", r->penalty);
    printf("  %.0f samples/s  %s%s\n", r->samples_per_s, duration(r->seconds, took), r->best ? "  best" : "");
    fflush(stdout);
}

yk_observer yk_progress_observer(yk_progress_view *view)
{
    *view = (yk_progress_view){ .terminal = isatty(STDOUT_FILENO) };
    return (yk_observer){ .context = view, .start = print_start, .step = draw_bar, .epoch = print_epoch };
}
