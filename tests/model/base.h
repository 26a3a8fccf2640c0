/* SPDX-License-Identifier: Apache-2.0 */
/* A small recipe, and changes of its text, for tests of the model room. */
#ifndef YK_TESTS_MODEL_BASE_H
#define YK_TESTS_MODEL_BASE_H

#include <stdlib.h>
#include <string.h>

static const char base_recipe[] = "seed: 7\n"                                                              /* 1 */
                                  "data:\n"                                                                /* 2 */
                                  "  train: mnist.h5:/train\n"                                             /* 3 */
                                  "  dev: mnist.h5:/dev\n"                                                 /* 4 */
                                  "model:\n"                                                               /* 5 */
                                  "  - conv2d: {filters: 6, kernel: 5, padding: same, activation: relu}\n" /* 6 */
                                  "  - maxpool2d: 2\n"                                                     /* 7 */
                                  "  - conv2d: {filters: 16, kernel: 5, padding: valid}\n"                 /* 8 */
                                  "  - batchnorm\n"                                                        /* 9 */
                                  "  - relu\n"                                                             /* 10 */
                                  "  - maxpool2d: 2\n"                                                     /* 11 */
                                  "  - flatten\n"                                                          /* 12 */
                                  "  - dense: {units: 120, activation: relu}\n"                            /* 13 */
                                  "  - dropout: 0.3\n"                                                     /* 14 */
                                  "  - dense: 10\n"                                                        /* 15 */
                                  "loss: softmax_cross_entropy\n"                                          /* 16 */
                                  "metrics: [accuracy]\n"                                                  /* 17 */
                                  "optimizer: {adam: {lr: 1e-3}}\n"                                        /* 18 */
                                  "train: {steps: 120, batch: 128, micro_batch: 16}\n"                     /* 19 */
                                  "checkpoint: {every: 30 steps, keep: 3}\n";                              /* 20 */

/* A copy of `text` with the first `from` replaced by `to`; NULL where there is none. Release with free(). */
static inline char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        return NULL;
    char *out = malloc(strlen(text) + strlen(to) + 1);
    size_t head = (size_t)(at - text);
    memcpy(out, text, head);
    strcpy(out + head, to);
    strcat(out, at + strlen(from));
    return out;
}

#endif
