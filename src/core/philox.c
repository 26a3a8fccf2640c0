/* SPDX-License-Identifier: Apache-2.0 */
/* The two multipliers and the two key increments (golden ratio, sqrt 3 - 1) are those of the paper in philox.h. */
#include "core/philox.h"

#include <assert.h>
#include <math.h>

#include "core/math.h"

void yk_philox(const uint32_t counter[4], yk_key key, uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key.word[0], k1 = key.word[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0;
        uint64_t b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* FNV-1a of 64 bits (Fowler, Noll, Vo): offset basis and prime as published. */
static uint64_t hash_name(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h;
}

yk_key yk_key_make(uint64_t seed, yk_purpose purpose, const char *name)
{
    uint64_t hash = hash_name(name);
    const uint32_t counter[4] = { (uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)hash, (uint32_t)(hash >> 32) };
    const yk_key key = { { (uint32_t)purpose, 0x796f6b65u } }; /* "yoke" */
    uint32_t out[4];
    yk_philox(counter, key, out);
    return (yk_key){ { out[0], out[1] } };
}

void yk_counter(uint32_t counter[4], int64_t time, int64_t sample, int64_t group)
{
    assert(time >= 0 && time >> 32 == 0 && sample >= 0 && sample >> 48 == 0 && group >= 0 && group >> 48 == 0);
    counter[0] = (uint32_t)group;
    counter[1] = (uint32_t)sample;
    counter[2] = (uint32_t)(sample >> 32) | (uint32_t)(group >> 32) << 16;
    counter[3] = (uint32_t)time;
}

static void draw(yk_key key, int64_t time, int64_t sample, int64_t group, uint32_t out[4])
{
    uint32_t counter[4];
    yk_counter(counter, time, sample, group);
    yk_philox(counter, key, out);
}

/* The top 53 bits of high:low as a number in [0, 1). */
static double unit53(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

uint32_t yk_random_bits(yk_key key, int64_t time, int64_t sample, int64_t element)
{
    uint32_t out[4];
    draw(key, time, sample, element / 4, out);
    return out[element % 4];
}

double yk_random_uniform(yk_key key, int64_t time, int64_t sample, int64_t element)
{
    return (double)(yk_random_bits(key, time, sample, element) >> 8) * 0x1p-24;
}

double yk_random_uniform53(yk_key key, int64_t time, int64_t sample, int64_t element)
{
    uint32_t out[4];
    draw(key, time, sample, element / 2, out);
    const uint32_t *pair = out + element % 2 * 2;
    return unit53(pair[0], pair[1]);
}

double yk_random_normal(yk_key key, int64_t time, int64_t sample, int64_t element)
{
    uint32_t out[4];
    draw(key, time, sample, element, out);
    double u = 1 - unit53(out[0], out[1]);                        /* (0, 1], exact: the logarithm is finite */
    double angle = 0x1.921fb54442d18p+2 * unit53(out[2], out[3]); /* 2 pi */
    return sqrt(-2 * yk_ln(u)) * yk_cos(angle);
}
