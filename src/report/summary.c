/* SPDX-License-Identifier: Apache-2.0 */
/* The conclusion is that of Ng's courses: bias is what training misses of what is possible, variance what dev loses
 * against train. They are shares: of a metric like accuracy, its distance from 1; of a loss or an error like rmse,
 * which have no scale of their own, the part that is left of what it was when training began. */
#include "report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

static bool better(const yk_measure *m, double a, double b)
{
    return isnan(b) || (m->rises ? a > b : a < b);
}

static void summarise_measure(const yk_history *h, const yk_point *point, int64_t n, int i, yk_summary *s)
{
    const yk_point *last = &point[n - 1];
    s->of[i].train = last->train[i];
    s->of[i].dev = last->dev[i];
    s->of[i].gap = h->measure[i].rises ? last->train[i] - last->dev[i] : last->dev[i] - last->train[i];
    s->of[i].best = NAN;
    for (int64_t p = 0; p < n; p++) {
        const double value = s->has_dev ? point[p].dev[i] : point[p].train[i];
        if (isnan(value) || !better(&h->measure[i], value, s->of[i].best))
            continue;
        s->of[i].best = value;
        s->of[i].best_at = point[p].at;
        s->of[i].best_epoch = point[p].epoch;
    }
}

/* The first metric that is a share, else the loss. */
static int judge_by(const yk_history *h)
{
    for (int i = 0; i < h->n_measures; i++)
        if (h->measure[i].share)
            return i;
    return 0;
}

/* An error of 1 for a measure without a scale: its first row. */
static double scale_of(const yk_history *h, int i)
{
    if (h->measure[i].share)
        return 1;
    for (int64_t r = 0; r < h->n_rows; r++)
        if (!isnan(h->row[r].value[i]))
            return fabs(h->row[r].value[i]);
    return NAN;
}

static double error_of(const yk_measure *m, double value, double scale)
{
    return fabs(m->perfect - value) / scale;
}

static const char *const advice[] = {
    [YK_VERDICT_FINE] = "nothing stands out",
    [YK_VERDICT_BIAS] = "a larger model, longer training or less regularisation would help; more data would not",
    [YK_VERDICT_VARIANCE] = "more data, augmentation, dropout or weight decay would help; a larger model would not",
    [YK_VERDICT_BOTH] = "a better fit to train comes first, then more data or regularisation",
    [YK_VERDICT_NONE] = "the numbers do not tell",
};

/* The sentence: the two numbers, what would help, and whether dev was better before. */
static void explain(const yk_history *h, yk_summary *s, double since_best, double threshold)
{
    const yk_measure *m = &h->measure[s->judged];
    char missing[96], gap[96] = "";
    if (m->share)
        snprintf(missing, sizeof missing, "%s on train is %.1f points from %g", m->name, 100 * s->bias, m->perfect);
    else
        snprintf(missing, sizeof missing, "%s on train is %.1f %% of what it began with", m->name, 100 * s->bias);
    if (s->has_dev)
        snprintf(gap, sizeof gap, ", and dev is %.1f %s %s", 100 * fabs(s->variance), m->share ? "points" : "% of that",
                 s->variance >= 0 ? "worse" : "better");
    const size_t n = (size_t)snprintf(s->why, sizeof s->why, "%s%s: %s", missing, gap, advice[s->verdict]);
    if (n < sizeof s->why && since_best > threshold && s->of[s->judged].best_at < s->at)
        snprintf(s->why + n, sizeof s->why - n, "; dev was best at %s %" PRId64 " and has got worse since",
                 s->of[s->judged].best_epoch ? "epoch" : "step",
                 s->of[s->judged].best_epoch ? s->of[s->judged].best_epoch : s->of[s->judged].best_at);
}

static void judge(const yk_history *h, const yk_rules *rules, yk_summary *s)
{
    const int i = s->judged = judge_by(h);
    const yk_measure *m = &h->measure[i];
    const double scale = scale_of(h, i), train = error_of(m, s->of[i].train, scale);
    const double dev = error_of(m, s->of[i].dev, scale);
    s->bias = train;
    s->variance = s->has_dev ? dev - train : 0;
    const bool biased = s->bias - rules->optimal > rules->threshold, varies = s->variance > rules->threshold;
    if (isnan(s->bias) || isnan(s->variance))
        s->verdict = YK_VERDICT_NONE;
    else if (biased)
        s->verdict = varies ? YK_VERDICT_BOTH : YK_VERDICT_BIAS;
    else
        s->verdict = varies ? YK_VERDICT_VARIANCE : YK_VERDICT_FINE;
    explain(h, s, s->has_dev ? dev - error_of(m, s->of[i].best, scale) : 0, rules->threshold);
}

yk_status yk_summarise(const yk_history *h, const yk_rules *rules, yk_summary *out)
{
    yk_point *point;
    int64_t n;
    *out = (yk_summary){ .at = 0 };
    YK_TRY(yk_history_points(h, &point, &n));
    out->at = point[n - 1].at;
    out->epoch = point[n - 1].epoch;
    out->has_dev = point[n - 1].has_dev;
    for (int i = 0; i < h->n_measures; i++)
        summarise_measure(h, point, n, i, out);
    judge(h, rules, out);
    yk_free(point);
    return YK_OK;
}

const char *yk_verdict_text(yk_verdict verdict)
{
    static const char *const text[] = { [YK_VERDICT_FINE] = "fine",
                                        [YK_VERDICT_BIAS] = "high bias",
                                        [YK_VERDICT_VARIANCE] = "high variance",
                                        [YK_VERDICT_BOTH] = "high bias and high variance",
                                        [YK_VERDICT_NONE] = "unknown" };
    return text[verdict];
}
