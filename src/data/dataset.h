/* SPDX-License-Identifier: Apache-2.0 */
/* A split as the trainer sees it: N samples, named fields, any number of samples fetched by number. Fields that fit
 * are read into memory once; larger ones are read as they are needed. */
#ifndef YK_DATA_DATASET_H
#define YK_DATA_DATASET_H

#include <stdbool.h>

#include "data/spread.h"
#include "io/datafile.h"

#define YK_MAX_FIELDS 8
#define YK_NAME_MAX 512

/** Where a split lies and what its fields are called: recipe name "x" is the file's "train_set_x", or "u+v+p": several
 *  fields stacked to one (data/stack.h). */
typedef struct yk_source {
    char file[512]; /**< "mnist.h5:/train", "out/step_*.h5" */
    int n_map;
    struct {
        char field[64];         /**< as the recipe says */
        char name[YK_NAME_MAX]; /**< as the file says */
    } map[YK_MAX_FIELDS];
} yk_source;

/** Sets the file of `source`. YK_ERR_ARG when the name is too long. */
YK_MUST_CHECK yk_status yk_source_file(yk_source *source, const char *spec);

/** Parses "x=test_set_x,y=test_set_y" into the map of `source`. YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_source_map(yk_source *source, const char *text);

/** The name in the file of the recipe's field. */
const char *yk_source_name(const yk_source *source, const char *field);

/** The names of a field's classes, where the file has them; else *n is 0. Release both with yk_free(). */
YK_MUST_CHECK yk_status yk_source_classes(const yk_source *source, const char *field, char **block, const char ***name,
                                          int64_t *n);

typedef struct yk_dataset yk_dataset;

/** Opens the fields that are asked for (n names as recipes call them). YK_ERR_DATA: a field is missing, or fields
 *  differ in their number of samples (the message has both numbers). Fields are kept in memory where all of them take
 *  at most `memory` bytes together; nothing is read yet. Release with yk_dataset_close(). */
YK_MUST_CHECK yk_status yk_dataset_open(yk_dataset **out, const yk_source *source, int n, const char *const *fields,
                                        int64_t memory);

/** The same, by the first rank of each machine; the others get to know from it what the split has, and get its samples
 *  after yk_dataset_share(), which must follow. Gives this rank's own status: ranks agree afterwards. Collective. */
YK_MUST_CHECK yk_status yk_dataset_open_once(yk_dataset **out, yk_comm *comm, const yk_source *source, int n,
                                             const char *const *fields, int64_t memory);

/** A dataset over the caller's arrays (borrowed; they outlive it): n fields, equal first dimensions. */
YK_MUST_CHECK yk_status yk_dataset_wrap(yk_dataset **out, int n, const char *const *fields, const yk_tensor *arrays);

/** A dataset over arrays that are spread over the ranks (data/spread.h): `arrays` are this rank's samples, and their
 *  first dimension may be 0 here, but not on all ranks. Types and shapes of samples are the same on all. Borrowed; they
 *  outlive it or their replacement. Collective. */
YK_MUST_CHECK yk_status yk_dataset_spread(yk_dataset **out, yk_comm *comm, int n, const char *const *fields,
                                          const yk_tensor *arrays);

/** Other samples of the same fields take the place of those of yk_dataset_spread(), any number of them. Collective. */
YK_MUST_CHECK yk_status yk_dataset_replace(yk_dataset *dataset, const yk_tensor *arrays);

void yk_dataset_close(yk_dataset **dataset);

int64_t yk_dataset_samples(const yk_dataset *dataset);
const char *yk_dataset_name(const yk_dataset *dataset); /**< for messages: "mnist.h5:/train" */

/** For messages: the file that holds a sample of field i; *sample becomes its number there. */
const char *yk_dataset_place(const yk_dataset *dataset, int i, int64_t *sample);

/** Name (the file's), type and shape of a field (dim[0] = samples); i as in the list that it was opened with. */
void yk_dataset_field(const yk_dataset *dataset, int i, yk_field *out);
yk_spread *yk_dataset_ranks(yk_dataset *dataset); /**< of a dataset that is spread over ranks; else NULL */

/** The samples that rank `rank` of `size` looks at where ranks share a pass over all: its own where they are spread,
 *  else an even part. Samples first .. last-1. */
void yk_dataset_part(yk_dataset *dataset, int rank, int size, int64_t *first, int64_t *last);

/** Reads what is to be kept in memory, once. Does nothing the second time, or where it is shared. */
YK_MUST_CHECK yk_status yk_dataset_load(yk_dataset *dataset);

/** From now on the first rank of each machine reads for all of its ranks. What yk_dataset_load() keeps it reads now,
 * into memory that all of them see: one copy a machine, and the files are closed. Of what is not kept it reads what
 * they ask for (data/reader.h), and closing waits for them. Nothing of that for a rank that is alone on its machine, or
 * where the system gives no such memory: then each rank reads for itself, and opens `source` if it has not. `source`
 * and `memory` are those that it was opened with. YK_ERR_IO. Collective. */
YK_MUST_CHECK yk_status yk_dataset_share(yk_dataset *dataset, yk_comm *comm, const yk_source *source, int64_t memory);

/** Bytes that yk_dataset_load() will hold. */
int64_t yk_dataset_kept(const yk_dataset *dataset);

/** Bytes a sample that fetching field i needs besides its result. */
int64_t yk_dataset_scratch(const yk_dataset *dataset, int i);

/** Copies raw elements of `count` samples of field i, in the order of sample[]. From one thread at a time. Of a dataset
 *  that is spread over ranks: only this rank's own. */
YK_MUST_CHECK yk_status yk_dataset_fetch(yk_dataset *dataset, int i, int64_t count, const int64_t *sample, void *out);

/** YK_ERR_DATA where ranks found different numbers of samples: files came while they looked. Collective. */
YK_MUST_CHECK yk_status yk_dataset_same(const yk_dataset *dataset, yk_comm *comm);

#endif
