/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML document as a tree whose every node knows its place in the file. The only code that knows libfyaml is
 * model/yaml.c. */
#ifndef YK_MODEL_NODE_H
#define YK_MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/status.h"

typedef enum yk_node_kind { YK_NODE_SCALAR, YK_NODE_LIST, YK_NODE_MAP } yk_node_kind;

typedef struct yk_yaml {
    yk_node_kind kind;
    char *key;   /**< in a map: its key; else NULL */
    char *text;  /**< scalar */
    int line, column; /**< from 1; 0: it came from the command line or is a default */
    struct yk_yaml *child; /**< first of a list or map */
    struct yk_yaml *next;  /**< sibling */
    const char *file;      /**< for messages; borrowed from the document's owner */
} yk_yaml;

/** Parses text (name: for messages). YK_ERR_RECIPE: "FILE:LINE:COLUMN: ...". One document, no anchors beyond what the
 *  library resolves, at most 64 levels deep. Release with yk_yaml_destroy(). */
YK_MUST_CHECK yk_status yk_yaml_parse(yk_yaml **out, const char *name, const char *text);
void yk_yaml_destroy(yk_yaml **node);

/** Child of a map by key, or NULL. */
yk_yaml *yk_yaml_get(const yk_yaml *map, const char *key);

/** Sets the value at a path "optimizer.adam.lr" from YAML text ("0.01", "[1, 2]"): makes maps on the way. A list
 *  element is named by its number from 1 or, for a layer, by its name. YK_ERR_RECIPE when the path runs through a
 *  scalar. */
YK_MUST_CHECK yk_status yk_yaml_override(yk_yaml *root, const char *path, const char *value);

/** Writes the tree as YAML text that parses back to the same tree; release with yk_free(). */
YK_MUST_CHECK yk_status yk_yaml_text(const yk_yaml *root, char **out);

/** A scalar's or short list's value as yk_option_set() reads it: "[1, 2]". YK_ERR_RECIPE for maps. */
YK_MUST_CHECK yk_status yk_yaml_value(const yk_yaml *node, char *text, size_t size);

/** "recipe.yaml:12:5", or "-o optimizer.adam.lr" for what came from the command line. */
const char *yk_yaml_where(const yk_yaml *node, char *text, size_t size);

#endif
