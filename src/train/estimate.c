/* SPDX-License-Identifier: Apache-2.0 */
#include "train/estimate.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/median.h"
#include "core/num.h"

enum { WARM_UP = 2, LEAST = 3, MOST = 1000 };

/* --- what a rank does */

/* The last step's moments, as if it had been the median one. */
static void scale(yk_moment_list *list, double factor)
{
    for (int i = 0; i < list->n; i++)
        list->seconds[i] *= factor;
}

static yk_status run_steps(yk_bench *b, double seconds, yk_profile *p)
{
    double computed[MOST], update[MOST];
    yk_step_result result;
    int n = 0;
    b->engine->moments = &p->moments;
    for (int i = 0; i < WARM_UP; i++)
        YK_TRY(yk_bench_step(b, 0, &result));
    const double end = yk_clock() + seconds;
    for (; n < LEAST || (n < MOST && yk_clock() < end); n++) {
        const double before = b->engine->spent[YK_PART_UPDATE];
        YK_TRY(yk_bench_step(b, 0, &result));
        computed[n] = p->moments.computed;
        update[n] = b->engine->spent[YK_PART_UPDATE] - before;
    }
    const double last = p->moments.computed;
    p->leaves = b->engine->leaves;
    p->computed = yk_median(n, computed);
    p->update = yk_median(n, update);
    scale(&p->moments.needed, p->computed / last);
    scale(&p->moments.final, p->computed / last);
    p->moments.forward *= p->computed / last;
    p->moments.computed = p->computed;
    return YK_OK;
}

yk_status yk_profile_measure(yk_comm *comm, const yk_recipe *recipe, double seconds, yk_profile *out)
{
    yk_bench b;
    *out = (yk_profile){ 0 };
    yk_status status = yk_bench_open(&b, comm, recipe, 1);
    if (status == YK_OK)
        status = run_steps(&b, seconds, out);
    yk_bench_close(&b);
    return status;
}

/* --- the messages beside it */

/* When elements up to `end` are final. */
static double final_at(const yk_profile *p, int64_t end)
{
    const yk_moment_list *final = &p->moments.final;
    for (int i = 0; i < final->n; i++)
        if (final->element[i] >= end)
            return final->seconds[i];
    return p->computed;
}

/* When the last bucket's totals are there: buckets of so many stripes one after the other, as they become final. */
static double sum_end(const yk_profile *p, const yk_engine *e, const yk_comm_model *m, bool overlap, int64_t bucket)
{
    double now = 0;
    for (int64_t s = 0; s < e->deal.stripes; s += bucket) {
        const int64_t begin = e->deal.cut[s * e->deal.size];
        const int64_t end = e->deal.cut[yk_min(s + bucket, e->deal.stripes) * e->deal.size];
        now = fmax(now, overlap ? final_at(p, end) : p->computed);
        now += yk_model_bucket(m, (double)(end - begin) * (double)sizeof(float));
    }
    return now;
}

/* How long a step waits for parameters that come from the end of the vector to its beginning: for the losses, which
 * come with the last stripe, then wherever forward reads some that are not there yet, and before leaf vectors are
 * written. */
static double gather_waits(const yk_profile *p, const yk_engine *e, double whole)
{
    const yk_moment_list *needed = &p->moments.needed;
    const double length = (double)e->layout->length, losses = whole / (double)e->deal.stripes;
    double waited = losses;
    for (int i = 0; i < needed->n; i++) {
        const double arrives = whole * (1 - (double)needed->element[i] / length);
        waited = fmax(waited, arrives - needed->seconds[i]);
    }
    return fmax(waited, whole - p->moments.forward);
}

static double norms(const yk_engine *e, const yk_comm_model *m)
{
    const int n = 2 * e->penalised + (e->recipe->clip.norm > 0) + 2 * (e->square != NULL);
    return n * yk_model_ring(m, (double)e->layout->n_quanta * (double)sizeof(float));
}

void yk_estimate_step(const yk_profile *p, const yk_engine *e, const yk_comm_model *m, bool overlap, yk_estimate *out)
{
    const double bytes = (double)e->layout->length * (double)sizeof(float);
    const int size = m->machines * m->ranks;
    *out = (yk_estimate){ .compute = p->computed, .update = p->update / size + norms(e, m) };
    if (size > 1) {
        double best = INFINITY;
        for (int64_t bucket = 1; bucket <= e->deal.stripes; bucket *= 2) {
            const double end = sum_end(p, e, m, overlap, bucket);
            if (end < best) {
                best = end;
                out->bucket = yk_min(bucket * (int64_t)(bytes / (double)e->deal.stripes), (int64_t)bytes);
            }
        }
        out->exposed = fmax(0, best - p->computed) + yk_model_agree(m);
        out->gather = yk_model_gather(m, bytes, (double)e->deal.stripes);
        if (overlap && m->machines > 1 && !yk_engine_finishes_params(e))
            out->gather = gather_waits(p, e, out->gather);
    }
    out->step = out->compute + out->exposed + out->update + out->gather;
}
