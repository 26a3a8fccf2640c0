/* SPDX-License-Identifier: Apache-2.0 */
/* One rank of a machine reads for all of its ranks, so that a file is open once on a machine, however many ranks it
 * has: servers of shared file systems count opens. The first rank has a thread that answers; the others ask through
 * memory that both see, each at a desk of its own, and find the samples there. */
#ifndef YK_DATA_READER_H
#define YK_DATA_READER_H

#include "comm/comm.h"

typedef struct yk_reader yk_reader;

/** Reads `count` samples of field i, in the order of sample[], to `out`: on one thread of the process at a time. */
typedef yk_status yk_reader_call(void *context, int i, int64_t count, const int64_t *sample, void *out);

/** `read` is what the first rank of each machine does for all; a sample of any field has at most `sample_bytes` bytes.
 *  *out is NULL for a rank that is alone on its machine, or where the system gives no memory to share. YK_ERR_NOMEM.
 *  Collective. */
YK_MUST_CHECK yk_status yk_reader_create(yk_reader **out, yk_comm *comm, int64_t sample_bytes, yk_reader_call *read,
                                         void *context);

/** On the first rank of a machine: waits until the others have come here, or have asked for nothing for a while. Sets
 * to NULL; accepts NULL. */
void yk_reader_destroy(yk_reader **reader);

/** `count` samples of field i, of sample_bytes bytes each, in the order of sample[]. Errors are those of the rank that
 *  reads. From any thread, one at a time; calls no MPI and allocates nothing. */
YK_MUST_CHECK yk_status yk_reader_fetch(yk_reader *reader, int i, int64_t count, const int64_t *sample,
                                        int64_t sample_bytes, void *out);

#endif
