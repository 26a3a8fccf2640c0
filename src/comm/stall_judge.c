/* SPDX-License-Identifier: Apache-2.0 */
/* What the watch makes of what it knows: who is silent, who stands still, who is slow; and the line that says so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comm/stall_parts.h"
#include "core/num.h"

#define SLOW 1.5        /* times the median of all ranks */
#define SLOW_WINDOWS 3  /* in a row: once is the system's noise */
#define WINDOW_MAX 20.0 /* seconds; else half the limit */
#define WINDOW_LEAVES 8 /* micro-batches that a window must have seen of every rank */
#define FILES_TOLD 0.25 /* of the limit: then a wait for files is told of */
#define STAGGER 1.25    /* of the limit: ranks that are no centres speak after those */

static const char *const place_name[YK_PLACES] = {
    "start",  "samples",    "computing",  "gradients", "parameters", "evaluation",
    "scores", "checkpoint", "checkpoint", "log",       "printing",   "the end",
};

static void add(char text[YK_STALL_TEXT], const char *what)
{
    const size_t n = strlen(text);
    snprintf(text + n, YK_STALL_TEXT - n, "%s", what);
}

/* "rank 1 (host b)", "ranks 0,2-5": those whose choice is `which`. */
static void name_ranks(const yk_stall *s, const char *choice, char which, bool hosts, char text[YK_STALL_TEXT])
{
    const int size = s->comm->size;
    char piece[YK_STALL_TEXT];
    int n = 0, named = 0;
    for (int r = 0; r < size; r++)
        n += choice[r] == which;
    add(text, n == 1 ? "rank " : "ranks ");
    for (int r = 0, end; r < size; r = end) {
        end = r + 1;
        if (choice[r] != which)
            continue;
        while (end < size && choice[end] == which)
            end++;
        const char *comma = named++ ? "," : "";
        if (named > 12) {
            add(text, ",...");
            break;
        }
        if (end - r > 2)
            snprintf(piece, sizeof piece, "%s%d-%d", comma, r, end - 1);
        else
            snprintf(piece, sizeof piece, "%s%d", comma, r), end = r + 1;
        add(text, piece);
        if (hosts && (n <= 4 || named == 1)) {
            snprintf(piece, sizeof piece, " (host %.60s)", s->comm->host[r]);
            add(text, piece);
        }
    }
}

/* "; ranks 0,2-3 wait in gradients", of the ranks that were not chosen. */
static void name_others(const yk_stall *s, char *choice, char text[YK_STALL_TEXT])
{
    for (int place = 0; place < YK_PLACES; place++) {
        int n = 0;
        for (int r = 0; r < s->comm->size; r++)
            if (choice[r] != 'x') {
                choice[r] = s->seen[r].says[SAYS_PLACE] == place ? 'p' : '.';
                n += choice[r] == 'p';
            }
        if (n == 0)
            continue;
        add(text, "; ");
        name_ranks(s, choice, 'p', false, text);
        add(text, n == 1 ? " waits in " : " wait in ");
        add(text, place_name[place]);
    }
}

/* Places where a rank reads or writes files. */
static bool is_at_files(const yk_stall_seen *seen)
{
    const int64_t place = seen->says[SAYS_PLACE];
    return place == YK_AT_SAMPLES || place == YK_AT_CHECKPOINT || place == YK_AT_LOG;
}

static void tell(yk_stall *s, yk_stall_kind kind, char *choice, int first, const char *what, bool others)
{
    const int64_t *says = s->seen[first].says;
    yk_stall_report r = { .kind = kind, .rank = first, .step = says[SAYS_STEP] };
    char last[128];
    r.files = s->seen[s->comm->rank].says[SAYS_PLACE] == YK_AT_START ||
              (is_at_files(&s->seen[first]) && (kind == YK_STALL_STUCK || says[SAYS_PLACE] != YK_AT_SAMPLES));
    name_ranks(s, choice, 'x', true, r.text);
    add(r.text, what);
    snprintf(last, sizeof last, " (last seen at step %" PRId64 ", in %s)", says[SAYS_STEP],
             place_name[says[SAYS_PLACE]]);
    add(r.text, last);
    if (others)
        name_others(s, choice, r.text);
    s->ended = true;
    s->call(s->context, &r);
}

/* --- silence */

