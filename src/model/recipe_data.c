/* SPDX-License-Identifier: Apache-2.0 */
/* The sections `data:` and `input:`: files and fields, shuffling, normalisation, memory; or shapes alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "model/pick.h"
#include "model/sections.h"

#define INPUT_EXAMPLE "`input: {x: [28, 28, 1], y: {classes: 10}}`"

const yk_option yk_data_options[] = {
    { "train", YK_OPT_TEXT, YK_READ_BY_OWNER, NULL, 0, 0, NULL,
      "FILE.h5 or FILE.h5:/group, all files of a pattern (\"out/*.h5\"), or {file: FILE, x: NAME, y: NAME, ...} for "
      "fields of other names; [u, v, p] stacks fields" },
    { "dev", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL, "the same, evaluated every epoch" },
    { "take", YK_OPT_INT, offsetof(yk_recipe, take), YK_OPTIONAL, 1, -1, NULL,
      "trains on this many samples of train, chosen by the seed; those of a smaller number are among those of a "
      "larger" },
    { "shuffle", YK_OPT_TEXT, YK_READ_BY_OWNER, "full", 0, 0, NULL, "full, none, or {block: samples}" },
    { "normalize", YK_OPT_TEXT, YK_READ_BY_OWNER, "false", 0, 0, NULL,
      "true: by mean and standard deviation of train; {mean: [...], std: [...]}: by these; false: not" },
    { "augment", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL,
      "a list of augmentations of train, in their order: [{flip: horizontal}, {shift: 4}]" },
    { "memory", YK_OPT_TEXT, YK_READ_BY_OWNER, "1GiB", 0, 0, NULL,
      "data up to this size are kept in memory, one copy a machine: bytes, or 512MB, 2GiB" },
    { "text", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL,
      "written by yoke where x is text, for `yoke sample`: {length: of a window, vocabulary: its characters, or "
      "bytes}" },
    { 0 }
};

const yk_option yk_input_options[] = {
    { "x", YK_OPT_INTS, YK_READ_BY_OWNER, NULL, 1, 1e9, NULL, "shape of one sample: [28, 28, 1]" },
    { "y", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL,
      "the target: {classes: 10}, or a shape for numbers (default: what the loss wants for the model's output); so are "
      "further fields that losses take as target" },
    { 0 }
};

/* Copies a scalar into a field of fixed size. */
static yk_status copy_text(const yk_yaml *node, const char *what, char *out, size_t size)
{
    YK_CHECK_AT(node->kind == YK_NODE_SCALAR && *node->text, node, "%s: a name is expected", what);
    YK_CHECK_AT(strlen(node->text) < size, node, "%s: a name of more than %zu bytes", what, size - 1);
    snprintf(out, size, "%s", node->text);
    return YK_OK;
}

/* A field's name, or a list of them: fields to be stacked, whose names become "u+v+p". */
static yk_status copy_names(const yk_yaml *node, char *out, size_t size)
{
    if (node->kind != YK_NODE_LIST)
        return copy_text(node, node->key, out, size);
    size_t used = 0;
    out[0] = '\0';
    YK_CHECK_AT(node->child, node, "%s: a name, or a list of names is expected", node->key);
    for (const yk_yaml *c = node->child; c; c = c->next) {
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR && *c->text, c, "%s: a name is expected", node->key);
        YK_CHECK_AT(used + strlen(c->text) + 1 < size, c, "%s: names of more than %zu bytes together", node->key, size);
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "+" : "", c->text);
    }
    return YK_OK;
}

