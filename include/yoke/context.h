/* SPDX-License-Identifier: Apache-2.0 */
/* A context: the processes that work together, and what each of them may use. Everything else of this library is made
 * in a context, and is destroyed before it.
 *
 * "Collective" in these headers means: every rank of the context calls the function, in the same order as the other
 * collective ones, and all get the same status. Errors of one rank's own arguments are agreed on before any message
 * waits for it, so that ranks leave together; a rank that never calls is waited for, as in MPI itself.
 *
 * All calls come from one thread, outside of OpenMP's parallel regions: the one that initialised MPI, or any with
 * MPI_THREAD_MULTIPLE (MPI_THREAD_FUNNELED is enough). Inside a call the library computes on threads of its own, which
 * sleep between calls, and in IEEE arithmetic with denormal numbers; the calling thread's mode is put back before the
 * call returns and around callbacks. It never prints, exits, aborts, catches signals or starts MPI, and reads and
 * writes files only in functions that say so, on the calling thread. State of the whole process: the log hook
 * (yoke/log.h), the kernels that the first context chose, plug-ins (yoke/plugin.h). */
#ifndef YOKE_CONTEXT_H
#define YOKE_CONTEXT_H

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yk_context yk_context;

typedef struct yk_context_opts {
    int threads;         /**< threads of each rank; 0: as many as OpenMP would use now in this program */
    const char *kernels; /**< family "portable", "avx2", ...; NULL: YOKE_KERNELS, else the best of this CPU. They give
                            the same bits (docs/tutorial-simulation.md); chosen once a process: a later context may
                            repeat the name, or give NULL */
} yk_context_opts;

/** A context of the ranks of a communicator, which is duplicated: messages of this library never meet the program's.
 *  MPI has been initialised by the program. yoke/mpi.h has this function with MPI's own type.
 *
 *  @param[out] out       release it with yk_context_destroy()
 *  @param[in]  mpi_comm  points to an MPI_Comm; NULL: this process alone, without MPI
 *  @param[in]  opts      NULL: all zero
 *  @return YK_ERR_ARG: no such kernels, or others were chosen before; YK_ERR_MPI; YK_ERR_NOMEM. *out is NULL then.
 *  Collective over the communicator. */
YK_MUST_CHECK yk_status yk_context_create(yk_context **out, const void *mpi_comm, const yk_context_opts *opts);

/** The same for a communicator of Fortran: an INTEGER, or the component MPI_VAL of type(MPI_Comm). Collective. */
YK_MUST_CHECK yk_status yk_context_create_fortran(yk_context **out, int mpi_comm, const yk_context_opts *opts);

/** Frees *context and the duplicate, and sets it to NULL. Accepts NULL. Before MPI_Finalize(). Collective. */
void yk_context_destroy(yk_context **context);

/** This process's number in the context, from 0, and the number of processes. */
int yk_context_rank(const yk_context *context);
int yk_context_size(const yk_context *context);

/** Name of the kernels in use: "avx512". Never NULL. */
const char *yk_context_kernels(const yk_context *context);

#ifdef __cplusplus
}
#endif
#endif
