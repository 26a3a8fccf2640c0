/* SPDX-License-Identifier: Apache-2.0 */
#include "data/places.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

static yk_status allocate(yk_places *p)
{
    YK_TRY(yk_alloc(&p->block, p->bytes, 1));
    YK_TRY(yk_alloc(&p->offset, p->parts, sizeof *p->offset));
    return yk_alloc(&p->first, p->n * (p->parts + 1), sizeof *p->first);
}

yk_status yk_places_find(yk_places *p, const yk_datafile *file, int n, const char *const *fields)
{
    *p = (yk_places){ .n = n, .parts = yk_datafile_parts(file) };
    for (int64_t k = 0; k < p->parts; k++)
        p->bytes += (int64_t)strlen(yk_datafile_part(file, k)) + 1;
    YK_TRY(allocate(p));
    int64_t at = 0;
    for (int64_t k = 0; k < p->parts; k++) {
        const char *name = yk_datafile_part(file, k);
        p->offset[k] = at;
        memcpy(p->block + at, name, strlen(name) + 1);
        at += (int64_t)strlen(name) + 1;
    }
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k <= p->parts; k++)
            p->first[i * (p->parts + 1) + k] = yk_datafile_begin(file, fields[i], k);
    return YK_OK;
}

yk_status yk_places_broadcast(yk_places *places, yk_comm *comm, bool take)
{
    const bool root = yk_comm_rank(comm) == 0;
    yk_places p = *places;
    YK_TRY(yk_comm_broadcast(comm, 0, &p, sizeof p));
    yk_status status = YK_OK;
    if (!root) {
        p.block = NULL;
        p.offset = p.first = NULL;
        status = allocate(&p);
    }
    status = yk_comm_agree(comm, status);
    if (status == YK_OK)
        status = yk_comm_broadcast(comm, 0, p.block, p.bytes);
    if (status == YK_OK)
        status = yk_comm_broadcast(comm, 0, p.offset, p.parts * (int64_t)sizeof *p.offset);
    if (status == YK_OK)
        status = yk_comm_broadcast(comm, 0, p.first, p.n * (p.parts + 1) * (int64_t)sizeof *p.first);
    if (!root && take)
        *places = p;
    else if (!root)
        yk_places_free(&p);
    return status;
}

void yk_places_free(yk_places *p)
{
    yk_free(p->block);
    yk_free(p->offset);
    yk_free(p->first);
    *p = (yk_places){ 0 };
}

const char *yk_places_at(const yk_places *p, int i, int64_t *sample)
{
    const int64_t *first = p->first + i * (p->parts + 1);
    const int64_t part = yk_find_range(p->parts, first, *sample);
    *sample -= first[part];
    return p->block + p->offset[part];
}
