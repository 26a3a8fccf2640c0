/* SPDX-License-Identifier: Apache-2.0 */
/* How long the sum of gradients (comm/reduce.h) takes on machines that are not there: a model of what each of its steps
 * sends and copies. Every message takes its latency and the time of its bytes on the link (Hockney, 1994), and half a
 * latency of work at each end. */
#ifndef YK_COMM_MODEL_H
#define YK_COMM_MODEL_H

#include "comm/wire.h"
#include "core/amount.h"

typedef struct yk_comm_model {
    int machines, ranks; /**< ranks: of each machine */
    int64_t leaves;      /**< of a batch */
    yk_network network;
    yk_wire wire;
    double copied; /**< bytes a second that a machine's cores copy together */
} yk_comm_model;

/** Nodes of the summation tree that a machine sends of each element: 1 where the leaves divide evenly into powers of
 *  two. */
int yk_model_nodes(const yk_comm_model *m);

/** Seconds of a bucket of so many bytes (of floats), from all ranks' having given it until its totals are there; of the
 * gather of a vector in so many stripes; of an agreement; of a gather of `bytes` bytes of norms in a ring. */
double yk_model_bucket(const yk_comm_model *m, double bytes);
double yk_model_gather(const yk_comm_model *m, double bytes, double stripes);
double yk_model_agree(const yk_comm_model *m);
double yk_model_ring(const yk_comm_model *m, double bytes);

#endif
