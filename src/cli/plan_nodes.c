/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_nodes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/amount.h"
#include "core/error.h"
#include "core/num.h"
#include "kernels/kernels.h"
#include "train/estimate.h"
#include "train/train.h"

enum { POINTS_MOST = 64, RANKS_MOST = 1 << 16, PROFILES_MOST = 64 };

typedef struct request {
    int n, nodes[POINTS_MOST];
    int64_t ranks; /* a machine */
    yk_network network;
    const char *network_text;
    bool weak, overlap, json;
    double seconds;
} request;

typedef struct point {
    int nodes;
    int64_t batch, memory, leaves; /* leaves: of the rank that has most */
    int64_t bytes, stripes, sent;  /* of the vector; nodes of the tree that a machine sends of each element */
    yk_estimate e;
    double samples_per_s, efficiency;
} point;

typedef struct planner {
    yk_cli *cli;
    request q;
    int threads;
    double copied; /* bytes a second */
    int64_t micro, batch;
    int n_profiles;
    yk_profile *profile; /* by the number of leaves */
} planner;

static yk_status read_nodes(const char *text, request *q)
{
    for (const char *at = text; *at; q->n++) {
        char *end;
        const long nodes = strtol(at, &end, 10);
        YK_CHECK(end > at && nodes >= 1 && nodes <= RANKS_MOST && (*end == ',' || !*end) && q->n < POINTS_MOST,
                 YK_ERR_ARG, "--nodes: \"%s\" is no list of up to %d numbers of machines, like 1,2,4,8", text,
                 POINTS_MOST);
        q->nodes[q->n] = (int)nodes;
        at = *end ? end + 1 : end;
    }
    YK_CHECK(q->n > 0, YK_ERR_ARG, "--nodes: give numbers of machines, like 1,2,4,8");
    return YK_OK;
}

static yk_status read_request(const yk_args *args, request *q)
{
    const char *network = yk_args_get(args, "--network");
    *q = (request){ .weak = yk_args_get(args, "--weak"),
                    .overlap = !yk_args_get(args, "--no-overlap"),
                    .json = yk_args_get(args, "--json"),
                    .network_text = network ? network : "10gbit:20us" };
    YK_TRY(read_nodes(yk_args_get(args, "--nodes"), q));
    YK_TRY(yk_network_parse(q->network_text, &q->network));
    YK_TRY(yk_args_int(args, "--ranks-per-node", 1, 1024, 1, &q->ranks));
    YK_TRY(yk_args_real(args, "--seconds", 0, 1e4, 1, &q->seconds));
    for (int i = 0; i < q->n; i++)
        YK_CHECK(q->nodes[i] * q->ranks <= RANKS_MOST, YK_ERR_ARG, "--nodes: more than %d ranks", RANKS_MOST);
    return YK_OK;
}

/* The recipe with another batch; 0: its own. */
static yk_status read_recipe(const planner *p, int64_t batch, yk_recipe **out)
{
    const char *overrides[YK_ARGS_MAX + 2];
    char text[2][48];
    int n = yk_args_all(&p->cli->args, "-o", overrides);
    if (batch > 0) {
        snprintf(text[0], sizeof text[0], "train.batch=%" PRId64, batch);
        snprintf(text[1], sizeof text[1], "train.micro_batch=%" PRId64, p->micro);
        overrides[n++] = text[0];
        overrides[n++] = text[1];
    }
    return yk_recipe_read(out, p->cli->args.word[0], n, overrides);
}

static yk_status profile_of(planner *p, int64_t leaves, const yk_profile **out)
{
    yk_recipe *recipe;
    for (int i = 0; i < p->n_profiles; i++)
        if (p->profile[i].leaves == leaves) {
            *out = &p->profile[i];
            return YK_OK;
        }
    YK_CHECK(p->n_profiles < PROFILES_MOST, YK_ERR_ARG, "--nodes: too many different shares of a batch");
    YK_TRY(read_recipe(p, yk_min(leaves * p->micro, p->q.weak ? INT64_MAX : p->batch), &recipe));
    yk_profile *profile = &p->profile[p->n_profiles];
    yk_status status = yk_profile_measure(p->cli->comm, recipe, p->q.seconds, profile);
    yk_recipe_destroy(&recipe);
    YK_TRY(status);
    p->n_profiles++;
    *out = profile;
    return YK_OK;
}

/* An engine as rank 0 of so many machines would have it. */
typedef struct layout {
    yk_recipe *recipe;
    yk_model *model;
    yk_comm *comm;
    yk_split split;
    yk_engine *engine;
} layout;

static yk_status plan(const planner *p, int nodes, layout *out)
{
    yk_shape x;
    YK_TRY(read_recipe(p, p->q.weak && p->batch > 0 ? p->batch * nodes * p->q.ranks : p->batch, &out->recipe));
    YK_TRY(yk_recipe_input(out->recipe, &x));
    YK_TRY(yk_model_create(&out->model, out->recipe, &x));
    YK_TRY(yk_comm_create_planned(&out->comm, nodes, (int)p->q.ranks));
    return yk_engine_create(&out->engine, out->comm, out->recipe, out->model, &out->split, 0);
}

static void unplan(layout *l)
{
    yk_engine_destroy(&l->engine);
    yk_comm_destroy(&l->comm);
    yk_model_destroy(&l->model);
    yk_recipe_destroy(&l->recipe);
}

