/* SPDX-License-Identifier: Apache-2.0 */
/* The stall watch: a thread on every rank that knows which ranks still answer, which make no progress, and which are
 * slow. Open MPI tells survivors nothing: when a rank is stopped or its host is gone, they wait for ever.
 *
 * Ranks mark on their communicator where they are; the watch thread sends that to two centres, the lowest rank and the
 * lowest one on another machine, which judge and beat back: two messages a rank and beat, whatever the number of ranks,
 * and 2 (size-1) for a centre; beats get rarer as ranks get more. The second centre speaks only when the first is
 * silent, and other ranks only when both are, so one rank tells of one fault. A rank that was itself not scheduled for
 * a while (Ctrl-Z of the job) forgives everybody. Without yk_comm_concurrent() a rank knows of its own progress only.
 */
#ifndef YK_COMM_STALL_H
#define YK_COMM_STALL_H

#include "comm/comm.h"

/** Where a rank is. In some places it waits for others. */
typedef enum yk_place {
    YK_AT_START,      /**< reading data, building the model: may take as long as it takes */
    YK_AT_SAMPLES,    /**< the next batch */
    YK_AT_COMPUTE,    /**< forward and backward */
    YK_AT_GRADIENTS,  /**< waits: gradients of all ranks */
    YK_AT_UPDATE,     /**< waits: parameters of all ranks */
    YK_AT_EVALUATION, /**< batches of dev */
    YK_AT_SCORES,     /**< waits: sums of an evaluation */
    YK_AT_CHECKPOINT, /**< rank 0 writes it */
    YK_AT_SAVED,      /**< waits: rank 0's checkpoint */
    YK_AT_LOG,        /**< rank 0 writes log.csv or status.json */
    YK_AT_REPORT,     /**< rank 0 prints: a pager may hold it, as long as it likes */
    YK_AT_END,        /**< waits: the others' end */
    YK_PLACES
} yk_place;

typedef enum yk_stall_kind {
    YK_STALL_SILENT, /**< ranks do not answer: stopped, or their machine is gone */
    YK_STALL_STUCK,  /**< ranks answer but do not get on, and the others wait for them */
    YK_STALL_SLOW,   /**< a rank needs more time than the others: a warning */
    YK_STALL_FILES   /**< a rank waits for its files: a warning; after YK_STALL_FILE_PATIENCE limits it is STUCK */
} yk_stall_kind;

#define YK_STALL_TEXT 480
#define YK_STALL_FILE_PATIENCE 4 /**< limits for a rank that reads or writes files: file systems pause */

typedef struct yk_stall_report {
    yk_stall_kind kind;
    int rank;     /**< the first one that it is about */
    double ratio; /**< of a slow one: its time to the median */
    int64_t step;
    bool files; /**< a file system may be what hangs: better write none */
    char
        text[YK_STALL_TEXT]; /**< one line: "rank 1 (host b) has not answered for 5 s (...); ranks 0,2-3 wait in ..." */
} yk_stall_report;

/** Called on the watch thread, for SILENT and STUCK at most once in all, for FILES once a wait. */
typedef void (*yk_stall_call)(void *context, const yk_stall_report *report);

/** Starts watching the ranks of `comm`; `seconds`: how long none may be silent, or stand still. Marks go to it until
 *  yk_stall_stop(). YK_ERR_MPI, YK_ERR_NOMEM. Collective. */
YK_MUST_CHECK yk_status yk_stall_start(yk_comm *comm, double seconds, yk_stall_call call, void *context);

/** Ends the watch; nothing where there is none. Not after YK_ERR_MPI. Collective. */
void yk_stall_stop(yk_comm *comm);

/** This rank is at `place` now, and has got on. Cheap, allocates nothing; nothing without a watch. From one thread. */
void yk_stall_mark(yk_comm *comm, yk_place place);

/** The step that it is in, and the micro-batches that this rank has of it: time is compared per micro-batch. */
void yk_stall_step(yk_comm *comm, int64_t step, int64_t leaves);

#endif
