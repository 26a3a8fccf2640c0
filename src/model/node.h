/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML document as a tree whose every node knows its place in the file. The only code that knows libfyaml is
 * model/yaml.c. */
#ifndef YK_MODEL_NODE_H
#define YK_MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

typedef enum yk_node_kind { YK_NODE_SCALAR, YK_NODE_LIST, YK_NODE_MAP } yk_node_kind;

typedef struct yk_yaml {
    yk_node_kind kind;
    char *key;                /**< in a map: its key; else NULL */
    char *text;               /**< scalar; "" where the file has nothing */
    int line, column;         /**< of the value, from 1; 0: it came from the command line or is a default */
    int key_line, key_column; /**< of the key in a map */
    struct yk_yaml *child;    /**< first of a list or map */
    struct yk_yaml *next;     /**< sibling */
    const char
        *file;    /**< "recipe.yaml", or "-o train.steps"; NULL: a default. Borrowed from `source` of a node above */
    char *source; /**< the name that this node keeps for itself and those below; else NULL */
} yk_yaml;

/** Parses text (name: for messages, copied). YK_ERR_RECIPE: "NAME:LINE:COLUMN: ...". One document, no anchors, aliases
 *  or tags, at most 64 levels deep, 1000 keys a map. Release with yk_yaml_destroy(). */
YK_MUST_CHECK yk_status yk_yaml_parse(yk_yaml **out, const char *name, const char *text);
void yk_yaml_destroy(yk_yaml **node);

/** Child of a map by key, or NULL. */
yk_yaml *yk_yaml_get(const yk_yaml *map, const char *key);

/** Number of children. */
int yk_yaml_count(const yk_yaml *node);

/** True for a scalar that is this text. */
bool yk_yaml_is(const yk_yaml *node, const char *text);

/** True for what -o gave. */
bool yk_yaml_overridden(const yk_yaml *node);

/** Sets the value at a path "optimizer.adam.lr" from YAML text ("0.01", "[1, 2]", "3 steps"): makes maps on the way. A
 *  list's element is named by its number from 1 or, for a layer, by its name ("model.conv2d_2.filters"). A scalar on
 *  the way becomes a map that keeps it: under its own name where the path goes on with it (`adam` to {adam: ...}), else
 *  under the key "", which readers take for the first option. YK_ERR_RECIPE: "-o PATH: ...". */
YK_MUST_CHECK yk_status yk_yaml_override(yk_yaml *root, const char *path, const char *value);

/** The same, for values that come from elsewhere: `source` is their place in messages. */
YK_MUST_CHECK yk_status yk_yaml_set(yk_yaml *root, const char *source, const char *path, const char *value);

/** Writes the tree as YAML text that parses back to the same tree; release with yk_free(). */
YK_MUST_CHECK yk_status yk_yaml_text(const yk_yaml *root, char **out);

/** A scalar's or list of scalars' value as yk_option_set() reads it: "[1, 2]". YK_ERR_RECIPE for maps and for what does
 *  not fit. */
YK_MUST_CHECK yk_status yk_yaml_value(const yk_yaml *node, char *text, size_t size);

/** Room for a place in messages. */
#define YK_WHERE 600

/** "recipe.yaml:12:5", or "-o optimizer.adam.lr" for what came from the command line. */
const char *yk_yaml_where(const yk_yaml *node, char *text, size_t size);

/** Puts "WHERE: " of a node's value, or of its key, before the current message. Returns YK_ERR_RECIPE for errors of
 *  kind YK_ERR_ARG, else status; YK_OK is left alone. */
yk_status yk_yaml_at(const yk_yaml *node, yk_status status);
yk_status yk_yaml_at_key(const yk_yaml *node, yk_status status);

/** Errors of a recipe at the place of a node's value, or of its key. */
#define YK_RECIPE_ERROR(...) yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define YK_FAIL_AT(node, ...) return yk_yaml_at((node), YK_RECIPE_ERROR(__VA_ARGS__))
#define YK_FAIL_AT_KEY(node, ...) return yk_yaml_at_key((node), YK_RECIPE_ERROR(__VA_ARGS__))

#define YK_CHECK_AT(condition, node, ...)                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            YK_FAIL_AT(node, __VA_ARGS__);                                                                             \
    } while (0)

#define YK_CHECK_AT_KEY(condition, node, ...)                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            YK_FAIL_AT_KEY(node, __VA_ARGS__);                                                                         \
    } while (0)

/* --- building */

/** A node without a place; key and text (for scalars) are copied, NULL where there is none. */
YK_MUST_CHECK yk_status yk_yaml_make(yk_yaml **out, yk_node_kind kind, const char *key, const char *text);

/** Appends `child`, which the parent owns from now on. */
void yk_yaml_append(yk_yaml *parent, yk_yaml *child);

/** Takes a child out of its parent and destroys it. */
void yk_yaml_remove(yk_yaml *parent, yk_yaml *child);

/** *out = the map's child of that key; where there is none, an empty map appended under it. */
YK_MUST_CHECK yk_status yk_yaml_want(yk_yaml *map, const char *key, yk_yaml **out);

/** Makes a scalar or list the only child (under `key`) of the map that takes its place; an empty scalar becomes an
 *  empty map. */
YK_MUST_CHECK yk_status yk_yaml_wrap(yk_yaml *node, const char *key);

/** Gives a child of a map another key. */
YK_MUST_CHECK yk_status yk_yaml_rename(yk_yaml *child, const char *key);

/** A deep copy that needs nothing of the original; it has the original's key, siblings none. */
YK_MUST_CHECK yk_status yk_yaml_copy(yk_yaml **out, const yk_yaml *node);

/** Puts the value of `value` (which is used up) in the place of node's; the key stays. */
void yk_yaml_replace(yk_yaml *node, yk_yaml **value);

#endif