static double silence(const yk_stall *s, int rank, double now)
{
    return rank == s->comm->rank ? 0 : now - s->seen[rank].heard;
}

/* May this rank speak? The second centre when the first is silent, the others when both are, a little later. What a
 * rank may know of: a centre of all, others of the centres. */
static bool my_turn(const yk_stall *s, double now)
{
    const int me = s->comm->rank, *c = s->centre;
    if (me == c[0])
        return true;
    if (silence(s, c[0], now) <= s->seconds)
        return false;
    return me == c[1] || silence(s, c[1], now) > s->seconds * STAGGER;
}

static bool knows(const yk_stall *s, int rank)
{
    const int me = s->comm->rank, *c = s->centre;
    return me == c[0] || me == c[1] || rank == c[0] || rank == c[1];
}

static void judge_silence(yk_stall *s, char *choice, double now)
{
    int n = 0, first = -1;
    double longest = 0;
    char what[64];
    for (int r = 0; r < s->comm->size; r++) {
        const bool silent = knows(s, r) && silence(s, r, now) > s->seconds;
        choice[r] = silent ? 'x' : '.';
        if (!silent)
            continue;
        first = n++ ? first : r;
        longest = silence(s, r, now) > longest ? silence(s, r, now) : longest;
    }
    if (n == 0 || !my_turn(s, now))
        return;
    snprintf(what, sizeof what, " %s not answered for %.0f s", n == 1 ? "has" : "have", longest);
    tell(s, YK_STALL_SILENT, choice, first, what, s->comm->rank == s->centre[0] || s->comm->rank == s->centre[1]);
}

/* --- standing still: nobody has got on for a while, so the whole job stands. Guilty are those that do not wait; where
 * all wait, those that have come least far. */

bool yk_stall_waits(int64_t place)
{
    return place == YK_AT_GRADIENTS || place == YK_AT_UPDATE || place == YK_AT_SCORES || place == YK_AT_SAVED ||
           place == YK_AT_END;
}

static bool is_waiting(const yk_stall_seen *seen)
{
    return yk_stall_waits(seen->says[SAYS_PLACE]);
}

/* Places where a rank may stay as long as it likes. */
static bool is_excused(const yk_stall_seen *seen)
{
    return seen->says[SAYS_PLACE] == YK_AT_START || seen->says[SAYS_PLACE] == YK_AT_REPORT;
}

static double patience(const yk_stall *s, const yk_stall_seen *seen)
{
    return is_at_files(seen) || seen->says[SAYS_PLACE] == YK_AT_SAVED ? YK_STALL_FILE_PATIENCE * s->seconds
                                                                      : s->seconds;
}

static int64_t progress(const yk_stall_seen *seen)
{
    return seen->says[SAYS_STEP] * YK_PLACES + seen->says[SAYS_PLACE];
}

static void judge_standstill(yk_stall *s, char *choice, double now)
{
    const int size = s->comm->size;
    int first = -1, working = 0;
    int64_t least = INT64_MAX;
    double shortest = 1e30;
    char what[64];
    for (int r = 0; r < size; r++) {
        const yk_stall_seen *seen = &s->seen[r];
        if (is_excused(seen) || now - seen->moved <= patience(s, seen))
            return;
        shortest = now - seen->moved < shortest ? now - seen->moved : shortest;
        working += !is_waiting(seen);
        least = yk_min(least, progress(seen));
    }
    for (int r = 0; r < size; r++) {
        const yk_stall_seen *seen = &s->seen[r];
        choice[r] = (working ? !is_waiting(seen) : progress(seen) == least) ? 'x' : '.';
        if (choice[r] == 'x' && first < 0)
            first = r;
    }
    snprintf(what, sizeof what, " made no progress for %.0f s", shortest);
    tell(s, YK_STALL_STUCK, choice, first, what, true);
}

/* Without messages a rank knows of itself only. Those that wait speak later than those that others wait for. */
static void judge_alone(yk_stall *s, char *choice, double now)
{
    const int me = s->comm->rank;
    const yk_stall_seen *seen = &s->seen[me];
    char what[64];
    const double limit = patience(s, seen) * (is_waiting(seen) ? STAGGER + 0.05 * me : 1);
    if (is_excused(seen) || now - seen->moved <= limit)
        return;
    memset(choice, '.', (size_t)s->comm->size);
    choice[me] = 'x';
    snprintf(what, sizeof what, " made no progress for %.0f s", now - seen->moved);
    tell(s, YK_STALL_STUCK, choice, me, what, false);
}

