/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "data/dataset.h"
#include "train/train.h"

/* What the file calls the classes; n is 0 where it says nothing. */
typedef struct class_names {
    char *block;
    const char **name;
    int64_t n;
} class_names;

/* The head of row c: its number, and its name. */
static void print_head(const class_names *names, int64_t rows, int64_t c)
{
    if (names->n == rows)
        printf("\n%4" PRId64 " %-20.20s", c, names->name[c]);
    else
        printf("\n%8" PRId64, c);
}

static void print_confusion(const yk_scores *s, const class_names *names)
{
    printf("confusion (rows: label, columns: predicted)\n%*s", names->n == s->classes ? 25 : 8, "");
    for (int64_t c = 0; c < s->classes; c++)
        printf(" %7" PRId64, c);
    for (int64_t r = 0; r < s->classes; r++) {
        print_head(names, s->classes, r);
        for (int64_t c = 0; c < s->classes; c++)
            printf(" %7" PRId64, s->confusion[r * s->classes + c]);
    }
    printf("\n");
}

/* A column a metric, a row a class. */
static void print_classes(const yk_scores *s, const class_names *names)
{
    printf("%*s", names->n == s->cols ? -25 : 8, names->n == s->cols ? "     class" : "class");
    for (int i = 0; i < s->n_of_class; i++)
        printf(" %10s", s->class_metric[i]);
    for (int64_t c = 0; c < s->cols; c++) {
        print_head(names, s->cols, c);
        for (int i = 0; i < s->n_of_class; i++)
            printf(" %10.6f", s->of_class[i * s->cols + c]);
    }
    printf("\n");
}

static void print_people(const yk_trained *t, const yk_source *source, const yk_scores *s, const class_names *names)
{
    printf("%s on %s: %" PRId64 " samples\n  loss %.6f\n", t->path, source->file, s->samples, s->loss);
    for (int i = 0; i < s->n_parts; i++)
        printf("  loss_%s %.6f\n", s->part_name[i], s->part[i]);
    for (int i = 0; i < s->n_metrics; i++)
        printf("  %s %.6f\n", s->metric[i], s->value[i]);
    if (s->n_of_class > 0 && s->cols <= 30)
        print_classes(s, names);
    if (s->confusion && s->classes <= 30)
        print_confusion(s, names);
    else if (s->confusion)
        printf("(the confusion matrix of %" PRId64 " classes is in --json)\n", s->classes);
}

static void print_json(const yk_scores *s, const class_names *names)
{
    printf("{\"samples\": %" PRId64 ", \"loss\": ", s->samples);
    yk_print_json_real(s->loss);
    for (int i = 0; i < s->n_parts; i++) {
        printf(", \"loss_%s\": ", s->part_name[i]);
        yk_print_json_real(s->part[i]);
    }
    printf(", \"metrics\": {");
    for (int i = 0; i < s->n_metrics; i++) {
        printf("%s", i ? ", " : "");
        yk_print_json(s->metric[i]);
        printf(": ");
        yk_print_json_real(s->value[i]);
    }
    printf("}");
    for (int64_t c = 0; c < names->n; c++) {
        printf("%s", c ? ", " : ", \"classes\": [");
        yk_print_json(names->name[c]);
        printf("%s", c + 1 == names->n ? "]" : "");
    }
    for (int i = 0; i < s->n_of_class; i++) {
        printf("%s", i ? ", " : ", \"per_class\": {");
        yk_print_json(s->class_metric[i]);
        for (int64_t c = 0; c < s->cols; c++) {
            printf("%s", c ? ", " : ": [");
            yk_print_json_real(s->of_class[i * s->cols + c]);
        }
        printf("]%s", i + 1 == s->n_of_class ? "}" : "");
    }
    for (int64_t r = 0; s->confusion && r < s->classes; r++) {
        printf("%s[", r ? ", " : ", \"confusion\": [");
        for (int64_t c = 0; c < s->classes; c++)
            printf("%s%" PRId64, c ? ", " : "", s->confusion[r * s->classes + c]);
        printf("]%s", r + 1 == s->classes ? "]" : "");
    }
    printf("}\n");
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_trained trained;
    yk_scores scores = { 0 };
    yk_source source;
    class_names names = { 0 };
    int threads, cores;
    (void)exit_code;
    YK_TRY(yk_args_source(&cli->args, &source));
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    YK_TRY(yk_trained_open(&trained, cli->comm, cli->args.word[0]));
    yk_status status = yk_trained_evaluate(&trained, cli->comm, &source, &scores);
    if (status == YK_OK && yk_comm_rank(cli->comm) == 0)
        status = yk_source_classes(&source, trained.recipe->loss[0].target, &names.block, &names.name, &names.n);
    if (status == YK_OK && yk_comm_rank(cli->comm) == 0) {
        if (yk_args_get(&cli->args, "--json"))
            print_json(&scores, &names);
        else
            print_people(&trained, &source, &scores, &names);
    }
    yk_free(names.name);
    yk_free(names.block);
    yk_free(scores.confusion);
    yk_free(scores.of_class);
    yk_trained_close(&trained);
    return status;
}

static const yk_flag flags[] = {
    { "--data", "FILE[:/GROUP]", "the split to evaluate on", false },
    YK_MAP_FLAG,
    { "--json", NULL,
      "one JSON object: samples, loss (and loss_NAME of several), metrics, and for classes per_class and confusion",
      false },
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_eval = {
    .name = "eval",
    .words = "RUN --data FILE[:/GROUP]",
    .doc =
        "evaluates a trained model: loss, metrics (also class by class), confusion matrix; every sample exactly once",
    .more = "RUN is a run folder (its newest checkpoint), FOLDER:best, or a checkpoint's file.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .ranks = true,
    .run = run,
};
