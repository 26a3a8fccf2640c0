/* SPDX-License-Identifier: Apache-2.0 */
/* What the stall watch makes of what it knows, without its thread, its messages or time passing. */
#include <string.h>

#include "comm/stall_parts.h"
#include "test.h"

enum { RANKS = 4, NOTHING = -1 };
#define LIMIT 10.0
#define NOW 1000.0

static char host[RANKS][MPI_MAX_PROCESSOR_NAME] = { "a", "a", "b", "b" };

typedef struct watch {
    yk_comm comm;
    yk_stall stall;
    yk_stall_seen seen[RANKS];
    double pace[RANKS];
    char choice[RANKS];
    int calls;
    yk_stall_report last;
} watch;

static void note(void *context, const yk_stall_report *report)
{
    watch *w = context;
    w->calls++;
    w->last = *report;
}

/* The watch of rank `me`; the centres are the first rank of each machine. */
static void set_up(watch *w, int me, bool messages)
{
    *w = (watch){ .comm = { .rank = me, .size = RANKS, .nodes = 2, .host = host } };
    w->stall = (yk_stall){ .comm = &w->comm,
                           .seconds = LIMIT,
                           .centre = { 0, 2 },
                           .call = note,
                           .context = w,
                           .seen = w->seen,
                           .pace = w->pace,
                           .choice = w->choice,
                           .window = NOW,
                           .mpi = messages ? MPI_COMM_SELF : MPI_COMM_NULL };
}

/* --- faults */

typedef struct rank_is {
    yk_place place;
    int step;
    double heard, moved; /* seconds ago */
} rank_is;

#define WAITS(moved)                                                                                                   \
    {                                                                                                                  \
        YK_AT_GRADIENTS, 7, 0, moved                                                                                   \
    }

