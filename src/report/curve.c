/* SPDX-License-Identifier: Apache-2.0 */
#include "report/curve.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/files.h"
#include "report/history.h"

enum { SIZES_MAX = 64 };

typedef struct curve {
    yk_comm *comm;
    const yk_curve_request *request;
    int64_t samples; /* of train */
    int n;
    int64_t size[SIZES_MAX]; /* ascending */
    const char **overrides;
    char *text; /* of curve.csv, so far */
} curve;

static bool is_root(const curve *c)
{
    return yk_comm_rank(c->comm) == 0;
}

static bool exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

/* --- sizes */

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* "20%" or "1500". A share is rounded to the nearest number. */
static yk_status read_size(const curve *c, const char *text, int length, int64_t *out)
{
    char *end;
    const double value = strtod(text, &end);
    const bool share = *end == '%';
    YK_CHECK(length > 0 && end + share == text + length && strspn(text, "0123456789.") == (size_t)(end - text) &&
                 (share || value == floor(value)),
             YK_ERR_ARG, "--sizes: \"%.*s\" is neither a number of samples nor a share like 20%%", length, text);
    *out = share ? (int64_t)(value / 100 * (double)c->samples + 0.5) : (int64_t)value;
    YK_CHECK(value > 0 && *out <= c->samples && *out >= 1, YK_ERR_ARG,
             "--sizes: %.*s is not between 1 and the %" PRId64 " samples of train", length, text, c->samples);
    return YK_OK;
}

static yk_status read_sizes(curve *c, const yk_recipe *recipe)
{
    int n = 0;
    for (const char *at = c->request->sizes; at; n++) {
        const int length = (int)strcspn(at, ",");
        YK_CHECK(n < SIZES_MAX, YK_ERR_ARG, "--sizes: more than %d", SIZES_MAX);
        YK_TRY(read_size(c, at, length, &c->size[n]));
        int64_t batch, micro;
        yk_status status = yk_recipe_batch(recipe, c->size[n], &batch, &micro);
        if (status != YK_OK)
            return yk_error_prefix(status, "--sizes: %.*s: ", length, at);
        at = at[length] ? at + length + 1 : NULL;
    }
    qsort(c->size, (size_t)n, sizeof *c->size, ascending);
    for (int i = 0; i < n; i++) /* each once */
        if (i == 0 || c->size[i] != c->size[c->n - 1])
            c->size[c->n++] = c->size[i];
    return YK_OK;
}

/* --- the folder */

static void run_of(const curve *c, int64_t size, char path[YK_PATH_MAX])
{
    snprintf(path, YK_PATH_MAX, "%.800s/size-%" PRId64, c->request->folder, size);
}

/* curve.yaml is the recipe that all sizes share. */
static yk_status open_folder(const curve *c, const yk_recipe *recipe)
{
    char path[YK_PATH_MAX], *ours = NULL, *theirs = NULL;
    yk_status status = YK_OK;
    snprintf(path, sizeof path, "%.900s/recipe.yaml", c->request->folder);
    YK_CHECK(!exists(path), YK_ERR_ARG, "%s: a run is here; choose another folder", c->request->folder);
    snprintf(path, sizeof path, "%.900s/curve.yaml", c->request->folder);
    YK_TRY_GOTO(yk_recipe_text(recipe, &ours), out);
    if (exists(path)) {
        YK_TRY_GOTO(yk_file_read(path, &theirs), out);
        YK_CHECK_GOTO(strcmp(ours, theirs) == 0, out, YK_ERR_ARG,
                      "%s: a learning curve of another recipe is here; choose another folder", c->request->folder);
        goto out;
    }
    YK_TRY_GOTO(yk_folder_make(c->request->folder), out);
    YK_TRY_GOTO(yk_file_write(path, ours), out);
out:
    yk_free(ours);
    yk_free(theirs);
    return status;
}

/* Rank-local, but for the folder: sizes and overrides of all ranks are the same. */
static yk_status open_curve(curve *c)
{
    const yk_curve_request *q = c->request;
    yk_recipe *recipe = NULL;
    yk_split split = { 0 };
    yk_status status = YK_OK;
    YK_CHECK(strlen(q->folder) < YK_PATH_MAX - 256, YK_ERR_ARG, "the folder's path has %zu characters",
             strlen(q->folder));
    YK_TRY_GOTO(yk_alloc(&c->overrides, q->n_overrides + 1, sizeof *c->overrides), out);
    YK_TRY_GOTO(yk_recipe_read(&recipe, q->recipe, q->n_overrides, q->overrides), out);
    YK_CHECK_GOTO(recipe->has_data, out, YK_ERR_RECIPE, "%s: the recipe names no data", q->recipe);
    YK_TRY_GOTO(yk_split_open(&split, recipe, &recipe->train, true, 0), out);
    YK_TRY_GOTO(yk_recipe_take(recipe, yk_dataset_samples(split.data), &c->samples), out);
    YK_TRY_GOTO(read_sizes(c, recipe), out);
    if (is_root(c))
        YK_TRY_GOTO(open_folder(c, recipe), out);
out:
    yk_split_close(&split);
    yk_recipe_destroy(&recipe);
    return status;
}

/* --- curve.csv */

