/* SPDX-License-Identifier: Apache-2.0 */
/* A run at a glance: train and dev side by side, and what one would conclude. */
#ifndef YK_REPORT_SUMMARY_H
#define YK_REPORT_SUMMARY_H

#include "report/history.h"

/** Rules of the conclusion. */
typedef struct yk_rules {
    double optimal;   /**< the error that nobody could do better than (labels that are wrong, people's own errors) */
    double threshold; /**< bias and variance larger than this are called high */
} yk_rules;

typedef enum yk_verdict {
    YK_VERDICT_FINE,
    YK_VERDICT_BIAS,
    YK_VERDICT_VARIANCE,
    YK_VERDICT_BOTH,
    YK_VERDICT_NONE /**< the numbers do not tell */
} yk_verdict;

typedef struct yk_summary {
    int64_t at, epoch; /**< of the last point: step, epoch */
    bool has_dev;
    struct {
        double train, dev; /**< at the last point */
        double gap;        /**< how much worse dev is; NaN without dev */
        double best;       /**< best value on dev (without dev: on train) */
        int64_t best_at, best_epoch;
    } of[YK_MAX_MEASURES];
    int judged;            /**< measure that the conclusion is drawn from */
    double bias, variance; /**< as shares */
    yk_verdict verdict;
    char why[400]; /**< one sentence */
} yk_summary;

YK_MUST_CHECK yk_status yk_summarise(const yk_history *history, const yk_rules *rules, yk_summary *out);

/** "high bias", ... */
const char *yk_verdict_text(yk_verdict verdict);

#endif
