/* SPDX-License-Identifier: Apache-2.0 */
/* Training inside a simulation: heat in a ring whose conductivity depends on the temperature,
 *
 *     u_t = (k(u) u_x)_x + source(x, t),
 *
 * in 240 cells that the ranks share. While it runs, a small network learns the conductivity at a face from the
 * temperatures on both sides of it, from the simulation's own arrays: no file, no copy. Then the simulation goes on
 * twice from where it is, with the formula and with the network in its place, and the two are compared. yoke prints
 * nothing; what you see is this program's own printf(). Build and run, with PKG_CONFIG_PATH showing where yoke is
 * installed:
 *
 *     mpicc -o in_situ in_situ.c $(pkg-config --cflags --libs yoke) -lm
 *     mpirun -n 2 ./in_situ                      # any number of ranks: the same figures, the same digest
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yoke/mpi.h>
#include <yoke/yoke.h>

enum { CELLS = 240, TRAINING_STEPS = 1500, FURTHER_STEPS = 1000 };
#define DX (1.0 / CELLS)
#define DT (0.2 * DX * DX)

/* --- the simulation: this rank's cells, with a halo cell on either side */

typedef struct ring {
    MPI_Comm comm;
    int rank, size, n, first; /* cells here; number of the first */
    double u[CELLS + 2];      /* u[1] .. u[n] are ours */
    double k[CELLS + 1];      /* k[i]: conductivity of the face between u[i] and u[i+1] */
    double time;
} ring;

static void start(ring *r, MPI_Comm comm)
{
    memset(r, 0, sizeof *r);
    r->comm = comm;
    MPI_Comm_rank(comm, &r->rank);
    MPI_Comm_size(comm, &r->size);
    r->first = CELLS * r->rank / r->size;
    r->n = CELLS * (r->rank + 1) / r->size - r->first;
    for (int i = 1; i <= r->n; i++) {
        const double x = (r->first + i - 0.5) * DX;
        r->u[i] = 0.5 + 0.3 * sin(2 * M_PI * x) + 0.15 * cos(10 * M_PI * x);
    }
}

static void exchange_halo(ring *r)
{
    const int left = (r->rank + r->size - 1) % r->size, right = (r->rank + 1) % r->size;
    MPI_Sendrecv(&r->u[r->n], 1, MPI_DOUBLE, right, 0, &r->u[0], 1, MPI_DOUBLE, left, 0, r->comm, MPI_STATUS_IGNORE);
    MPI_Sendrecv(&r->u[1], 1, MPI_DOUBLE, left, 1, &r->u[r->n + 1], 1, MPI_DOUBLE, right, 1, r->comm,
                 MPI_STATUS_IGNORE);
}

/* The closure: what a real code would look up in tables or get from a smaller simulation. */
static double conductivity(double left, double right)
{
    const double a = 0.2 + left * left, b = 0.2 + right * right;
    return 2 * a * b / (a + b);
}

/* One step, the conductivities being known. */
static void advance(ring *r)
{
    double next[CELLS + 2];
    const double heater = fmod(40 * r->time, 1.0);
    for (int i = 1; i <= r->n; i++) {
        const double x = (r->first + i - 0.5) * DX, d = fabs(x - heater);
        const double source = 60 * exp(-200 * fmin(d, 1 - d) * fmin(d, 1 - d)) - 7.5;
        const double in = r->k[i - 1] * (r->u[i - 1] - r->u[i]), out = r->k[i] * (r->u[i] - r->u[i + 1]);
        next[i] = r->u[i] + DT * ((in - out) / (DX * DX) + source);
    }
    memcpy(&r->u[1], &next[1], (size_t)r->n * sizeof next[1]);
    r->time += DT;
}

/* --- what yoke needs to see: a sample for each face, its two temperatures (x) and its conductivity (y) */

