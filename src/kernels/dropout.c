/* SPDX-License-Identifier: Apache-2.0 */
/* dropout: y = scale x where element (row, e) is kept, else 0, the same at each of a row's places. Kept: u >= rate, u
 * the uniform number in [0, 1) of element e of the row's sample, as yk_random_uniform() gives it; the gradient is the
 * same call on dy. Philox4x32-10 runs over VLEN groups of four elements at a time, in plain integer loops that
 * compilers turn into vector code; counter and rounds are those of core/philox.h. */
#include "kernels/family.h"

enum { WORDS = 4, CHUNK = WORDS * VLEN };

/* Ten rounds for each lane, c[word][lane]: one lane after the other in C, side by side in the compiler's hands. */
static void rounds(uint32_t c[WORDS][VLEN], yk_key key)
{
    for (int j = 0; j < VLEN; j++) {
        uint32_t c0 = c[0][j], c1 = c[1][j], c2 = c[2][j], c3 = c[3][j], k0 = key.word[0], k1 = key.word[1];
        UNROLL
        for (int round = 0; round < 10; round++) {
            uint64_t p0 = (uint64_t)0xD2511F53U * c0, p1 = (uint64_t)0xCD9E8D57U * c2;
            c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
            c1 = (uint32_t)p1;
            c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
            c3 = (uint32_t)p0;
            k0 += 0x9E3779B9U;
            k1 += 0xBB67AE85U;
        }
        c[0][j] = c0;
        c[1][j] = c1;
        c[2][j] = c2;
        c[3][j] = c3;
    }
}

/* The uniform numbers of elements 4 group .. 4 group + CHUNK - 1. */
static void uniform_chunk(const yk_random *r, int64_t sample, int64_t group, real out[CHUNK])
{
    uint32_t c[WORDS][VLEN], counter[WORDS];
    yk_counter(counter, r->time, sample, group);
    for (uint32_t j = 0; j < VLEN; j++) { /* group is a multiple of VLEN: only the lowest word changes */
        c[0][j] = counter[0] + j;
        for (int word = 1; word < WORDS; word++)
            c[word][j] = counter[word];
    }
    rounds(c, r->key);
    for (int j = 0; j < VLEN; j++)
        for (int word = 0; word < WORDS; word++)
            out[j * WORDS + word] = (real)(int32_t)(c[word][j] >> 8) * (real)0x1p-24;
}

typedef struct drop {
    int64_t places, cols, chunks; /* of a row; chunks of its cols elements */
    const yk_random *random;
    real rate, scale;
    const real *x;
    real *y;
    bool add;
} drop;

/* A job: CHUNK elements of a row, at all places. */
static void drop_chunk(const void *context, int64_t job)
{
    const drop *d = context;
    int64_t row = job / d->chunks, first = job % d->chunks * CHUNK;
    vec zero = vset(0), limit = vset(d->rate), factor = vset(d->scale);
    real u[CHUNK];
    uniform_chunk(d->random, d->random->sample[row], first / WORDS, u);
    for (int64_t place = row * d->places; place < (row + 1) * d->places; place++) {
        const real *in = d->x + place * d->cols;
        real *out = d->y + place * d->cols;
        FOR_VEC (i, lanes, first, yk_min(first + CHUNK, d->cols)) {
            vec kept = vmul(factor, vload_n(in + i, lanes));
            vput(out + i, vselect(vlt(vload(u + (i - first)), limit), zero, kept), lanes, d->add);
        }
    }
}

void ISA(dropout)(int64_t rows, int64_t places, int64_t cols, const yk_random *random, real rate, real scale,
                  const real *x, real *y, bool add)
{
    drop d = {
        .places = places, .cols = cols, .random = random, .rate = rate, .scale = scale, .x = x, .y = y, .add = add
    };
    d.chunks = yk_div_up(cols, CHUNK);
    yk_parallel(rows * d.chunks, rows * (places + 7) * cols, drop_chunk, &d);
}
