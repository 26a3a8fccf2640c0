/* SPDX-License-Identifier: Apache-2.0 */
/* A field over the parts of a split. */
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/datafile_in.h"

void yk_column_destroy(yk_column *c)
{
    yk_free(c->name);
    yk_free(c->first);
    yk_free(c->offset);
    yk_free(c->differs);
    yk_free(c);
}

/* One more column, of which nothing but the name is known. */
static yk_status column_add(yk_datafile *f, const char *name)
{
    yk_column *c;
    yk_status status = YK_OK;
    YK_TRY(yk_realloc(&f->column, f->n_column + 1, sizeof(yk_column *)));
    YK_TRY(yk_alloc(&c, 1, sizeof *c));
    YK_TRY_GOTO(yk_strdup(&c->name, name), fail);
    YK_TRY_GOTO(yk_alloc(&c->first, f->n_part + 1, sizeof *c->first), fail);
    YK_TRY_GOTO(yk_alloc(&c->offset, f->n_part, sizeof *c->offset), fail);
    f->column[f->n_column++] = c;
    return YK_OK;
fail:
    yk_column_destroy(c);
    return status;
}

/* Why a part's field does not continue that of part 0, as text in c->differs. */
static yk_status differ(const yk_datafile *f, int64_t p, yk_column *c, const yk_h5_dataset *set)
{
    const char *here = f->part[p].spec, *there = f->part[0].spec;
    char mine[YK_SHAPE_TEXT], theirs[YK_SHAPE_TEXT];
    if (!set)
        YK_TRY(yk_format(&c->differs, "%s: no field \"%s\" of numbers, but %s has one", here, c->name, there));
    else if (set->dtype != c->dtype)
        YK_TRY(yk_format(&c->differs, "%s: field \"%s\" is of %s, but of %s in %s", here, c->name,
                         yk_dtype_name(set->dtype), yk_dtype_name(c->dtype), there));
    else
        YK_TRY(yk_format(&c->differs, "%s: a sample of field \"%s\" has shape %s, but %s in %s", here, c->name,
                         yk_shape_text(&set->shape, 1, mine), yk_shape_text(&c->shape, 1, theirs), there));
    return YK_OK;
}

static bool same_samples(const yk_column *c, const yk_h5_dataset *set)
{
    yk_shape shape = set->shape;
    shape.dim[0] = c->shape.dim[0];
    return set->dtype == c->dtype && yk_shape_equal(&shape, &c->shape);
}

yk_status yk_column_append(yk_datafile *f, int64_t p, int64_t k, bool *usable)
{
    yk_column *c = f->column[k];
    yk_h5_dataset *set = NULL;
    if (c->differs)
        return YK_OK;
    if (p > 0) {
        YK_TRY(yk_part_group(f, p));
        *usable = yk_part_has(&f->part[p], c->name);
    }
    if (*usable)
        YK_TRY(yk_part_set(f, p, k, &set, usable));
    if (set && p == 0) {
        c->dtype = set->dtype;
        c->shape = set->shape;
        c->shape.dim[0] = 0;
    }
    if (p > 0 && (!set || !same_samples(c, set)))
        return differ(f, p, c, set);
    if (!set)
        return YK_OK;
    c->offset[p] = set->offset;
    c->shape.dim[0] += set->shape.dim[0];
    c->first[p + 1] = c->shape.dim[0];
    return YK_OK;
}

yk_status yk_column_keep(yk_datafile *f, const char *name, bool *usable)
{
    *usable = true;
    YK_TRY(column_add(f, name));
    yk_status status = yk_column_append(f, 0, f->n_column - 1, usable);
    if (status != YK_OK || !*usable)
        yk_column_destroy(f->column[--f->n_column]);
    return status;
}

int64_t yk_column_part(const yk_datafile *f, const yk_column *c, int64_t sample)
{
    return yk_find_range(f->n_part, c->first, sample);
}
