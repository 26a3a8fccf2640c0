/* SPDX-License-Identifier: Apache-2.0 */
/* Samples from one split to another, with what the file says about their fields. */
#ifndef YK_DATA_MOVE_H
#define YK_DATA_MOVE_H

#include "io/datafile.h"

/** Copies the samples whose numbers stand in sample[0..count) to rows at, at+1, ... of the field of the same name. */
YK_MUST_CHECK yk_status yk_move_rows(yk_datafile *in, const char *field, int64_t count, const int64_t *sample,
                                     yk_datawriter *out, int64_t at);

/** Attributes that describe a field travel with it: classes, columns, vocabulary, words, mean, std. */
YK_MUST_CHECK yk_status yk_move_attributes(yk_datafile *in, const char *field, yk_datawriter *out);

/** The same samples in all fields: their number. YK_ERR_DATA names the field that has others. */
YK_MUST_CHECK yk_status yk_move_samples(const yk_datafile *in, int64_t *samples);

/** Pointers to the n strings of a block as yk_datafile_strings() gives it; release with yk_free(). */
YK_MUST_CHECK yk_status yk_block_pointers(const char *block, int64_t n, const char ***name);

#endif