static const struct fault_case {
    const char *name;
    int me;
    bool alone; /* without messages */
    rank_is rank[RANKS];
    int want; /* yk_stall_kind, or NOTHING */
    int who;
    bool files;
    const char *text; /* part of it */
} fault_cases[] = {
    { "all get on", 0, false, { WAITS(1), WAITS(1), WAITS(1), WAITS(1) }, NOTHING, 0, false, "" },
    /* silence: who may say it */
    { "one is silent",
      0,
      false,
      { WAITS(1), WAITS(1), WAITS(1), { YK_AT_COMPUTE, 7, 11, 11 } },
      YK_STALL_SILENT,
      3,
      false,
      "rank 3 (host b) has not answered for 11 s (last seen at step 7, in computing); ranks 0-2 wait in gradients" },
    { "not yet", 0, false, { WAITS(1), WAITS(1), WAITS(1), { YK_AT_COMPUTE, 7, 9, 9 } }, NOTHING, 0, false, "" },
    { "a machine is silent",
      0,
      false,
      { WAITS(1), WAITS(1), { YK_AT_COMPUTE, 6, 12, 12 }, { YK_AT_COMPUTE, 6, 11, 11 } },
      YK_STALL_SILENT,
      2,
      false,
      "have not answered for 12 s" },
    { "the second centre leaves it to the first",
      2,
      false,
      { WAITS(1), WAITS(1), WAITS(1), { YK_AT_COMPUTE, 7, 30, 30 } },
      NOTHING,
      0,
      false,
      "" },
    { "the second centre, when the first is silent",
      2,
      false,
      { { YK_AT_COMPUTE, 7, 11, 11 }, WAITS(1), WAITS(1), WAITS(1) },
      YK_STALL_SILENT,
      0,
      false,
      "rank 0 (host a) has not answered for 11 s" },
    { "another rank leaves it to the second centre",
      1,
      false,
      { { YK_AT_COMPUTE, 7, 30, 30 }, WAITS(1), WAITS(1), WAITS(1) },
      NOTHING,
      0,
      false,
      "" },
    { "another rank, when both are silent: later",
      1,
      false,
      { { YK_AT_COMPUTE, 7, 12, 12 }, WAITS(1), { YK_AT_COMPUTE, 7, 12, 12 }, WAITS(1) },
      NOTHING,
      0,
      false,
      "" },
    { "another rank, when both are silent",
      1,
      false,
      { { YK_AT_COMPUTE, 7, 13, 13 }, WAITS(1), { YK_AT_COMPUTE, 7, 13, 13 }, WAITS(1) },
      YK_STALL_SILENT,
      0,
      false,
      "have not answered for 13 s" },
    { "what a rank cannot know of", 1, false, { WAITS(1), WAITS(1), WAITS(1), WAITS(30) }, NOTHING, 0, false, "" },
    { "silent in a checkpoint: files",
      2,
      false,
      { { YK_AT_CHECKPOINT, 7, 11, 11 }, WAITS(1), WAITS(1), WAITS(1) },
      YK_STALL_SILENT,
      0,
      true,
      "in checkpoint" },
    /* all stand still */
    { "one computes for ever",
      0,
      false,
      { WAITS(11), { YK_AT_COMPUTE, 7, 0, 11 }, WAITS(11), WAITS(12) },
      YK_STALL_STUCK,
      1,
      false,
      "rank 1 (host a) made no progress for 11 s (last seen at step 7, in computing); ranks 0,2,3 wait in gradients" },
    { "one has just got on",
      0,
      false,
      { WAITS(11), { YK_AT_COMPUTE, 7, 0, 9 }, WAITS(11), WAITS(11) },
      NOTHING,
      0,
      false,
      "" },
    { "all wait, one is behind",
      0,
      false,
      { WAITS(11), WAITS(11), { YK_AT_GRADIENTS, 6, 0, 11 }, WAITS(11) },
      YK_STALL_STUCK,
      2,
      false,
      "rank 2 (host b) made no progress" },
    { "only the first centre judges that",
      2,
      false,
      { WAITS(90), { YK_AT_COMPUTE, 7, 0, 90 }, WAITS(90), WAITS(90) },
      NOTHING,
      0,
      false,
      "" },
    { "at the start: as long as it takes",
      0,
      false,
      { WAITS(900), { YK_AT_START, 0, 0, 900 }, WAITS(900), WAITS(900) },
      NOTHING,
      0,
      false,
      "" },
    { "a pager holds rank 0",
      0,
      false,
      { { YK_AT_REPORT, 7, 0, 900 }, WAITS(900), WAITS(900), WAITS(900) },
      NOTHING,
      0,
      false,
      "" },
    /* files */
    { "waits for its files",
      0,
      false,
      { WAITS(3), { YK_AT_SAMPLES, 7, 0, 3 }, WAITS(3), WAITS(3) },
      YK_STALL_FILES,
      1,
      true,
      "rank 1 (host a) has waited 3 s for its files (samples)" },
    { "waits for its files, not yet told",
      0,
      false,
      { WAITS(2), { YK_AT_SAMPLES, 7, 0, 2 }, WAITS(2), WAITS(2) },
      NOTHING,
      0,
      false,
      "" },
    { "waits for its files, too long",
      0,
      false,
      { WAITS(41), { YK_AT_SAMPLES, 7, 0, 41 }, WAITS(41), WAITS(41) },
      YK_STALL_STUCK,
      1,
      true,
      "rank 1 (host a) made no progress for 41 s (last seen at step 7, in samples)" },
    /* without messages */
    { "alone: computes for ever",
      1,
      true,
      { WAITS(0), { YK_AT_COMPUTE, 7, 0, 11 }, WAITS(0), WAITS(0) },
      YK_STALL_STUCK,
      1,
      false,
      "rank 1 (host a) made no progress for 11 s" },
    { "alone: those that wait speak later",
      1,
      true,
      { WAITS(0), WAITS(12), WAITS(0), WAITS(0) },
      NOTHING,
      0,
      false,
      "" },
    { "alone: waits for ever",
      1,
      true,
      { WAITS(0), WAITS(14), WAITS(0), WAITS(0) },
      YK_STALL_STUCK,
      1,
      false,
      "rank 1 (host a) made no progress for 14 s" },
};

static void test_faults(void)
{
    for (int i = 0; i < LEN(fault_cases); i++) {
        const struct fault_case *c = &fault_cases[i];
        watch w;
        set_up(&w, c->me, !c->alone);
        for (int r = 0; r < RANKS; r++) {
            w.seen[r].heard = NOW - c->rank[r].heard;
            w.seen[r].moved = NOW - c->rank[r].moved;
            w.seen[r].says[SAYS_PLACE] = c->rank[r].place;
            w.seen[r].says[SAYS_STEP] = c->rank[r].step;
            w.seen[r].says[SAYS_MARKS] = 1;
        }
        yk_stall_judge(&w.stall, NOW);
        const int got = w.calls ? (int)w.last.kind : NOTHING;
        if (got != c->want || w.calls > 1)
            FAIL_CASE(c->name, "kind %d in %d calls, not %d: %s", got, w.calls, c->want, w.last.text);
        else if (got != NOTHING && (w.last.rank != c->who || w.last.files != c->files || !strstr(w.last.text, c->text)))
            FAIL_CASE(c->name, "rank %d, files %d: %s", w.last.rank, w.last.files, w.last.text);
        if (w.stall.ended != (got == YK_STALL_SILENT || got == YK_STALL_STUCK))
            FAIL_CASE(c->name, "ended: %d", w.stall.ended);
    }
}

