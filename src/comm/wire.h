/* SPDX-License-Identifier: Apache-2.0 */
/* In which form numbers of the gradient sum travel, and the addition that goes with it. With bfloat16 every value of
 * the summation tree is rounded where it arises (to the nearest, ties to even), whether it travels or not: the bits do
 * not depend on who sends what to whom. Sums are made in float32. */
#ifndef YK_COMM_WIRE_H
#define YK_COMM_WIRE_H

#include <stdint.h>

/** In the order of the names of the recipe's `train.wire`. */
typedef enum yk_wire { YK_WIRE_F32, YK_WIRE_BF16 } yk_wire;

/** Bytes of a number that travels. */
int64_t yk_wire_bytes(yk_wire wire);

/** sum = x + y; sum may be x or y. Rank-local. */
void yk_wire_add(yk_wire wire, int64_t n, const float *x, const float *y, float *sum);

/** to = from, as a value of the tree: rounded. They may be the same. */
void yk_wire_copy(yk_wire wire, int64_t n, const float *from, float *to);

/** n numbers as they travel, in the room that they take now; returns `values`. */
const void *yk_wire_pack(yk_wire wire, int64_t n, float *values);

/** Where in room for n floats what travels is to arrive, and what is done when it has: `room` holds floats then. */
void *yk_wire_landing(yk_wire wire, int64_t n, float *room);
void yk_wire_unpack(yk_wire wire, int64_t n, float *room);

#endif
