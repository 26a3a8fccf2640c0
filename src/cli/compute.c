/* SPDX-License-Identifier: Apache-2.0 */
/* What most commands begin with: threads, kernel family, the recipe; and the versions. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/num.h"
#include "io/files.h"
#include "kernels/kernels.h"
#include "yoke/version.h"

/* Cores of this rank: those it is bound to, or, where nobody bound the ranks of this machine, its part of them. */
static int cores_of_rank(const yk_comm *comm)
{
    const int allowed = yk_cpu_allowed(), size = yk_comm_size(comm), nodes = yk_comm_nodes(comm);
    const bool bound = allowed < (int)sysconf(_SC_NPROCESSORS_ONLN);
    return bound ? allowed : (int)yk_max(1, (int64_t)allowed * nodes / size);
}

static yk_status threads_from_environment(int *threads)
{
    const char *text = getenv("OMP_NUM_THREADS");
    char *end;
    if (!text || !*text)
        return YK_OK;
    const long n = strtol(text, &end, 10);
    YK_CHECK(n >= 1 && n <= YK_THREADS_MAX && (*end == '\0' || *end == ','), YK_ERR_ARG,
             "OMP_NUM_THREADS=%s is not a number of threads", text);
    *threads = (int)n;
    return YK_OK;
}

yk_status yk_cli_compute(const yk_cli *cli, int *threads, int *cores)
{
    int64_t given;
    *cores = cores_of_rank(cli->comm);
    *threads = *cores;
    YK_TRY(threads_from_environment(threads));
    YK_TRY(yk_args_int(&cli->args, "--threads", 1, YK_THREADS_MAX, *threads, &given));
    *threads = (int)given;
    yk_threads_set(*threads);
    yk_cores_set(*cores);
    return yk_kernels_choose(getenv("YOKE_KERNELS"));
}

yk_status yk_cli_recipe(const yk_cli *cli, yk_recipe **out)
{
    const char *overrides[YK_ARGS_MAX];
    const int n = yk_args_all(&cli->args, "-o", overrides);
    return yk_comm_agree(cli->comm, yk_recipe_read(out, cli->args.word[0], n, overrides));
}

const char *yk_version_line(void)
{
    static char line[128];
    snprintf(line, sizeof line, "yoke %s, %.50s, HDF5 %s", YK_VERSION, yk_comm_version(), yk_io_hdf5_version());
    return line;
}

const char *yk_version_text(void)
{
    static char text[1024];
    yk_status status = yk_kernels_choose(getenv("YOKE_KERNELS"));
    int n = snprintf(text, sizeof text, "yoke %s (numerics %d)\nMPI      %s\nHDF5     %s\nBLAS     %s\nkernels  %s (",
                     YK_VERSION, YK_NUMERICS, yk_comm_version(), yk_io_hdf5_version(), yk_kernels_blas(),
                     status == YK_OK ? yk_kernels_family() : yk_error_text());
    for (int i = 0; yk_kernels_usable(i); i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", i ? ", " : "this CPU runs: ", yk_kernels_usable(i));
    snprintf(text + n, sizeof text - (size_t)n, ")\n");
    return text;
}