static void test_files_are_told_once(void)
{
    watch w;
    set_up(&w, 0, true);
    for (int wait = 1; wait <= 2; wait++) {
        for (int r = 0; r < RANKS; r++)
            w.seen[r].heard = w.seen[r].moved = NOW;
        w.seen[1].says[SAYS_PLACE] = YK_AT_SAMPLES;
        w.seen[1].says[SAYS_MARKS] = wait;
        for (double late = 0; late < 9; late += 1)
            yk_stall_judge(&w.stall, NOW + late);
        if (w.calls != wait)
            FAIL_CASE("files", "%d calls after %d waits", w.calls, wait);
    }
}

/* --- speed */

/* Five seconds go by, in which rank r spent busy[r] ms on each of its micro-batches. */
static void window(watch *w, double *now, const double busy[RANKS], int leaves)
{
    *now += LIMIT / 2;
    for (int r = 0; r < RANKS; r++) {
        w->seen[r].heard = w->seen[r].moved = *now;
        w->seen[r].says[SAYS_LEAVES] += leaves;
        w->seen[r].says[SAYS_BUSY] += (int64_t)(busy[r] * 1e6 * leaves);
    }
    yk_stall_judge(&w->stall, *now);
}

static void test_speed(void)
{
    static const double even[RANKS] = { 10, 11, 9, 10 }, slow[RANKS] = { 10, 10, 10, 20 },
                        a_little[RANKS] = { 10, 10, 10, 14 };
    static const struct speed_case {
        const char *name;
        const double *windows[6];
        int leaves;
        int want; /* the window after which it is told, from 1; 0: never */
    } cases[] = {
        { "even", { even, even, even, even, even, even }, 100, 0 },
        { "slow", { slow, slow, slow, slow, slow, slow }, 100, 3 },
        { "noise", { slow, slow, even, slow, slow, even }, 100, 0 },
        { "from then on", { even, slow, slow, even, slow, slow }, 100, 0 },
        { "slow after noise", { slow, even, even, slow, slow, slow }, 100, 6 },
        { "a little", { a_little, a_little, a_little, a_little, a_little, a_little }, 100, 0 },
        { "long micro-batches: two windows are one", { slow, slow, slow, slow, slow, slow }, 4, 6 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const struct speed_case *c = &cases[i];
        watch w;
        double now = NOW;
        int told = 0;
        set_up(&w, 0, true);
        for (int k = 0; k < LEN(c->windows); k++) {
            window(&w, &now, c->windows[k], c->leaves);
            told = told ? told : w.calls ? k + 1 : 0;
        }
        if (told != c->want || w.calls > 1)
            FAIL_CASE(c->name, "told after window %d, %d times; not %d", told, w.calls, c->want);
        else if (told &&
                 (w.last.kind != YK_STALL_SLOW || w.last.rank != 3 || w.last.ratio < 1.99 || w.last.ratio > 2.01))
            FAIL_CASE(c->name, "kind %d, rank %d, ratio %g", w.last.kind, w.last.rank, w.last.ratio);
    }
}

/* After the job has slept as a whole, nobody is guilty of it. */
static void test_forgive(void)
{
    watch w;
    set_up(&w, 0, true);
    for (int r = 0; r < RANKS; r++)
        w.seen[r].heard = w.seen[r].moved = NOW - 500;
    yk_stall_forgive(&w.stall, NOW);
    yk_stall_judge(&w.stall, NOW + 1);
    CU_ASSERT_EQUAL(w.calls, 0);
    w.seen[0].heard = w.seen[1].heard = w.seen[2].heard = NOW + 11;
    yk_stall_judge(&w.stall, NOW + 11);
    CU_ASSERT_EQUAL(w.calls, 1);
    CU_ASSERT_EQUAL(w.last.rank, 3);
}

int main(void)
{
    static const yk_test tests[] = { { "faults", test_faults },
                                     { "a wait for files is told once", test_files_are_told_once },
                                     { "speed", test_speed },
                                     { "forgive", test_forgive },
                                     { 0 } };
    return yk_test_main("comm/stall", tests);
}
