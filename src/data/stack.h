/* SPDX-License-Identifier: Apache-2.0 */
/* One field, or several fields of a file stacked to one: "u+v+p".
 *
 * Fields of equal shape get a new last dimension: samples (h, w) of u, v and p become (h, w, 3). Otherwise they are
 * joined along the last dimension, where a field with a dimension less than the others is one channel: (h, w, 2) and
 * (h, w) become (h, w, 3). Fields of different types become float32; bytes stack with bytes only, because bytes alone
 * are scaled. A field whose own name is the whole text comes first. */
#ifndef YK_DATA_STACK_H
#define YK_DATA_STACK_H

#include "io/datafile.h"

typedef struct yk_stack yk_stack;

/** Finds the fields (`file` is borrowed). *dtype and *shape are the stack's, samples first. YK_ERR_DATA: fields that
 *  are not there, or do not stack: the message has both shapes. */
YK_MUST_CHECK yk_status yk_stack_open(yk_stack **out, yk_datafile *file, const char *text, yk_dtype *dtype,
                                      yk_shape *shape);
void yk_stack_close(yk_stack **stack);

/** Name of the first field. */
const char *yk_stack_first(const yk_stack *stack);

/** Bytes a sample that yk_stack_gather() needs besides its result; kept from its first call on. */
int64_t yk_stack_scratch(const yk_stack *stack);

/** The samples of these numbers, raw. YK_ERR_DATA names file and sample where a value is marked as missing. */
YK_MUST_CHECK yk_status yk_stack_gather(yk_stack *stack, int64_t count, const int64_t *sample, void *out);

/** Samples 0 .. count-1. */
YK_MUST_CHECK yk_status yk_stack_read(yk_stack *stack, int64_t count, void *out);

#endif
