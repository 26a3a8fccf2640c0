/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed permutation of 0 .. n-1: a Feistel network over the smallest even number of bits that holds n, whose values
 * beyond n are sent through again until they fall below n (cycle walking: still a bijection; fewer than four passes on
 * average). Its round function is Philox, its counter holds epoch, domain, round and the half block.
 * Source: Black, Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002. */
#include "data/order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"

/* Four rounds look random on large domains (Luby, Rackoff); eight do so on those of a few samples, too. */
#define ROUNDS 8

/* What a permutation is of; the numbers are part of the numerics. Block b permutes its samples under IN_BLOCK + b. */
enum { ALL_SAMPLES = 0, ALL_BLOCKS = 0, IN_BLOCK = 1 };

yk_status yk_shuffle_parse(yk_shuffle *out, const char *text)
{
    static const char block[] = "block:";
    const size_t prefix = sizeof block - 1;
    if (strcmp(text, "full") == 0) {
        *out = (yk_shuffle){ .mode = YK_SHUFFLE_FULL };
    } else if (strcmp(text, "none") == 0) {
        *out = (yk_shuffle){ .mode = YK_SHUFFLE_NONE };
    } else {
        const char *digits = text + prefix;
        bool good = strncmp(text, block, prefix) == 0 && *digits != '\0' && strlen(digits) <= 18 &&
                    strspn(digits, "0123456789") == strlen(digits);
        int64_t n = good ? strtoll(digits, NULL, 10) : 0;
        YK_CHECK(n > 0, YK_ERR_ARG, "shuffle: \"%s\" is not full, none or block:SAMPLES (as in block:4096)", text);
        *out = (yk_shuffle){ .mode = YK_SHUFFLE_BLOCK, .block = n };
    }
    return YK_OK;
}

void yk_order_make(yk_order *order, int64_t n, const yk_shuffle *shuffle, uint64_t seed, yk_purpose purpose)
{
    *order = (yk_order){ .n = n, .shuffle = *shuffle, .key = yk_key_make(seed, purpose, "") };
}

static uint32_t round_bits(yk_key key, int64_t epoch, int64_t domain, int64_t round, uint64_t half)
{
    uint32_t counter[4], out[4];
    yk_counter(counter, epoch, domain, round << 32 | (int64_t)half);
    yk_philox(counter, key, out);
    return out[0];
}

static int64_t permute(yk_key key, int64_t epoch, int64_t domain, int64_t n, int64_t at)
{
    int bits = 1; /* of one half */
    while (bits < 31 && (int64_t)1 << 2 * bits < n)
        bits++;
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint64_t value = (uint64_t)at;
    do {
        uint64_t left = value >> bits, right = value & mask;
        for (int round = 0; round < ROUNDS; round++) {
            uint64_t next = left ^ (round_bits(key, epoch, domain, round, right) & mask);
            left = right;
            right = next;
        }
        value = left << bits | right;
    } while (value >= (uint64_t)n);
    return (int64_t)value;
}

/* Whole blocks are permuted among themselves; the short one at the end, if any, is put into a place drawn for it. */
static int64_t at_block(const yk_order *o, int64_t epoch, int64_t position)
{
    const int64_t size = o->shuffle.block, whole = o->n / size, rest = o->n % size;
    int64_t length = size, block;
    int64_t place = whole; /* of the short block, counted in blocks before it */
    if (rest > 0)
        place = (int64_t)(round_bits(o->key, epoch, ALL_BLOCKS, ROUNDS, 0) * 0x1p-32 * (double)(whole + 1));
    if (position >= place * size && position < place * size + rest) {
        block = whole;
        length = rest;
        position -= place * size;
    } else {
        if (position >= place * size)
            position -= rest;
        block = permute(o->key, epoch, ALL_BLOCKS, whole, position / size);
        position %= size;
    }
    return block * size + permute(o->key, epoch, IN_BLOCK + block, length, position);
}

void yk_order_take(yk_order *order, int64_t of, uint64_t seed)
{
    order->of = order->n < of ? of : 0;
    order->choice = yk_key_make(seed, YK_FOR_SPLIT, "take");
}

/* Place of `position` among the n samples. */
static int64_t shuffled(const yk_order *order, int64_t epoch, int64_t position)
{
    switch (order->shuffle.mode) {
    case YK_SHUFFLE_FULL:
        return permute(order->key, epoch, ALL_SAMPLES, order->n, position);
    case YK_SHUFFLE_BLOCK:
        return at_block(order, epoch, position);
    case YK_SHUFFLE_NONE:
        break;
    }
    return position;
}

int64_t yk_order_at(const yk_order *order, int64_t epoch, int64_t position)
{
    const int64_t at = shuffled(order, epoch, position);
    return order->of ? permute(order->choice, 0, ALL_SAMPLES, order->of, at) : at;
}
