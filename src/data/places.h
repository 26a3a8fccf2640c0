/* SPDX-License-Identifier: Apache-2.0 */
/* Which file holds a sample: for messages of ranks that have the files not open themselves. */
#ifndef YK_DATA_PLACES_H
#define YK_DATA_PLACES_H

#include "comm/comm.h"
#include "io/datafile.h"

typedef struct yk_places {
    int n;           /**< fields */
    int64_t parts;   /**< files */
    char *block;     /**< their names, each ended by '\0' */
    int64_t bytes;   /**< of the block */
    int64_t *offset; /**< [parts] where in it they begin */
    int64_t *first;  /**< [n][parts + 1] samples before each file */
} yk_places;

/** Those of n fields of a split, which have been found. Release with yk_places_free() whatever happens. YK_ERR_NOMEM.
 */
YK_MUST_CHECK yk_status yk_places_find(yk_places *places, const yk_datafile *file, int n, const char *const *fields);

/** Rank 0's come to those that take them (zeroed before). YK_ERR_NOMEM. Collective. */
YK_MUST_CHECK yk_status yk_places_broadcast(yk_places *places, yk_comm *comm, bool take);

void yk_places_free(yk_places *places);

/** The file of a sample of field i; *sample becomes its number there. */
const char *yk_places_at(const yk_places *places, int i, int64_t *sample);

#endif
