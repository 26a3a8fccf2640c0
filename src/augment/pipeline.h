/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a recipe's `augment` that concern one field, and the room that they work in. */
#ifndef YK_AUGMENT_PIPELINE_H
#define YK_AUGMENT_PIPELINE_H

#include "augment/augment.h"

#define YK_MAX_AUGMENT 16

/** The list of a recipe. */
typedef struct yk_augmentation {
    int n;
    struct yk_augment_step {
        const yk_augment *augment;
        void *opts;      /**< begins with yk_augment_common */
        char name[64];   /**< "flip_1": its kind and its place among its kind, part of the key of its random numbers */
        char where[600]; /**< in the recipe, for messages */
    } step[YK_MAX_AUGMENT];
} yk_augmentation;

/** The shape of a field's samples after all steps. YK_ERR_RECIPE with the step's place: not an image, or too small. */
YK_MUST_CHECK yk_status yk_augmentation_shape(const yk_augmentation *a, const char *field, yk_shape *sample);

/** YK_ERR_RECIPE where a step names a field that is none of the n. */
YK_MUST_CHECK yk_status yk_augmentation_fields(const yk_augmentation *a, int n, const char *const *fields);

/** Whether a step wants the colours' axes. */
bool yk_augmentation_colours(const yk_augmentation *a);

/** Whether samples of the field are mixed with each other. */
bool yk_augmentation_mixes(const yk_augmentation *a, const char *field);

/** Mixes the n samples of a micro-batch, `length` floats each, in place: sample[] are their numbers, room has the size
 * of x. Fields of the same samples are mixed in the same way. Allocates nothing. */
void yk_augmentation_mix(const yk_augmentation *a, const char *field, uint64_t seed, int64_t epoch, int64_t n,
                         const int64_t *sample, int64_t length, float *x, float *room);

typedef struct yk_pipeline yk_pipeline;

typedef struct yk_pipeline_opts {
    const yk_augmentation *augmentation; /**< borrowed */
    const char *field;                   /**< "x" */
    yk_shape sample;                     /**< of a sample as it is stored */
    bool labels;                         /**< 32-bit labels, else floats */
    bool nearest;                        /**< floats that are labels: none between two of them */
    uint64_t seed;
    bool train;        /**< false: only what changes sizes, in its fixed form */
    const float *axes; /**< borrowed; see yk_turn */
} yk_pipeline_opts;

/** *out is NULL where no step concerns the field. Release with yk_pipeline_destroy(). */
YK_MUST_CHECK yk_status yk_pipeline_create(yk_pipeline **out, const yk_pipeline_opts *opts);
void yk_pipeline_destroy(yk_pipeline **pipeline);

/** Bytes of its room, and the shape of what comes out. */
int64_t yk_pipeline_bytes(const yk_pipeline *pipeline);
const yk_shape *yk_pipeline_shape(const yk_pipeline *pipeline);

/** Where the stored sample is put, converted; */
void *yk_pipeline_input(yk_pipeline *pipeline);
/** then what becomes of it in `epoch`, into out. Allocates nothing; one thread at a time. */
void yk_pipeline_run(yk_pipeline *pipeline, int64_t epoch, int64_t sample, void *out);

#endif
