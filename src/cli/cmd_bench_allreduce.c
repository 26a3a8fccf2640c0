/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"
#include "comm/measure.h"
#include "core/amount.h"
#include "core/error.h"

enum { COPY_BYTES = 1 << 26, LINK_BYTES = 1 << 24, ROAD_ROUNDS = 5, ROUNDS_LEAST = 5, ROUNDS_MOST = 1000, STEP = 4 };

typedef struct request {
    int64_t least, most, bucket;
    double seconds;
    yk_network link;
    yk_ways ways;
    yk_wire wire;
    bool json;
} request;

/* What the bytes pass: memory in a machine, links between machines. */
typedef struct roads {
    double memory, link; /* bytes a second: copied by all ranks of a machine together; of a link; 0: there is none */
} roads;

static yk_status read_bytes(const yk_args *args, const char *flag, const char *initial, int64_t *out)
{
    const char *text = yk_args_get(args, flag);
    YK_TRY(yk_bytes_parse(text ? text : initial, out));
    YK_CHECK(*out >= 4 && *out <= INT32_MAX, YK_ERR_ARG, "%s: from 4 bytes to 2 GB", flag);
    return YK_OK;
}

static yk_status read_request(const yk_args *args, request *q)
{
    const char *link = yk_args_get(args, "--link");
    *q = (request){ .json = yk_args_get(args, "--json") };
    q->wire = yk_args_get(args, "--bf16") ? YK_WIRE_BF16 : YK_WIRE_F32;
    q->ways.no_memory = yk_args_get(args, "--messages");
    q->ways.no_thread = yk_args_get(args, "--no-thread");
    YK_TRY(read_bytes(args, "--least", "4KiB", &q->least));
    YK_TRY(read_bytes(args, "--most", "64MiB", &q->most));
    YK_TRY(read_bytes(args, "--bucket", "4MiB", &q->bucket));
    YK_TRY(yk_args_real(args, "--seconds", 0, 1e6, 1, &q->seconds));
    if (link)
        YK_TRY(yk_network_parse(link, &q->link));
    return YK_OK;
}

static yk_status measure_roads(yk_comm *comm, const request *q, roads *r)
{
    double copy, link;
    YK_TRY(yk_comm_time_copy(comm, COPY_BYTES, ROAD_ROUNDS, &copy));
    YK_TRY(yk_comm_time_link(comm, LINK_BYTES, ROAD_ROUNDS, &link));
    const double sharers = (double)yk_comm_size(comm) / yk_comm_nodes(comm);
    r->memory = copy > 0 ? (double)COPY_BYTES * sharers / copy : 0;
    r->link = link > 0 ? q->link.bytes_per_s > 0 ? q->link.bytes_per_s : LINK_BYTES / link : 0;
    return YK_OK;
}

/* The least time: each machine's link carries what the others need of it and it of them, (M-1)/M of the gradients and
 * as much of what is made of them, each way (Patarasuk and Yuan, 2009). On one machine of n ranks memory is copied n
 * times a vector: each sum is read from n places and written, then copied to all. */
static double least_time(const yk_comm *comm, const request *q, const roads *r, int64_t bytes)
{
    const double machines = yk_comm_nodes(comm), ranks = yk_comm_size(comm);
    if (machines > 1)
        return (1 + (double)yk_wire_bytes(q->wire) / 4) * (machines - 1) / machines * (double)bytes / r->link;
    return (3 * ranks + 1) / 2 * (double)bytes / r->memory;
}

static void print_head(const yk_comm *comm, const request *q, const roads *r)
{
    const int size = yk_comm_size(comm), nodes = yk_comm_nodes(comm);
    char text[32];
    printf("%d ranks on %d machine%s, %s%s; buckets of %s; %.1f GB/s copied in a machine", size, nodes,
           nodes == 1 ? "" : "s", q->ways.no_memory ? "by messages" : "through shared memory where there is some",
           q->wire == YK_WIRE_BF16 ? ", gradients as bfloat16" : "", yk_bytes_text(q->bucket, text), r->memory / 1e9);
    if (nodes > 1)
        printf(", a link %s %.3g Gbit/s", q->link.bytes_per_s > 0 ? "of" : "measured", 8 * r->link / 1e9);
    printf("\n\n%10s %12s %16s %7s %9s %9s\n", "bytes", "yoke us", "MPI_Allreduce us", "ratio", "GB/s", "of ideal");
}

