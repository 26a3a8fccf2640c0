/* SPDX-License-Identifier: Apache-2.0 */
/* What a folder tells of a training, running or ended: the rows of its log, the metrics of its recipe, its status. A
 * folder with a learning curve (`yoke curve`) tells the same by numbers of samples in place of steps (curve.csv,
 * curve.yaml). */
#ifndef YK_REPORT_HISTORY_H
#define YK_REPORT_HISTORY_H

#include <stdbool.h>

#include "train/run.h"
#include "train/tally.h"

#define YK_MAX_MEASURES (1 + YK_MAX_LOSSES + YK_MAX_SCORES)

/** The loss, or a value of a metric. */
typedef struct yk_measure {
    char name[YK_METRIC_NAME];
    bool rises, share; /**< as in yk_metric; the loss falls */
    double perfect;
} yk_measure;

typedef struct yk_history_row {
    int64_t at;    /**< step, or samples */
    int64_t epoch; /**< from 1; 0: of a learning curve */
    bool dev;
    double *value; /**< of each measure */
} yk_history_row;

typedef struct yk_history {
    char path[YK_PATH_MAX];
    bool is_curve; /**< `at` counts samples */
    int n_measures;
    yk_measure measure[YK_MAX_MEASURES]; /**< the loss first */
    int64_t n_rows;
    yk_history_row *row;
    double *value;
    char state[16];      /**< of status.json: running, finished, ...; "" where there is none */
    int64_t step, steps; /**< the last one known, of all */
} yk_history;

/** Reads a run folder. A last line that is being written is left out. YK_ERR_IO, YK_ERR_DATA (FILE:LINE: what it is);
 *  a log without rows is YK_ERR_DATA too. Release with yk_history_free(). */
YK_MUST_CHECK yk_status yk_history_read(yk_history *out, const char *path);
void yk_history_free(yk_history *history);

/** A measure by name: its number; YK_ERR_ARG names the nearest. */
YK_MUST_CHECK yk_status yk_history_measure(const yk_history *history, const char *name, int *out);

/** Where train and dev were measured at once: the end of an epoch, mostly. Train is the mean of the rows since the
 * point before, by their steps. Without dev a point is the end of an epoch, or of the log. */
typedef struct yk_point {
    int64_t at, epoch;
    double middle; /**< of what train is the mean of; of a learning curve: at */
    bool has_dev;
    double *train, *dev; /**< of each measure; NaN: not measured */
} yk_point;

/** The points of a history, in a block to release with yk_free() (the first one holds all values). */
YK_MUST_CHECK yk_status yk_history_points(const yk_history *history, yk_point **out, int64_t *n);

#endif
