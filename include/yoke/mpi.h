/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that take an MPI_Comm, with its own type. The only header of yoke that needs <mpi.h>; yoke.h does not
 * include it. */
#ifndef YOKE_MPI_H
#define YOKE_MPI_H

#include <mpi.h>

#include "yoke/context.h"

/** yk_context_create() for the ranks of `comm`. Collective. */
YK_MUST_CHECK static inline yk_status yk_context_create_mpi(yk_context **out, MPI_Comm comm,
                                                            const yk_context_opts *opts)
{
    return yk_context_create(out, &comm, opts);
}

#endif