static void print_line(const yk_comm *comm, const request *q, const roads *r, int64_t bytes, const yk_sum_times *t)
{
    const double ideal = least_time(comm, q, r, bytes);
    if (q->json)
        printf("{\"bytes\": %" PRId64 ", \"yoke_s\": %.6g, \"mpi_s\": %.6g, \"ratio\": %.4g, \"ideal_s\": %.6g, "
               "\"ranks\": %d, \"machines\": %d, \"link_bytes_per_s\": %.6g, \"copied_bytes_per_s\": %.6g}\n",
               bytes, t->own, t->mpi, t->mpi / t->own, ideal, yk_comm_size(comm), yk_comm_nodes(comm), r->link,
               r->memory);
    else
        printf("%10" PRId64 " %12.1f %16.1f %7.2f %9.3f %8.0f%%\n", bytes, 1e6 * t->own, 1e6 * t->mpi, t->mpi / t->own,
               (double)bytes / t->own / 1e9, 100 * ideal / t->own);
    fflush(stdout);
}

/* A first few rounds tell how many fit the time. */
static yk_status measure(yk_comm *comm, const request *q, int64_t bytes, yk_sum_times *out)
{
    YK_TRY(yk_comm_time_sums(comm, q->wire, bytes, q->bucket, ROUNDS_LEAST, out));
    const double rounds = q->seconds / fmax(out->own + out->mpi, 1e-7);
    if (rounds > 2 * ROUNDS_LEAST)
        YK_TRY(yk_comm_time_sums(comm, q->wire, bytes, q->bucket, (int)fmin(rounds, ROUNDS_MOST), out));
    return YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    request q;
    roads r = { 0 };
    yk_sum_times times;
    int threads, cores;
    yk_comm *comm = cli->comm;
    (void)exit_code;
    YK_TRY(read_request(&cli->args, &q));
    YK_TRY(yk_comm_agree(comm, yk_cli_compute(cli, &threads, &cores)));
    YK_CHECK(yk_comm_size(comm) > 1, YK_ERR_ARG, "one rank has nobody to sum with: start it with mpirun -n RANKS");
    yk_comm_set_ways(comm, &q.ways);
    YK_TRY(measure_roads(comm, &q, &r));
    if (yk_comm_rank(comm) == 0 && !q.json)
        print_head(comm, &q, &r);
    for (int64_t bytes = q.least; bytes <= q.most; bytes *= STEP) {
        YK_TRY(measure(comm, &q, bytes, &times));
        if (yk_comm_rank(comm) == 0)
            print_line(comm, &q, &r, bytes, &times);
    }
    return YK_OK;
}

static const yk_flag flags[] = {
    { "--least", "BYTES", "first size (default: 4KiB); then four times as much, up to", false },
    { "--most", "BYTES", "(default: 64MiB)", false },
    { "--bucket", "BYTES", "gives the vector in pieces of this size, as a training step does (default: 4MiB)", false },
    { "--seconds", "S", "for each size, about (default: 1)", false },
    { "--link", "SPEED", "of a machine's link, e.g. 10gbit, for the ideal (default: measured)", false },
    { "--messages", NULL, "as if the ranks of a machine shared no memory", false },
    { "--no-thread", NULL, "as if MPI let one thread call it", false },
    { "--bf16", NULL, "gradients travel between machines as bfloat16 (`train: {wire: bf16}`)", false },
    { "--json", NULL, "one JSON object a line", false },
    YK_THREADS_FLAG,
    { 0 },
};

const yk_command yk_command_bench_allreduce = {
    .name = "bench allreduce",
    .words = "",
    .doc = "measures the sum of gradients over ranks beside MPI_Allreduce",
    .more =
        "Each rank has one vector; afterwards all have the sum. Both ways take turns; medians of the slowest rank.\n"
        "Ideal: between machines, what each link has to carry at its speed; in one machine, what has to be copied at\n"
        "the speed at which all ranks copy together (sizes that fit a cache go beyond it).",
    .flags = flags,
    .ranks = true,
    .run = run,
};