/* "FILE:/group", or {file, x, y, ...}: every other key is a field. */
static yk_status read_source(yk_source *source, yk_yaml *node)
{
    yk_yaml *nameless = yk_yaml_get(node, ""); /* the file alone, before an override gave fields */
    if (nameless)
        YK_TRY(yk_yaml_rename(nameless, "file"));
    if (node->kind != YK_NODE_MAP) {
        YK_TRY(copy_text(node, node->key, source->file, sizeof source->file));
        return YK_OK;
    }
    for (const yk_yaml *c = node->child; c; c = c->next) {
        if (strcmp(c->key, "file") == 0) {
            YK_TRY(copy_text(c, "file", source->file, sizeof source->file));
            continue;
        }
        YK_CHECK_AT_KEY(source->n_map < YK_MAX_FIELDS, c, "%s: more than %d fields", node->key, YK_MAX_FIELDS);
        YK_CHECK_AT_KEY(strlen(c->key) < sizeof source->map[0].field, c, "%s: \"%s\" is too long for a field",
                        node->key, c->key);
        snprintf(source->map[source->n_map].field, sizeof source->map[0].field, "%s", c->key);
        YK_TRY(copy_names(c, source->map[source->n_map].name, sizeof source->map[0].name));
        source->n_map++;
    }
    YK_CHECK_AT(*source->file, node, "%s needs file", node->key);
    return YK_OK;
}

/* A scalar as a whole number >= 1. */
static yk_status read_count(const yk_yaml *node, const char *name, int64_t *out)
{
    struct {
        int64_t n;
    } value = { 0 };
    const yk_option option = { name, YK_OPT_INT, 0, NULL, 1, -1, NULL, NULL };
    YK_TRY(yk_options_read_value(node, &option, &value));
    *out = value.n;
    return YK_OK;
}

static yk_status read_shuffle(yk_shuffle *out, const yk_yaml *node)
{
    if (node->kind == YK_NODE_MAP) {
        const yk_yaml *block = yk_yaml_get(node, "block");
        for (const yk_yaml *c = node->child; c; c = c->next)
            if (c != block)
                return yk_options_unknown(c, "shuffle", (const char *const[]){ "block" }, 1);
        YK_CHECK_AT(block, node, "shuffle: full, none or {block: samples} is expected");
        out->mode = YK_SHUFFLE_BLOCK;
        YK_TRY(read_count(block, "block", &out->block));
        return YK_OK;
    }
    YK_CHECK_AT(node->kind == YK_NODE_SCALAR, node, "shuffle: full, none or {block: samples} is expected");
    YK_TRY(yk_yaml_at(node, yk_shuffle_parse(out, node->text)));
    return YK_OK;
}

/* A number, or a list of them, into a new block. */
static yk_status read_numbers(const yk_yaml *node, const char *name, double min, int64_t *n, double **out)
{
    const yk_option option = { name, YK_OPT_REAL, 0, NULL, min, min < 0 ? 1e300 : -1, NULL, NULL };
    bool list = node->kind == YK_NODE_LIST;
    *n = list ? yk_yaml_count(node) : 1;
    YK_TRY(yk_alloc(out, *n, sizeof **out));
    YK_CHECK_AT(*n > 0, node, "%s: a number or a list of numbers is expected", name);
    const yk_yaml *c = list ? node->child : node;
    for (int64_t i = 0; i < *n; i++, c = c->next) {
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR, c, "%s: a number or a list of numbers is expected", name);
        YK_TRY(yk_yaml_at(c, yk_option_set(&option, &(*out)[i], c->text)));
    }
    return YK_OK;
}

static yk_status read_normalize(yk_recipe *r, const yk_yaml *node)
{
    static const char *const names[] = { "mean", "std" };
    if (yk_yaml_is(node, "true") || yk_yaml_is(node, "false")) {
        r->normalize = yk_yaml_is(node, "true") ? YK_NORMALIZE_TRAIN : YK_NORMALIZE_NONE;
        return YK_OK;
    }
    const yk_yaml *mean = yk_yaml_get(node, "mean"), *std = yk_yaml_get(node, "std");
    for (const yk_yaml *c = node->kind == YK_NODE_MAP ? node->child : NULL; c; c = c->next)
        if (c != mean && c != std)
            return yk_options_unknown(c, "normalize", names, 2);
    YK_CHECK_AT(mean && std, node, "normalize: true, false or {mean: [...], std: [...]} is expected");
    int64_t n_std = 0;
    YK_TRY(read_numbers(mean, "mean", -1e300, &r->n_normal, &r->normal_mean));
    YK_TRY(read_numbers(std, "std", YK_ABOVE_0, &n_std, &r->normal_std));
    YK_CHECK_AT(n_std == r->n_normal, std, "normalize: %" PRId64 " numbers in mean, but %" PRId64 " in std",
                r->n_normal, n_std);
    r->normalize = YK_NORMALIZE_GIVEN;
    return YK_OK;
}

