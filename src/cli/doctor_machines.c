/* SPDX-License-Identifier: Apache-2.0 */
/* What each rank knows of itself comes to all of them; then rank 0 compares. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/files.h"
#include "kernels/kernels.h"

#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/enabled"

/* Equal layout on all ranks: they are one program. */
typedef struct facts {
    uint64_t cpu[YK_CPU_WORDS];
    int64_t memory; /* bytes that the machine has left; 0: not known */
    int32_t threads, cores, online;
    bool huge_never;
    char family[16];
} facts;

/* MemAvailable of the kernel, which counts what it can give back. */
static int64_t memory_left(void)
{
    char line[128];
    long long kb = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && kb == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, "MemAvailable:", strlen("MemAvailable:")) == 0)
            kb = strtoll(line + strlen("MemAvailable:"), NULL, 10);
    if (f)
        fclose(f);
    return kb * 1024;
}

static bool huge_pages_never(void)
{
    char *text = NULL;
    const bool never = yk_file_read(HUGE_PAGES, &text) == YK_OK && strstr(text, "[never]");
    yk_free(text);
    return never;
}

static yk_status gather(const yk_cli *cli, int threads, int cores, facts **out)
{
    const int size = yk_comm_size(cli->comm);
    int64_t *offset;
    yk_status status = yk_alloc(out, size, sizeof **out);
    if (status == YK_OK)
        status = yk_alloc(&offset, size + 1, sizeof *offset);
    YK_TRY(yk_comm_agree(cli->comm, status));
    for (int r = 0; r <= size; r++)
        offset[r] = r;
    facts *mine = &(*out)[yk_comm_rank(cli->comm)];
    *mine = (facts){ .memory = memory_left(),
                     .threads = threads,
                     .cores = cores,
                     .online = (int32_t)sysconf(_SC_NPROCESSORS_ONLN),
                     .huge_never = huge_pages_never() };
    yk_cpu_mask(mine->cpu);
    snprintf(mine->family, sizeof mine->family, "%s", yk_kernels_family());
    status = yk_comm_all_gather(cli->comm, offset, sizeof **out, *out);
    yk_free(offset);
    return status;
}

static int cpus(const uint64_t mask[YK_CPU_WORDS])
{
    int n = 0;
    for (int w = 0; w < YK_CPU_WORDS; w++)
        n += __builtin_popcountll(mask[w]);
    return n;
}

/* Is `rank` the first one of its machine? */
static bool is_first(const yk_comm *comm, int rank)
{
    for (int r = 0; r < rank; r++)
        if (strcmp(yk_comm_host(comm, r), yk_comm_host(comm, rank)) == 0)
            return false;
    return true;
}

static void say_ranks(yk_doctor *d, const facts *all)
{
    const yk_comm *comm = d->cli->comm;
    const int size = yk_comm_size(comm), nodes = yk_comm_nodes(comm);
    char text[512] = "";
    int n = 0;
    for (int r = 0; r < size; r++) {
        int here = 0;
        for (int k = r; k < size; k++)
            here += strcmp(yk_comm_host(comm, k), yk_comm_host(comm, r)) == 0;
        if (is_first(comm, r) && n < (int)sizeof text - 64)
            n += snprintf(text + n, 64, "%s%.40s %d", n ? ", " : "", yk_comm_host(comm, r), here);
    }
    yk_doctor_say(d, YK_FINDING_OK, "ranks", NULL, "%d on %d machine%s (%s), %d thread%s each; %s", size, nodes,
                  nodes == 1 ? "" : "s", text, all[0].threads, all[0].threads == 1 ? "" : "s", yk_comm_version());
}

