/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10: the counter-based generator behind every random number of yoke. There is no stream and no state: a
 * number is a function of (seed, purpose, layer name, step or epoch, global sample number, element), so it does not
 * depend on which rank or thread asks.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#ifndef YK_CORE_PHILOX_H
#define YK_CORE_PHILOX_H

#include <stdint.h>

/** What a number is for. The values are part of the numerics: never renumber. */
typedef enum yk_purpose {
    YK_FOR_SHUFFLE = 1, /**< order of samples in an epoch */
    YK_FOR_INIT = 2,    /**< initial parameters */
    YK_FOR_DROPOUT = 3,
    YK_FOR_AUGMENT = 4,
    YK_FOR_SPLIT = 5, /**< cutting a split out of another */
    YK_FOR_MAKE = 6,  /**< data that yoke makes */
    YK_FOR_CHECK = 7  /**< inputs and directions of gradient checks */
} yk_purpose;

/** Key of one use: 64 bits made of seed, purpose and name. */
typedef struct yk_key {
    uint32_t word[2];
} yk_key;

/** Key for `purpose` under `name` (layer, parameter; "" for none): words 0 and 1 of
 *  philox(counter = seed low, seed high, hash low, hash high; key = purpose, 0x796f6b65), where hash is the 64-bit
 *  FNV-1a hash of the name. */
yk_key yk_key_make(uint64_t seed, yk_purpose purpose, const char *name);

/** The ten rounds: out = philox(counter, key). */
void yk_philox(const uint32_t counter[4], yk_key key, uint32_t out[4]);

/** Counter of a group of four elements: elements 4 group .. 4 group + 3 of `sample` at `time` (step or epoch).
 *  word 0: low half of group; 1: low half of sample; 2: bits 32-47 of sample, and of group shifted by 16; 3: time.
 *  group and sample < 2^48, time < 2^32. */
void yk_counter(uint32_t counter[4], int64_t time, int64_t sample, int64_t group);

/** Element `element` of (key, time, sample): 32 random bits. */
uint32_t yk_random_bits(yk_key key, int64_t time, int64_t sample, int64_t element);

/** The same as a number in [0, 1): the top 24 bits times 2^-24. */
double yk_random_uniform(yk_key key, int64_t time, int64_t sample, int64_t element);

/** Standard normal number: sqrt(-2 ln(1 - u)) cos(2 pi v) in double with core/math.h (Box-Muller); u and v are 53-bit
 *  uniforms made of the four words of group `element`. */
double yk_random_normal(yk_key key, int64_t time, int64_t sample, int64_t element);

/** 53-bit uniform in [0, 1): element 2 g is words 0, 1 of group g, element 2 g + 1 its words 2, 3 (high, low). */
double yk_random_uniform53(yk_key key, int64_t time, int64_t sample, int64_t element);

#endif
