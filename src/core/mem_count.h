/* SPDX-License-Identifier: Apache-2.0 */
/* The books of the allocator, shared by mem.c and arena.c. */
#ifndef YK_CORE_MEM_COUNT_H
#define YK_CORE_MEM_COUNT_H

#include <stdbool.h>

/** False when yk_mem_fail_at() wants this allocation to fail. */
bool yk_mem_allowed(void);
/** One block more, one block less. */
void yk_mem_born(void);
void yk_mem_died(void);

#endif
