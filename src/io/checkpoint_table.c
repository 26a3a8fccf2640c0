/* SPDX-License-Identifier: Apache-2.0 */
#include "io/checkpoint_in.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "tensor/digest.h"

yk_status yk_saved_add(yk_saved_table *t, const char *name, yk_dtype dtype, const yk_shape *shape, yk_saved **out)
{
    *out = NULL;
    YK_TRY(yk_realloc(&t->at, t->n + 1, sizeof *t->at));
    yk_saved *s = &t->at[t->n];
    *s = (yk_saved){ .dtype = dtype, .shape = *shape, .offset = -1 };
    YK_TRY(yk_strdup(&s->name, name));
    t->n++;
    *out = s;
    return YK_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const yk_saved *)a)->name, ((const yk_saved *)b)->name);
}

void yk_saved_sort(yk_saved_table *t)
{
    if (t->n > 1)
        qsort(t->at, (size_t)t->n, sizeof *t->at, by_name);
}

void yk_saved_free(yk_saved_table *t)
{
    for (int64_t i = 0; i < t->n; i++)
        yk_free(t->at[i].name);
    yk_free(t->at);
    *t = (yk_saved_table){ NULL, 0 };
}

#define OPTIONAL(field, kind)                                                                                          \
    {                                                                                                                  \
#field, kind, offsetof(yk_state, field), sizeof((yk_state *)0)->field, true                                    \
    }
#define ITEM(field, kind)                                                                                              \
    {                                                                                                                  \
#field, kind, offsetof(yk_state, field), sizeof((yk_state *)0)->field, false                                   \
    }
const yk_state_item yk_state_items[] = {
    ITEM(step, YK_STATE_INT),
    ITEM(epoch, YK_STATE_INT),
    ITEM(seed, YK_STATE_UINT),
    ITEM(numerics, YK_STATE_INT),
    ITEM(family, YK_STATE_TEXT),
    ITEM(version, YK_STATE_TEXT),
    ITEM(metric, YK_STATE_TEXT),
    ITEM(best, YK_STATE_REAL),
    ITEM(best_step, YK_STATE_INT),
    OPTIONAL(plateau_seen, YK_STATE_INT),
    OPTIONAL(plateau_best, YK_STATE_REAL),
    OPTIONAL(plateau_bad, YK_STATE_INT),
    OPTIONAL(plateau_cooldown, YK_STATE_INT),
    OPTIONAL(plateau_factor, YK_STATE_REAL),
    OPTIONAL(stopping_seen, YK_STATE_INT),
    OPTIONAL(stopping_best, YK_STATE_REAL),
    OPTIONAL(stopping_bad, YK_STATE_INT),
    OPTIONAL(stopped, YK_STATE_INT),
    { NULL, YK_STATE_INT, 0, 0, false },
};

bool yk_state_has(const yk_state *state, const yk_state_item *item)
{
    static const char zeros[sizeof(int64_t)];
    return !item->optional || memcmp((const char *)state + item->offset, zeros, item->size) != 0;
}

static bool in_digest(const char *name)
{
    return strncmp(name, "params/", 7) == 0 || strncmp(name, "buffers/", 8) == 0;
}

yk_status yk_saved_digest(const yk_saved_table *t, char hex[YK_SHA256_HEX])
{
    yk_digest_entry *entry = NULL;
    yk_tensor *tensor = NULL;
    yk_status status = YK_OK;
    int64_t n = 0;
    YK_TRY_GOTO(yk_alloc(&entry, t->n, sizeof *entry), done);
    YK_TRY_GOTO(yk_alloc(&tensor, t->n, sizeof *tensor), done);
    for (int64_t i = 0; i < t->n; i++) {
        if (!in_digest(t->at[i].name))
            continue;
        tensor[n] = (yk_tensor){ .dtype = t->at[i].dtype, .shape = t->at[i].shape };
        entry[n] = (yk_digest_entry){ .name = t->at[i].name, .tensor = &tensor[n] };
        memcpy(entry[n++].hex, t->at[i].sha256, YK_SHA256_HEX);
    }
    yk_digest_set(entry, n, hex);
done:
    yk_free(tensor);
    yk_free(entry);
    return status;
}

static void add_line(yk_sha256 *sha, const char *name, const char *value)
{
    yk_sha256_add(sha, name, strlen(name));
    yk_sha256_add(sha, " ", 1);
    yk_sha256_add(sha, value, strlen(value));
    yk_sha256_add(sha, "\n", 1);
}

/* A value of the state as text; a real by the 16 hex digits of its bits, so that it is exact. */
static void add_item(yk_sha256 *sha, const yk_state_item *item, const yk_state *state)
{
    const char *field = (const char *)state + item->offset;
    char text[32];
    uint64_t bits;
    switch (item->kind) {
    case YK_STATE_TEXT:
        add_line(sha, item->name, field);
        return;
    case YK_STATE_INT:
        snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)(const void *)field);
        break;
    case YK_STATE_UINT:
        snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)(const void *)field);
        break;
    case YK_STATE_REAL:
        memcpy(&bits, field, sizeof bits);
        snprintf(text, sizeof text, "%016" PRIx64, bits);
        break;
    }
    add_line(sha, item->name, text);
}

void yk_saved_sum(const yk_saved_table *t, const char *recipe, const yk_state *state, char hex[YK_SHA256_HEX])
{
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    yk_sha256_add(&sha, recipe, strlen(recipe));
    yk_sha256_end(&sha, hex);
    yk_sha256_begin(&sha);
    add_line(&sha, "recipe", hex);
    for (const yk_state_item *item = yk_state_items; item->name; item++)
        if (yk_state_has(state, item))
            add_item(&sha, item, state);
    for (int64_t i = 0; i < t->n; i++) {
        char shape[YK_SHAPE_TEXT], line[YK_SHAPE_TEXT + YK_SHA256_HEX + 32];
        snprintf(line, sizeof line, "%s %s %s", yk_dtype_name(t->at[i].dtype), yk_shape_text(&t->at[i].shape, 0, shape),
                 t->at[i].sha256);
        add_line(&sha, t->at[i].name, line);
    }
    yk_sha256_end(&sha, hex);
}
