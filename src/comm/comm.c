/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators: start and end of MPI, the duplicate of the caller's communicator, who runs on which machine. */
#include "comm/comm.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comm/comm_mpi.h"
#include "core/mem.h"

yk_status yk_mpi_error(int code, const char *function, const char *file, int line, const char *func)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length;
    MPI_Error_string(code, text, &length);
    return yk_error_set(YK_ERR_MPI, file, line, func, "%s: %s", function, text);
}

static yk_status allocate(yk_comm **out, int rank, int size)
{
    yk_status status;
    yk_comm *comm;
    *out = NULL;
    YK_TRY(yk_alloc(&comm, 1, sizeof *comm));
    *comm = (yk_comm){ .mpi = MPI_COMM_NULL, .rank = rank, .size = size, .nodes = 1 };
    YK_TRY_GOTO(yk_alloc(&comm->host, size, sizeof *comm->host), fail);
    YK_TRY_GOTO(yk_alloc(&comm->machine, size, sizeof *comm->machine), fail);
    *out = comm;
    return YK_OK;
fail:
    yk_free(comm->host);
    yk_free(comm);
    return status;
}

yk_status yk_comm_create_self(yk_comm **out)
{
    YK_TRY(allocate(out, 0, 1));
    snprintf((*out)->host[0], sizeof(*out)->host[0], "this machine");
    return YK_OK;
}

yk_status yk_comm_create_planned(yk_comm **out, int machines, int ranks)
{
    YK_TRY(allocate(out, 0, machines * ranks));
    (*out)->nodes = machines;
    for (int r = 0; r < machines * ranks; r++)
        (*out)->machine[r] = r / ranks * ranks;
    return YK_OK;
}

/* Host names of all ranks, and who shares memory with whom. */
static yk_status find_hosts(yk_comm *comm)
{
    int length, lowest;
    char *mine = comm->host[comm->rank];
    YK_MPI(MPI_Get_processor_name, (mine, &length));
    YK_MPI(MPI_Allgather,
           (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, comm->host, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, comm->mpi));
    MPI_Comm local;
    YK_MPI(MPI_Comm_split_type, (comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &local));
    const int code = MPI_Allreduce(&comm->rank, &lowest, 1, MPI_INT, MPI_MIN, local);
    MPI_Comm_free(&local);
    YK_CHECK(code == MPI_SUCCESS, YK_ERR_MPI, "the ranks of %s do not find each other", mine);
    YK_MPI(MPI_Allgather, (&lowest, 1, MPI_INT, comm->machine, 1, MPI_INT, comm->mpi));
    comm->nodes = 0;
    for (int r = 0; r < comm->size; r++)
        comm->nodes += comm->machine[r] == r;
    return YK_OK;
}

/* What all ranks have: a host program may have asked for less than yk_comm_start() does, and for less on some ranks. */
static yk_status find_threads(yk_comm *comm)
{
    int level, least;
    YK_MPI(MPI_Query_thread, (&level));
    YK_MPI(MPI_Allreduce, (&level, &least, 1, MPI_INT, MPI_MIN, comm->mpi));
    comm->concurrent = least >= MPI_THREAD_MULTIPLE;
    return YK_OK;
}

yk_status yk_comm_create(yk_comm **out, const void *mpi_comm)
{
    MPI_Comm theirs;
    int rank, size, mine, worst;
    *out = NULL;
    memcpy(&theirs, mpi_comm, sizeof theirs);
    YK_MPI(MPI_Comm_rank, (theirs, &rank));
    YK_MPI(MPI_Comm_size, (theirs, &size));
    mine = (int)allocate(out, rank, size);
    int code = MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MAX, theirs);
    yk_status status = (yk_status)mine;
    if (code != MPI_SUCCESS)
        status = yk_mpi_error(code, "MPI_Allreduce", __FILE__, __LINE__, __func__);
    else if (worst != YK_OK && mine == YK_OK)
        status = yk_error_set((yk_status)worst, __FILE__, __LINE__, __func__, "another rank has no memory to start");
    if (status != YK_OK)
        goto fail;
    code = MPI_Comm_dup(theirs, &(*out)->mpi);
    if (code != MPI_SUCCESS) {
        status = yk_mpi_error(code, "MPI_Comm_dup", __FILE__, __LINE__, __func__);
        goto fail;
    }
    MPI_Comm_set_errhandler((*out)->mpi, MPI_ERRORS_RETURN);
    YK_TRY_GOTO(find_hosts(*out), fail);
    YK_TRY_GOTO(find_threads(*out), fail);
    return YK_OK;
