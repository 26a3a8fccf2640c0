/* SPDX-License-Identifier: Apache-2.0 */
#include "comm/wire.h"

#include <stdbool.h>
#include <string.h>

#include "core/num.h"

enum { BLOCK = 256 };

/* Bits of a float32 rounded to bfloat16, which is its upper half. A NaN stays one. */
static inline uint32_t rounded(uint32_t u)
{
    const uint32_t even = u + 0x7fffu + ((u >> 16) & 1u);
    return ((u & 0x7fffffffu) > 0x7f800000u ? u | 0x00400000u : even) & 0xffff0000u;
}

static inline float round_value(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    u = rounded(u);
    memcpy(&x, &u, sizeof x);
    return x;
}

int64_t yk_wire_bytes(yk_wire wire)
{
    return wire == YK_WIRE_BF16 ? 2 : 4;
}

static void add_rounded(int64_t n, const float *x, const float *y, float *sum)
{
    for (int64_t i = 0; i < n; i++)
        sum[i] = round_value(round_value(x[i]) + round_value(y[i])); /* leaves have not been rounded yet */
}

void yk_wire_add(yk_wire wire, int64_t n, const float *x, const float *y, float *sum)
{
    if (wire == YK_WIRE_BF16) {
        add_rounded(n, x, y, sum);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        sum[i] = x[i] + y[i];
}

void yk_wire_copy(yk_wire wire, int64_t n, const float *from, float *to)
{
    if (wire == YK_WIRE_F32) {
        if (to != from)
            memcpy(to, from, (size_t)n * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        to[i] = round_value(from[i]);
}

/* Block by block through the stack: the two forms of the numbers lie in the same place. */
const void *yk_wire_pack(yk_wire wire, int64_t n, float *values)
{
    uint16_t half[BLOCK];
    char *to = (char *)values;
    for (int64_t at = 0; wire == YK_WIRE_BF16 && at < n; at += BLOCK) {
        const int64_t length = yk_min(BLOCK, n - at);
        for (int64_t i = 0; i < length; i++) {
            uint32_t u;
            memcpy(&u, &values[at + i], sizeof u);
            half[i] = (uint16_t)(rounded(u) >> 16);
        }
        memcpy(to + 2 * at, half, (size_t)length * sizeof *half);
    }
    return values;
}

/* The upper half of the room: floats are then written from below, and never over what is still to be read. */
void *yk_wire_landing(yk_wire wire, int64_t n, float *room)
{
    return wire == YK_WIRE_BF16 ? (char *)room + 2 * n : (char *)room;
}

void yk_wire_unpack(yk_wire wire, int64_t n, float *room)
{
    uint16_t half[BLOCK];
    const char *from = yk_wire_landing(wire, n, room);
    for (int64_t at = 0; wire == YK_WIRE_BF16 && at < n; at += BLOCK) {
        const int64_t length = yk_min(BLOCK, n - at);
        memcpy(half, from + 2 * at, (size_t)length * sizeof *half);
        for (int64_t i = 0; i < length; i++) {
            const uint32_t u = (uint32_t)half[i] << 16;
            memcpy(&room[at + i], &u, sizeof u);
        }
    }
}
