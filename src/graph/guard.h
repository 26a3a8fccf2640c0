/* SPDX-License-Identifier: Apache-2.0 */
/* In builds with AddressSanitizer, memory of the arena can be touched only while the plan says that it is alive: an op
 * that reads what it did not declare is caught at once. Other builds have nothing of this. */
#ifndef YK_GRAPH_GUARD_H
#define YK_GRAPH_GUARD_H

#include "graph/plan.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define YK_GUARD
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define YK_GUARD
#endif

#ifdef YK_GUARD
#include <sanitizer/asan_interface.h>

/* Nothing is alive. */
static inline void yk_guard_begin(const yk_program *program)
{
    for (int s = 0; s < program->n_slot; s++) {
        const yk_slot *slot = &program->slot[s];
        if (slot->home == s && !slot->fed && slot->tensor.data)
            ASAN_POISON_MEMORY_REGION(slot->tensor.data, (size_t)slot->bytes);
    }
}

/* What died with the instruction before i is gone, what i is the first to use is there. */
static inline void yk_guard_step(const yk_program *program, int i)
{
    for (int turn = 0; turn < 2; turn++) { /* all deaths come before all births: those may get their memory */
        for (int s = 0; s < program->n_slot; s++) {
            const yk_slot *slot = &program->slot[s];
            if (slot->home != s || slot->fed || !slot->tensor.data)
                continue;
            if (turn == 0 && slot->last == i - 1)
                ASAN_POISON_MEMORY_REGION(slot->tensor.data, (size_t)slot->bytes);
            if (turn == 1 && slot->first == i)
                ASAN_UNPOISON_MEMORY_REGION(slot->tensor.data, (size_t)slot->bytes);
        }
    }
}
#else
#define yk_guard_begin(program) ((void)(program))
#define yk_guard_step(program, i) ((void)(program), (void)(i))
#endif

#endif
