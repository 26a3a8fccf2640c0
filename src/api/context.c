/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "kernels/kernels.h"
#include "yoke/version.h"

const char *yk_version(void)
{
    return YK_VERSION;
}

int yk_numerics(void)
{
    return YK_NUMERICS;
}

/* Kernels are the process's: the first context chooses, no later one may change them under others. */
static yk_status choose_kernels(const char *family)
{
    static bool chosen;
    if (chosen) {
        YK_CHECK(!family || !*family || strcmp(family, yk_kernels_family()) == 0, YK_ERR_ARG,
                 "kernels \"%s\" are asked for, but this process uses \"%s\" already", family, yk_kernels_family());
        return YK_OK;
    }
    YK_TRY(yk_kernels_choose(family ? family : getenv("YOKE_KERNELS")));
    chosen = true;
    return YK_OK;
}

static yk_status prepare(yk_context *c, const yk_context_opts *opts)
{
    const int threads = opts ? opts->threads : 0;
    YK_CHECK(threads >= 0 && threads <= YK_THREADS_MAX, YK_ERR_ARG, "%d is not a number of threads (1 to %d, or 0)",
             threads, YK_THREADS_MAX);
    c->threads = threads ? threads : yk_threads();
    return choose_kernels(opts ? opts->kernels : NULL);
}

/* Takes over the communicator that the caller has made, if that worked. Collective. */
static yk_status create(yk_context **out, yk_comm *comm, yk_status made, const yk_context_opts *opts)
{
    YK_TRY(made);
    yk_status status = yk_alloc(out, 1, sizeof **out);
    if (status == YK_OK)
        status = prepare(*out, opts);
    status = yk_comm_agree(comm, status);
    if (*out)
        (*out)->comm = comm;
    else
        yk_comm_destroy(&comm);
    if (status != YK_OK)
        yk_context_destroy(out);
    return status;
}

yk_status yk_context_create(yk_context **out, const void *mpi_comm, const yk_context_opts *opts)
{
    yk_comm *comm = NULL;
    *out = NULL;
    yk_status made = mpi_comm ? yk_comm_create(&comm, mpi_comm) : yk_comm_create_self(&comm);
    return create(out, comm, made, opts);
}

yk_status yk_context_create_fortran(yk_context **out, int mpi_comm, const yk_context_opts *opts)
{
    yk_comm *comm = NULL;
    *out = NULL;
    yk_status made = yk_comm_create_fortran(&comm, mpi_comm);
    return create(out, comm, made, opts);
}

void yk_context_destroy(yk_context **context)
{
    if (!context || !*context)
        return;
    yk_comm_destroy(&(*context)->comm);
    yk_free(*context);
    *context = NULL;
}

int yk_context_rank(const yk_context *context)
{
    return yk_comm_rank(context->comm);
}

int yk_context_size(const yk_context *context)
{
    return yk_comm_size(context->comm);
}

const char *yk_context_kernels(const yk_context *context)
{
    (void)context;
    return yk_kernels_family();
}

void yk_door_open(yk_context *c)
{
    if (c->inside++ == 0)
        yk_pool_enter(c->threads, &c->host);
}

void yk_door_close(yk_context *c)
{
    if (--c->inside == 0)
        yk_pool_leave(&c->host);
}