/* --- files */

static void judge_files(yk_stall *s, int rank, double now)
{
    yk_stall_seen *seen = &s->seen[rank];
    if (!is_at_files(seen) || now - seen->moved <= FILES_TOLD * s->seconds ||
        seen->told_files == seen->says[SAYS_MARKS])
        return;
    yk_stall_report r = { .kind = YK_STALL_FILES, .rank = rank, .step = seen->says[SAYS_STEP], .files = true };
    snprintf(r.text, sizeof r.text, "rank %d (host %.60s) has waited %.0f s for its files (%s)", rank,
             s->comm->host[rank], now - seen->moved, place_name[seen->says[SAYS_PLACE]]);
    seen->told_files = seen->says[SAYS_MARKS];
    s->call(s->context, &r);
}

/* --- speed */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void begin_window(yk_stall *s, double now)
{
    s->window = now;
    for (int r = 0; r < s->comm->size; r++) {
        s->seen[r].from_busy = s->seen[r].says[SAYS_BUSY];
        s->seen[r].from_leaf = s->seen[r].says[SAYS_LEAVES];
    }
}

/* Ranks without micro-batches have no pace. Returns the median of the others; 0: too little was seen. */
static double find_paces(yk_stall *s)
{
    int n = 0;
    for (int r = 0; r < s->comm->size; r++) {
        yk_stall_seen *seen = &s->seen[r];
        const int64_t leaves = seen->says[SAYS_LEAVES] - seen->from_leaf;
        seen->pace = 0;
        if (seen->says[SAYS_LEAVES] == 0)
            continue;
        if (leaves < WINDOW_LEAVES)
            return 0;
        seen->pace = (double)(seen->says[SAYS_BUSY] - seen->from_busy) * 1e-9 / (double)leaves;
        s->pace[n++] = seen->pace;
    }
    if (n < 2)
        return 0;
    qsort(s->pace, (size_t)n, sizeof *s->pace, ascending);
    return s->pace[(n - 1) / 2];
}

static void tell_slow(yk_stall *s, int rank, double ratio)
{
    yk_stall_report r = { .kind = YK_STALL_SLOW, .rank = rank, .ratio = ratio, .step = s->seen[rank].says[SAYS_STEP] };
    snprintf(r.text, sizeof r.text,
             "rank %d (host %.60s) needs %.1f times as long as the other ranks for a micro-batch, and all wait for it",
             rank, s->comm->host[rank], ratio);
    s->seen[rank].told = true;
    s->call(s->context, &r);
}

static void judge_speed(yk_stall *s, double now)
{
    if (now - s->window < (s->seconds / 2 < WINDOW_MAX ? s->seconds / 2 : WINDOW_MAX))
        return;
    const double median = find_paces(s);
    if (median <= 0 && now - s->window < 10 * s->seconds)
        return; /* the window goes on */
    for (int r = 0; r < s->comm->size && median > 0; r++) {
        yk_stall_seen *seen = &s->seen[r];
        seen->slow = seen->pace > SLOW * median ? seen->slow + 1 : 0;
        if (seen->slow >= SLOW_WINDOWS && !seen->told)
            tell_slow(s, r, seen->pace / median);
    }
    begin_window(s, now);
}

/* --- all of it */

void yk_stall_forgive(yk_stall *s, double now)
{
    for (int r = 0; r < s->comm->size; r++) {
        s->seen[r].heard = s->seen[r].moved = now;
        s->seen[r].slow = 0;
    }
    begin_window(s, now);
}

void yk_stall_judge(yk_stall *s, double now)
{
    char *choice = s->choice;
    if (s->mpi == MPI_COMM_NULL) {
        judge_files(s, s->comm->rank, now);
        judge_alone(s, choice, now);
        return;
    }
    judge_silence(s, choice, now);
    if (s->ended || !my_turn(s, now) || !(s->comm->rank == s->centre[0] || s->comm->rank == s->centre[1]))
        return;
    judge_standstill(s, choice, now);
    if (s->ended || s->comm->rank != s->centre[0])
        return;
    for (int r = 0; r < s->comm->size; r++)
        judge_files(s, r, now);
    judge_speed(s, now);
}