static void must(yk_status status)
{
    if (status == YK_OK)
        return;
    fprintf(stderr, "in_situ: %s\n", yk_error_text());
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Faces 0 .. n: with the left neighbour of our first cell. A face between two ranks' cells is known to both, and each
 * sample is to be passed once: ours for training are faces 1 .. n, in the order of the ring. */
static void pack(const ring *r, double x[][2])
{
    for (int i = 0; i <= r->n; i++) {
        x[i][0] = 4 * r->u[i] - 2; /* about -1 to 1: networks learn best from numbers of this size */
        x[i][1] = 4 * r->u[i + 1] - 2;
    }
}

/* The network takes the place of conductivity(). Each rank predicts for itself: nobody waits. */
static void predict(yk_net *net, ring *r)
{
    static double x[CELLS + 1][2];
    static float k[CELLS + 1];
    pack(r, x);
    const yk_array fields[] = { yk_array_2d("x", YK_F64, r->n + 1, 2, x) };
    must(yk_net_predict(net, 1, fields, r->n + 1, k));
    for (int i = 0; i <= r->n; i++)
        r->k[i] = (double)k[i];
}

static void compute(ring *r)
{
    for (int i = 0; i <= r->n; i++)
        r->k[i] = conductivity(r->u[i], r->u[i + 1]);
}

static yk_net *describe(yk_context *context)
{
    static const int64_t two[] = { 2 };
    yk_net *net;
    must(yk_net_create(&net, context));
    must(yk_net_input(net, "x", 1, two));
    must(yk_net_layer(net, "dense", "units=16 activation=tanh"));
    must(yk_net_layer(net, "dense", "units=16 activation=tanh"));
    must(yk_net_layer(net, "dense", "units=1"));
    must(yk_net_set(net, "loss", "mean_squared_error"));
    must(yk_net_set(net, "optimizer", "{adam: {lr: 0.01}}"));
    must(yk_net_set(net, "schedule", "cosine"));
    must(yk_net_set(net, "train", "{steps: 1500, batch: 240, micro_batch: 15}")); /* batch: the most of a step */
    must(yk_net_build(net));
    return net;
}

/* Largest difference of the temperatures, over all ranks. */
static double difference(const ring *a, const ring *b)
{
    double most = 0, all;
    for (int i = 1; i <= a->n; i++)
        most = fmax(most, fabs(a->u[i] - b->u[i]));
    MPI_Allreduce(&most, &all, 1, MPI_DOUBLE, MPI_MAX, a->comm);
    return all;
}

int main(int argc, char **argv)
{
    static ring truth, surrogate, before;
    static double x[CELLS + 1][2];
    MPI_Comm ours;
    yk_context *context;
    yk_training *training;
    yk_report report;
    char digest[65];

    MPI_Init(&argc, &argv);
    MPI_Comm_dup(MPI_COMM_WORLD, &ours); /* a simulation of its own, as part of a larger program has one */
    start(&truth, ours);
    must(yk_context_create_mpi(&context, ours, NULL));
    yk_net *net = describe(context);
    must(yk_training_create(&training, net, NULL));
    if (truth.rank == 0)
        printf("%d cells on %d rank%s; yoke %s, kernels %s\n", CELLS, truth.size, truth.size == 1 ? "" : "s",
               yk_version(), yk_context_kernels(context));

    for (int step = 1; step <= TRAINING_STEPS; step++) {
        exchange_halo(&truth);
        compute(&truth);
        pack(&truth, x);
        const yk_array fields[] = { yk_array_2d("x", YK_F64, truth.n, 2, x[1]),
                                    yk_array_1d("y", YK_F64, truth.n, &truth.k[1]) };
        must(yk_training_step(training, 2, fields, &report)); /* collective: the ranks' samples are one batch */
        advance(&truth);
        if (truth.rank == 0 && step % 300 == 0)
            printf("step %4d  %3d samples  loss %.3e  lr %.1e\n", step, (int)report.samples, report.loss, report.lr);
    }
    must(yk_net_digest(net, digest));
    if (truth.rank == 0)
        printf("digest %s\n", digest);
    yk_training_destroy(&training);

    surrogate = before = truth;
    for (int step = 1; step <= FURTHER_STEPS; step++) {
        exchange_halo(&truth);
        compute(&truth);
        advance(&truth);
        exchange_halo(&surrogate);
        predict(net, &surrogate);
        advance(&surrogate);
    }
    const double moved = difference(&truth, &before), error = difference(&surrogate, &truth);
    if (truth.rank == 0)
        printf("%d steps on: temperatures moved by up to %.4f; with the network instead of the formula they differ by "
               "%.4f\n",
               FURTHER_STEPS, moved, error);

    yk_net_destroy(&net);
    yk_context_destroy(&context);
    MPI_Comm_free(&ours);
    MPI_Finalize();
    return error < 0.05 * moved ? EXIT_SUCCESS : EXIT_FAILURE;
}
