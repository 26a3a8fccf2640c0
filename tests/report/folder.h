/* SPDX-License-Identifier: Apache-2.0 */
/* A run folder made of texts, for tests. */
#ifndef YK_TESTS_REPORT_FOLDER_H
#define YK_TESTS_REPORT_FOLDER_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "test.h"

#define RECIPE                                                                                                         \
    "input: {x: 4, y: {classes: 3}}\nmodel: [dense: 3]\nloss: softmax_cross_entropy\nmetrics: [accuracy, {top_k: "     \
    "2}]\n"                                                                                                            \
    "optimizer: {sgd: 0.1}\ntrain: {steps: 1, batch: 1}\n"
#define HEADER "step,epoch,split,loss,penalty,accuracy,top_2,lr,samples_per_s\n"

typedef struct folder {
    char path[64];
} folder;

static inline void put(const folder *f, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* A folder with a recipe and this log. */
static inline folder make_folder(const char *log)
{
    folder f = { "/tmp/yoke-report.XXXXXX" };
    CU_ASSERT_FATAL(mkdtemp(f.path) != NULL);
    put(&f, "recipe.yaml", RECIPE);
    put(&f, "log.csv", log);
    return f;
}

static inline void remove_folder(const folder *f)
{
    static const char *const names[] = { "recipe.yaml", "curve.yaml", "log.csv", "curve.csv",
                                         "status.json", "a.svg",      "a.png" };
    char path[128];
    for (int i = 0; i < LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", f->path, names[i]);
        unlink(path);
    }
    rmdir(f->path);
}

#endif
