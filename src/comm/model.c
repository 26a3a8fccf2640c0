/* SPDX-License-Identifier: Apache-2.0 */
#include "comm/model.h"

#include "comm/tree.h"
#include "core/num.h"

#define SHARED_LATENCY 1e-6 /* seconds until a rank of the same machine sees that another one is there */

int yk_model_nodes(const yk_comm_model *m)
{
    int most = 0;
    const int size = m->machines * m->ranks;
    for (int machine = 0; machine < m->machines; machine++) {
        int64_t first, last, begin, end;
        yk_node node[YK_TREE_NODES_MAX];
        yk_tree_range(m->leaves, machine * m->ranks, size, &first, &end);
        yk_tree_range(m->leaves, (machine + 1) * m->ranks - 1, size, &begin, &last);
        const int nodes = last > first ? yk_tree_cover(m->leaves, first, last, node) : 0;
        most = nodes > most ? nodes : most;
    }
    return most;
}

static double others(const yk_comm_model *m)
{
    return m->machines - 1;
}

/* All ranks' vectors of a machine are read once, and sums of them written. */
static double copying(const yk_comm_model *m, double bytes)
{
    return m->ranks > 1 ? (m->ranks + 1) / 2.0 * bytes / m->copied + SHARED_LATENCY : 0;
}

double yk_model_bucket(const yk_comm_model *m, double bytes)
{
    if (m->machines == 1)
        return copying(m, bytes);
    const int nodes = yk_model_nodes(m);
    const double travels = bytes * (double)yk_wire_bytes(m->wire) / (double)sizeof(float);
    const double link = nodes * others(m) / m->machines * travels / m->network.bytes_per_s;
    const double work = nodes * others(m) * m->network.latency; /* as many messages sent as received */
    return m->network.latency + (link > work ? link : work) + copying(m, bytes);
}

double yk_model_gather(const yk_comm_model *m, double bytes, double stripes)
{
    const double copies = m->ranks > 1 ? m->ranks * bytes / m->copied + SHARED_LATENCY : 0;
    if (m->machines == 1)
        return copies;
    const double link = others(m) / m->machines * bytes / m->network.bytes_per_s;
    const double work = stripes * others(m) * m->network.latency;
    return m->network.latency + (link > work ? link : work) + copies;
}

double yk_model_agree(const yk_comm_model *m)
{
    double seconds = 0;
    for (int64_t reach = 1; reach < (int64_t)m->machines * m->ranks; reach *= 2)
        seconds += 2 * (reach < m->ranks ? SHARED_LATENCY : m->network.latency);
    return seconds;
}

double yk_model_ring(const yk_comm_model *m, double bytes)
{
    const double steps = (double)m->machines * m->ranks - 1;
    return m->machines > 1 ? steps * m->network.latency + bytes / m->network.bytes_per_s : steps * SHARED_LATENCY;
}
