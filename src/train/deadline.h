/* SPDX-License-Identifier: Apache-2.0 */
/* The time limit of a job: a training that knows how long its rounds and its checkpoints take stops before the limit,
 * not at it. A round is from the begin of a step to the begin of the next: the step and all that follows it, an
 * evaluation or a checkpoint where one is due. Rank 0 decides; its answer goes to the others as a signal would. Times
 * are those of yk_clock(). */
#ifndef YK_TRAIN_DEADLINE_H
#define YK_TRAIN_DEADLINE_H

#include <stdbool.h>

typedef struct yk_deadline {
    double at;     /**< the process must have ended by then; 0: never */
    double margin; /**< seconds before it */
    double round;  /**< the longest so far, seconds */
    double save;   /**< the longest checkpoint so far, seconds */
    double began;  /**< this round; 0: none has */
} yk_deadline;

/** A limit at `at` (0: none) as seen from `now`: the margin is 2 % of what is left, at least 1 s and at most 60 s. */
void yk_deadline_start(yk_deadline *d, double at, double now);

/** A checkpoint took so many seconds. */
void yk_deadline_saved(yk_deadline *d, double seconds);

/** A step begins. True: it must be the last one, as after one more round the checkpoint might come too late. */
bool yk_deadline_step(yk_deadline *d, double now);

#endif