/* One machine, of which `first` is the first rank: threads against cores, and who shares whose. */
static bool say_cores(yk_doctor *d, const facts *all, int first)
{
    const yk_comm *comm = d->cli->comm;
    const char *host = yk_comm_host(comm, first);
    uint64_t together[YK_CPU_WORDS] = { 0 };
    int threads = 0, shared = -1, ranks = 0;
    for (int r = first; r < yk_comm_size(comm); r++) {
        if (strcmp(yk_comm_host(comm, r), host) != 0)
            continue;
        for (int w = 0; w < YK_CPU_WORDS; w++) {
            if (all[r].cpu[w] & together[w] && cpus(all[r].cpu) < all[r].online)
                shared = r;
            together[w] |= all[r].cpu[w];
        }
        threads += all[r].threads;
        ranks++;
    }
    const int cores = cpus(together);
    if (shared >= 0)
        yk_doctor_say(d, YK_FINDING_WARN, "binding",
                      "mpirun --bind-to none, or one set of cores a rank: --map-by slot:PE=CORES",
                      "%s: rank %d is bound to cores that another rank has too", host, shared);
    if (threads > cores)
        yk_doctor_say(d, YK_FINDING_WARN, "cores",
                      "fewer ranks, or a smaller OMP_NUM_THREADS; where mpirun has bound ranks: --bind-to none",
                      "%s: %d threads of %d ranks share %d cores", host, threads, ranks, cores);
    else if (2 * threads <= cores && cores == all[first].online)
        yk_doctor_say(d, YK_FINDING_WARN, "cores", "more ranks or threads: OMP_NUM_THREADS, mpirun --map-by",
                      "%s: %d of %d cores will be idle", host, cores - threads, cores);
    return shared < 0 && threads <= cores;
}

static void say_kernels(yk_doctor *d, const facts *all)
{
    int other = 0;
    for (int r = 1; r < yk_comm_size(d->cli->comm); r++)
        if (strcmp(all[r].family, all[0].family) != 0)
            other = r;
    if (other)
        yk_doctor_say(d, YK_FINDING_WARN, "kernels",
                      "none needed for the bits, which are the same; steps wait for the slower CPU",
                      "%s on %s, but %s on %s", all[0].family, yk_comm_host(d->cli->comm, 0), all[other].family,
                      yk_comm_host(d->cli->comm, other));
    else if (strcmp(all[0].family, "portable") == 0)
        yk_doctor_say(d, YK_FINDING_WARN, "kernels", "unset YOKE_KERNELS where the CPU has AVX2, AVX-512 or NEON",
                      "plain C, which is many times slower than vectors");
    else
        yk_doctor_say(d, YK_FINDING_OK, "kernels", NULL, "%s", all[0].family);
}

static void say_memory(yk_doctor *d, const facts *all)
{
    const yk_comm *comm = d->cli->comm;
    char text[32];
    int least = 0, never = -1;
    for (int r = 0; r < yk_comm_size(comm); r++) {
        if (all[r].memory < all[least].memory)
            least = r;
        if (all[r].huge_never)
            never = r;
    }
    if (all[least].memory > 0)
        yk_doctor_say(d, YK_FINDING_OK, "memory", NULL,
                      "%s free on %s, which has least (`yoke plan` tells what a recipe needs)",
                      yk_bytes_text(all[least].memory, text), yk_comm_host(comm, least));
    if (never >= 0)
        yk_doctor_say(d, YK_FINDING_WARN, "huge pages", "as root: echo madvise > " HUGE_PAGES, "turned off on %s",
                      yk_comm_host(comm, never));
    else
        yk_doctor_say(d, YK_FINDING_OK, "huge pages", NULL, "allowed");
}

yk_status yk_doctor_machines(yk_doctor *doctor, int threads, int cores)
{
    facts *all = NULL;
    bool fine = true;
    yk_status status = gather(doctor->cli, threads, cores, &all);
    if (status == YK_OK) {
        say_ranks(doctor, all);
        for (int r = 0; r < yk_comm_size(doctor->cli->comm); r++)
            if (is_first(doctor->cli->comm, r))
                fine = say_cores(doctor, all, r) && fine;
        if (fine)
            yk_doctor_say(doctor, YK_FINDING_OK, "cores", NULL, "%d a rank", cores);
        say_kernels(doctor, all);
        say_memory(doctor, all);
    }
    yk_free(all);
    return status;
}