/* One of the list; it is called after its kind and its place among its kind. */
static yk_status read_step(yk_augmentation *a, yk_yaml *node)
{
    struct yk_augment_step *s = &a->step[a->n];
    yk_pick pick = { NULL, NULL };
    bool named =
        node->kind == YK_NODE_SCALAR ? *node->text != '\0' : node->kind == YK_NODE_MAP && yk_yaml_count(node) == 1;
    YK_CHECK_AT(named, node, "augment: one name with its options is expected, as in `{shift: 4}`");
    YK_TRY(yk_pick_read(&pick, node, yk_find_augment, NULL));
    s->augment = pick.entry;
    s->opts = pick.opts;
    a->n++;
    YK_TRY(yk_pick_fill(node, yk_find_augment, NULL));
    int place = 0;
    for (int i = 0; i < a->n; i++)
        place += a->step[i].augment == s->augment;
    snprintf(s->name, sizeof s->name, "%s_%d", s->augment->name, place);
    yk_yaml_where(node, s->where, sizeof s->where);
    return YK_OK;
}

static yk_status read_augment(yk_augmentation *a, yk_yaml *node)
{
    YK_CHECK_AT(node->kind == YK_NODE_LIST, node,
                "augment: a list is expected, as in [{flip: horizontal}, {shift: 4}]");
    for (yk_yaml *c = node->child; c; c = c->next) {
        YK_CHECK_AT(a->n < YK_MAX_AUGMENT, c, "augment: more than %d steps", YK_MAX_AUGMENT);
        YK_TRY(read_step(a, c));
    }
    return YK_OK;
}

/* "1073741824", "512MB", "2 GiB". */
static yk_status read_memory(int64_t *out, const yk_yaml *node)
{
    static const struct {
        const char *unit;
        int64_t bytes;
    } units[] = { { "", 1 },          { "B", 1 },         { "kB", 1000 },
                  { "KB", 1000 },     { "MB", 1000000 },  { "GB", 1000000000 },
                  { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 } };
    const char *text = node->kind == YK_NODE_SCALAR ? node->text : "";
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits + strspn(text + digits, " ");
    bool good = false;
    for (int i = 0; i < YK_LEN(units) && !good && digits > 0 && digits <= 18; i++)
        good = strcmp(units[i].unit, unit) == 0 && yk_mul(out, strtoll(text, NULL, 10), units[i].bytes);
    YK_CHECK_AT(good, node, "memory: \"%s\" is not a size like 512MB or 2GiB", text);
    return YK_OK;
}

static yk_status read_text(yk_recipe *r, const yk_yaml *node)
{
    static const char *const names[] = { "length", "vocabulary" };
    const yk_yaml *length = yk_yaml_get(node, "length"), *vocabulary = yk_yaml_get(node, "vocabulary");
    for (const yk_yaml *c = node->kind == YK_NODE_MAP ? node->child : NULL; c; c = c->next)
        if (c != length && c != vocabulary)
            return yk_options_unknown(c, "text", names, 2);
    YK_CHECK_AT(length && vocabulary && vocabulary->kind == YK_NODE_SCALAR && *vocabulary->text, node,
                "text: {length: 64, vocabulary: bytes}, or characters in place of bytes, is expected");
    YK_TRY(read_count(length, "length", &r->text_length));
    return yk_strdup(&r->vocabulary, vocabulary->text);
}