fail:
    yk_comm_destroy(out);
    return status;
}

yk_status yk_comm_create_fortran(yk_comm **out, int64_t mpi_comm)
{
    const MPI_Fint handle = (MPI_Fint)mpi_comm;
    *out = NULL;
    YK_CHECK(handle == mpi_comm, YK_ERR_ARG, "%lld is no communicator of this MPI library", (long long)mpi_comm);
    const MPI_Comm theirs = MPI_Comm_f2c(handle);
    return yk_comm_create(out, &theirs);
}

yk_status yk_comm_start(yk_comm **out, int *argc, char ***argv)
{
    int level;
    *out = NULL;
    YK_MPI(MPI_Init_thread, (argc, argv, MPI_THREAD_MULTIPLE, &level));
    YK_CHECK(level >= MPI_THREAD_FUNNELED, YK_ERR_MPI,
             "the MPI library gives no thread level above MPI_THREAD_SINGLE; use one that has MPI_THREAD_FUNNELED");
    MPI_Comm world = MPI_COMM_WORLD;
    YK_TRY(yk_comm_create(out, &world));
    return YK_OK;
}

void yk_comm_destroy(yk_comm **comm)
{
    if (!comm || !*comm)
        return;
    if ((*comm)->mpi != MPI_COMM_NULL)
        MPI_Comm_free(&(*comm)->mpi);
    yk_free((*comm)->host);
    yk_free((*comm)->machine);
    yk_free(*comm);
    *comm = NULL;
}

void yk_comm_stop(yk_comm **comm)
{
    if (*comm)
        MPI_Barrier((*comm)->mpi);
    yk_comm_destroy(comm);
    MPI_Finalize();
}

void yk_comm_abort(yk_comm *comm, int code)
{
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (started && !ended)
        MPI_Abort(comm && comm->mpi != MPI_COMM_NULL ? comm->mpi : MPI_COMM_WORLD, code);
    _Exit(code);
}

int yk_comm_rank(const yk_comm *comm)
{
    return comm->rank;
}

int yk_comm_size(const yk_comm *comm)
{
    return comm->size;
}

int yk_comm_nodes(const yk_comm *comm)
{
    return comm->nodes;
}

bool yk_comm_concurrent(const yk_comm *comm)
{
    return comm->concurrent;
}

bool yk_comm_leads(const yk_comm *comm)
{
    return comm->machine[comm->rank] == comm->rank;
}

int yk_comm_leader(const yk_comm *comm, int rank)
{
    return comm->ways.no_memory ? rank : comm->machine[rank];
}

void yk_comm_set_ways(yk_comm *comm, const yk_ways *ways)
{
    comm->ways = *ways;
}

const char *yk_comm_host(const yk_comm *comm, int rank)
{
    return comm->host[rank];
}

/* MPI's own text has a line or more ("Open MPI v4.1.4, package: ...", "MPICH Version:      4.0\n..."): its beginning,
 * without what stands between name and number. */
const char *yk_comm_version(void)
{
    static _Thread_local char text[128];
    char own[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length, version, subversion;
    MPI_Get_library_version(own, &length);
    MPI_Get_version(&version, &subversion);
    own[strcspn(own, ",\n")] = '\0';
    size_t number = strcspn(own, "0123456789"), name = number;
    while (name > 0 && (isspace((unsigned char)own[name - 1]) || own[name - 1] == ':' || own[name - 1] == 'v'))
        name--;
    snprintf(text, sizeof text, "%.*s %.40s, MPI %d.%d", (int)name, own, own + number, version, subversion);
    return text;
}
