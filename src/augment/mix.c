/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of a micro-batch with each other. A micro-batch is the same samples on any number of ranks, and all of them
 * are at hand. Sample i meets sample i + r of it, r by chance. */
#include <string.h>

#include "augment/steps.h"

bool yk_augmentation_mixes(const yk_augmentation *a, const char *field)
{
    for (int i = 0; i < a->n; i++)
        if (a->step[i].augment->mixes && yk_step_concerns(&a->step[i], field))
            return true;
    return false;
}

static void mix(const struct yk_augment_step *s, yk_turn *t, int64_t n, const int64_t *sample, int64_t length, float *x,
                float *room)
{
    const double probability = ((const yk_augment_common *)s->opts)->probability;
    t->sample = sample[0];
    const int64_t r = 1 + yk_turn_below(t, 0, n - 1);
    memcpy(room, x, (size_t)(n * length) * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        const float *other = room + (i + r) % n * length;
        float *own = x + i * length;
        t->sample = sample[i];
        if (probability < 1 && !(yk_random_uniform(t->key, t->epoch, t->sample, 0) < probability))
            continue;
        const float share = (float)s->augment->share(t), rest = 1 - share;
        for (int64_t k = 0; k < length; k++)
            own[k] = share * own[k] + rest * other[k];
    }
}

void yk_augmentation_mix(const yk_augmentation *a, const char *field, uint64_t seed, int64_t epoch, int64_t n,
                         const int64_t *sample, int64_t length, float *x, float *room)
{
    for (int i = 0; i < a->n && n > 1; i++) {
        const struct yk_augment_step *s = &a->step[i];
        yk_turn turn = { .opts = s->opts, .epoch = epoch };
        if (!s->augment->mixes || !yk_step_concerns(s, field))
            continue;
        turn.key = yk_key_make(seed, YK_FOR_AUGMENT, s->name);
        mix(s, &turn, n, sample, length, x, room);
    }
}
