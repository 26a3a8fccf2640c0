/* SPDX-License-Identifier: Apache-2.0 */
#include "train/deadline.h"

#include <math.h>

void yk_deadline_start(yk_deadline *d, double at, double now)
{
    *d = (yk_deadline){ .at = at, .margin = fmin(fmax(0.02 * (at - now), 1), 60) };
}

void yk_deadline_saved(yk_deadline *d, double seconds)
{
    d->save = fmax(d->save, seconds);
}

bool yk_deadline_step(yk_deadline *d, double now)
{
    if (d->began > 0)
        d->round = fmax(d->round, now - d->began);
    d->began = now;
    /* Going on means this round, and one more after which it is too late to ask; then the checkpoint, which may take
     * half as long again as the longest did. */
    return d->at > 0 && now + 2 * d->round + 1.5 * d->save + d->margin >= d->at;
}