yk_status yk_read_data(yk_recipe *r, yk_yaml *node)
{
    yk_part part = { yk_data_options, r };
    YK_TRY(yk_options_read(node, "data", 1, &part));
    YK_TRY(yk_options_fill(node, 1, &part));
    yk_yaml *train = yk_yaml_get(node, "train"), *dev = yk_yaml_get(node, "dev");
    YK_CHECK_AT(train, node, "data needs train (a file, or FILE.h5:/group)");
    YK_TRY(read_source(&r->train, train));
    r->has_data = true;
    r->has_dev = dev != NULL;
    if (dev)
        YK_TRY(read_source(&r->dev, dev));
    YK_TRY(read_shuffle(&r->shuffle, yk_yaml_get(node, "shuffle")));
    YK_TRY(read_normalize(r, yk_yaml_get(node, "normalize")));
    YK_TRY(read_memory(&r->memory, yk_yaml_get(node, "memory")));
    yk_yaml *text = yk_yaml_get(node, "text");
    if (text)
        YK_TRY(read_text(r, text));
    yk_yaml *augment = yk_yaml_get(node, "augment");
    if (augment)
        YK_TRY(read_augment(&r->augment, augment));
    return YK_OK;
}

yk_status yk_recipe_take(const yk_recipe *r, int64_t samples, int64_t *taken)
{
    *taken = samples;
    if (!r->take)
        return YK_OK;
    const yk_yaml *node = yk_yaml_get(yk_yaml_get(r->root, "data"), "take");
    YK_CHECK_AT(r->take <= samples, node, "take: %" PRId64 " samples of the %" PRId64 " that %s has", r->take, samples,
                r->train.file);
    *taken = r->take;
    return YK_OK;
}

/* [28, 28, 1], or one number. */
static yk_status read_shape(yk_shape *out, const yk_yaml *node)
{
    const yk_option option = { node->key, YK_OPT_INTS, 0, NULL, 1, 1e9, NULL, NULL };
    yk_ints sizes = { 0 };
    YK_TRY(yk_options_read_value(node, &option, &sizes));
    YK_CHECK_AT(sizes.n < YK_MAX_DIMS, node, "%s: a sample has at most %d dimensions", node->key, YK_MAX_DIMS - 1);
    out->ndim = sizes.n;
    memcpy(out->dim, sizes.at, (size_t)sizes.n * sizeof sizes.at[0]);
    return YK_OK;
}

/* {classes: 10}, or the shape of a target of numbers. */
static yk_status read_target(yk_field_shape *out, const yk_yaml *node)
{
    YK_CHECK_AT_KEY(strlen(node->key) < sizeof out->field, node, "input: \"%s\" is too long for a field", node->key);
    snprintf(out->field, sizeof out->field, "%s", node->key);
    if (node->kind != YK_NODE_MAP) {
        YK_TRY(read_shape(&out->shape, node));
        return YK_OK;
    }
    const yk_yaml *classes = yk_yaml_get(node, "classes");
    for (const yk_yaml *c = node->child; c; c = c->next)
        if (c != classes)
            return yk_options_unknown(c, node->key, (const char *const[]){ "classes" }, 1);
    YK_CHECK_AT(classes, node, "%s needs classes", node->key);
    YK_TRY(read_count(classes, "classes", &out->classes));
    return YK_OK;
}

yk_status yk_read_input(yk_recipe *r, yk_yaml *node)
{
    const yk_yaml *x = yk_yaml_get(node, "x");
    YK_CHECK_AT(node->kind == YK_NODE_MAP, node, "input: fields with their shapes are expected, as in %s",
                INPUT_EXAMPLE);
    yk_yaml *data = yk_yaml_get(r->root, "data");
    if (data && yk_yaml_overridden(data) && !yk_yaml_overridden(node)) { /* -o data.train takes the place of input */
        yk_yaml_remove(r->root, node);
        return YK_OK;
    }
    YK_CHECK_AT(!r->has_data, node, "input: the data give the shapes; a recipe has data or input");
    YK_CHECK_AT(x, node, "input needs x, as in %s", INPUT_EXAMPLE);
    YK_TRY(read_shape(&r->input, x));
    r->has_input = true;
    for (const yk_yaml *c = node->child; c; c = c->next) {
        if (c == x)
            continue;
        YK_CHECK_AT_KEY(r->n_targets < YK_MAX_FIELDS, c, "input: more than %d fields beside x", YK_MAX_FIELDS);
        YK_TRY(read_target(&r->target[r->n_targets++], c));
    }
    return YK_OK;
}