static yk_status estimate(planner *p, const yk_engine *e, point *out)
{
    const yk_profile *profile = NULL;
    yk_engine_bytes bytes;
    const int64_t size = out->nodes * p->q.ranks;
    const yk_comm_model model = { .machines = out->nodes,
                                  .ranks = (int)p->q.ranks,
                                  .leaves = e->leaves,
                                  .network = p->q.network,
                                  .wire = (yk_wire)e->recipe->train_opts.wire,
                                  .copied = p->copied };
    out->leaves = yk_div_up(e->leaves, size);
    YK_TRY(profile_of(p, out->leaves, &profile));
    yk_estimate_step(profile, e, &model, p->q.overlap, &out->e);
    yk_engine_plan(e, &bytes);
    out->memory = bytes.parameters + bytes.gradients + bytes.slots + bytes.arena;
    out->bytes = e->layout->length * (int64_t)sizeof(float);
    out->stripes = e->deal.stripes;
    out->sent = yk_model_nodes(&model);
    out->batch = e->batch;
    out->samples_per_s = (double)e->batch / out->e.step;
    return YK_OK;
}

static void print_people(const planner *p, const point *points)
{
    const request *q = &p->q;
    char text[2][32];
    printf(
        "An estimate: a rank's work is measured on this machine (--threads %d, kernels %s, without reading), messages "
        "are a\nmodel of %s between machines of %" PRId64 " rank%s%s; %s\n\n",
        p->threads, yk_kernels_family(), q->network_text, q->ranks, q->ranks == 1 ? "" : "s",
        q->overlap ? "" : ", without overlap", q->weak ? "the batch grows with the ranks" : "the batch stays the same");
    printf("%6s %7s %9s %6s %11s %12s %11s %11s %10s %10s %10s %10s %12s\n", "nodes", "ranks", "batch", "each",
           "step ms", "samples/s", "efficiency", "compute ms", "exposed", "update", "gather", "bucket", "memory/rank");
    for (int i = 0; i < q->n; i++) {
        const point *t = &points[i];
        printf("%6d %7" PRId64 " %9" PRId64 " %6" PRId64
               " %11.4g %12.5g %10.1f%% %11.4g %10.4g %10.4g %10.4g %10s %12s\n",
               t->nodes, t->nodes * q->ranks, t->batch, t->leaves * p->micro, 1e3 * t->e.step, t->samples_per_s,
               100 * t->efficiency, 1e3 * t->e.compute, 1e3 * t->e.exposed, 1e3 * t->e.update, 1e3 * t->e.gather,
               t->e.bucket ? yk_bytes_text(t->e.bucket, text[0]) : "-", yk_bytes_text(t->memory, text[1]));
    }
}

static void print_json(const planner *p, const point *points)
{
    const request *q = &p->q;
    printf("{\"estimate\": true, \"network\": ");
    yk_print_json(q->network_text);
    printf(", \"threads\": %d, \"ranks_per_node\": %" PRId64 ", \"weak\": %s, \"overlap\": %s, \"points\": [",
           p->threads, q->ranks, q->weak ? "true" : "false", q->overlap ? "true" : "false");
    for (int i = 0; i < q->n; i++) {
        const point *t = &points[i];
        printf("%s{\"nodes\": %d, \"ranks\": %" PRId64 ", \"batch\": %" PRId64
               ", \"step_s\": %.6g, \"samples_per_s\": %.6g, \"efficiency\": %.6g, \"compute_s\": %.6g, \"exposed_s\": "
               "%.6g, \"update_s\": %.6g, \"gather_s\": %.6g, \"bucket_bytes\": %" PRId64 ", \"memory_bytes\": %" PRId64
               ", \"vector_bytes\": %" PRId64 ", \"stripes\": %" PRId64 ", \"tree_nodes\": %" PRId64 "}",
               i ? ", " : "", t->nodes, t->nodes * q->ranks, t->batch, t->e.step, t->samples_per_s, t->efficiency,
               t->e.compute, t->e.exposed, t->e.update, t->e.gather, t->e.bucket, t->memory, t->bytes, t->stripes,
               t->sent);
    }
    printf("]}\n");
}

/* Batch and micro-batch of the recipe itself. */
static yk_status find_batch(planner *p)
{
    yk_recipe *recipe;
    YK_TRY(read_recipe(p, 0, &recipe));
    yk_status status = YK_OK;
    yk_bench b = { 0 };
    status = yk_bench_open(&b, p->cli->comm, recipe, 1); /* `batch: all` asks the data */
    if (status == YK_OK) {
        p->batch = b.engine->batch;
        p->micro = b.engine->micro;
    }
    yk_bench_close(&b);
    yk_recipe_destroy(&recipe);
    return status;
}

static yk_status run(planner *p)
{
    point points[POINTS_MOST];
    YK_TRY(yk_cli_compute(p->cli, &p->threads, &(int){ 0 }));
    YK_TRY(yk_bench_bytes(&p->copied));
    p->copied /= 3; /* of reading two arrays and writing one */
    YK_TRY(find_batch(p));
    for (int i = 0; i < p->q.n; i++) {
        layout l = { 0 };
        points[i] = (point){ .nodes = p->q.nodes[i] };
        yk_status status = plan(p, p->q.nodes[i], &l);
        if (status == YK_OK)
            status = estimate(p, l.engine, &points[i]);
        unplan(&l);
        YK_TRY(status);
        points[i].efficiency = points[i].samples_per_s / points[0].samples_per_s * points[0].nodes / points[i].nodes;
    }
    if (p->q.json)
        print_json(p, points);
    else
        print_people(p, points);
    return YK_OK;
}

yk_status yk_plan_nodes(yk_cli *cli)
{
    planner p = { .cli = cli };
    YK_TRY(read_request(&cli->args, &p.q));
    YK_TRY(yk_alloc(&p.profile, PROFILES_MOST, sizeof *p.profile));
    yk_status status = run(&p);
    yk_free(p.profile);
    return status;
}