static yk_status add_row(char **text, int64_t samples, const char *split, const yk_scores *s)
{
    char row[64 + 32 * YK_MAX_MEASURES], *longer;
    int at = snprintf(row, sizeof row, "%" PRId64 ",%s,%.9g", samples, split, s->loss);
    for (int i = 0; i < s->n_metrics; i++)
        at += snprintf(row + at, sizeof row - (size_t)at, ",%.9g", s->value[i]);
    YK_TRY(yk_format(&longer, "%s%s\n", *text, row));
    yk_free(*text);
    *text = longer;
    return YK_OK;
}

static yk_status add_header(char **text, const yk_scores *s)
{
    char header[64 + YK_MAX_MEASURES * (YK_METRIC_NAME + 1)];
    int at = snprintf(header, sizeof header, "samples,split,loss");
    for (int i = 0; i < s->n_metrics; i++)
        at += snprintf(header + at, sizeof header - (size_t)at, ",%s", s->metric[i]);
    return yk_format(text, "%s\n", header);
}

static yk_status write_rows(curve *c, int64_t size, const yk_scores *train, const yk_scores *dev)
{
    char path[YK_PATH_MAX];
    if (!c->text)
        YK_TRY(add_header(&c->text, train));
    YK_TRY(add_row(&c->text, size, "train", train));
    if (dev->samples > 0)
        YK_TRY(add_row(&c->text, size, "dev", dev));
    snprintf(path, sizeof path, "%.900s/curve.csv", c->request->folder);
    return yk_file_write(path, c->text);
}

/* The trained model of a size goes into the table: on the samples that it was trained on, and on dev. Collective. */
static yk_status note_size(curve *c, const char *run, int64_t size)
{
    yk_trained t;
    yk_scores train = { 0 }, dev = { 0 };
    yk_status status;
    YK_TRY(yk_trained_open(&t, c->comm, run));
    YK_TRY_GOTO(yk_trained_evaluate_train(&t, c->comm, &train), out);
    if (t.recipe->has_dev)
        YK_TRY_GOTO(yk_trained_evaluate(&t, c->comm, &t.recipe->dev, &dev), out);
    YK_TRY_GOTO(yk_comm_agree(c->comm, is_root(c) ? write_rows(c, size, &train, &dev) : YK_OK), out);
out:
    yk_free(train.confusion);
    yk_free(train.of_class);
    yk_free(dev.confusion);
    yk_free(dev.of_class);
    yk_trained_close(&t);
    return status;
}

/* --- training */

/* How a size stands, by rank 0's word. */
enum { SIZE_NEW, SIZE_BEGUN, SIZE_DONE };

static yk_status look(const curve *c, const char *run, int64_t *state)
{
    char path[YK_PATH_MAX], *text;
    *state = SIZE_NEW;
    snprintf(path, sizeof path, "%.900s/recipe.yaml", run);
    if (!exists(path))
        return YK_OK;
    *state = SIZE_BEGUN;
    snprintf(path, sizeof path, "%.900s/status.json", run);
    if (!is_root(c) || !exists(path))
        return YK_OK;
    YK_TRY(yk_file_read(path, &text));
    if (strstr(text, "\"state\": \"finished\""))
        *state = SIZE_DONE;
    yk_free(text);
    return YK_OK;
}

static yk_status train_size(curve *c, const char *run, int64_t size, bool begun, const yk_observer *observer,
                            yk_outcome *outcome)
{
    const yk_curve_request *q = c->request;
    char take[64];
    snprintf(take, sizeof take, "data.take=%" PRId64, size);
    for (int i = 0; i < q->n_overrides; i++)
        c->overrides[i] = q->overrides[i];
    c->overrides[q->n_overrides] = take;
    const yk_train_request request = { .recipe = begun ? NULL : q->recipe,
                                       .run = run,
                                       .n_overrides = begun ? 0 : q->n_overrides + 1,
                                       .overrides = c->overrides,
                                       .signal = q->signal,
                                       .version = q->version };
    return yk_train(c->comm, &request, observer, outcome);
}

static yk_status all_sizes(curve *c, const yk_curve_observer *observer, yk_outcome *outcome)
{
    for (int i = 0; i < c->n && !outcome->signal; i++) {
        char run[YK_PATH_MAX];
        int64_t state = SIZE_NEW;
        run_of(c, c->size[i], run);
        YK_TRY(yk_comm_agree(c->comm, is_root(c) ? look(c, run, &state) : YK_OK));
        YK_TRY(yk_comm_broadcast(c->comm, 0, &state, sizeof state));
        if (observer->size)
            observer->size(observer->context, run, c->size[i], c->samples, state == SIZE_DONE);
        if (state != SIZE_DONE)
            YK_TRY(train_size(c, run, c->size[i], state == SIZE_BEGUN, &observer->train, outcome));
        if (!outcome->signal)
            YK_TRY(note_size(c, run, c->size[i]));
    }
    return YK_OK;
}

yk_status yk_curve(yk_comm *comm, const yk_curve_request *request, const yk_curve_observer *observer,
                   yk_outcome *outcome)
{
    curve c = { .comm = comm, .request = request };
    *outcome = (yk_outcome){ 0 };
    yk_status status = yk_comm_agree(comm, open_curve(&c));
    if (status == YK_OK)
        status = all_sizes(&c, observer, outcome);
    yk_free(c.overrides);
    yk_free(c.text);
    return status;
}
