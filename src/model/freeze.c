/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of names, and freezing by them. */
#include "model/freeze.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "model/options.h"

#define FULL_NAME_MAX 1024
#define SHOWN_MAX 64

bool yk_pattern_means(const char *pattern, const char *name)
{
    char part[FULL_NAME_MAX];
    if (fnmatch(pattern, name, FNM_NOESCAPE) == 0)
        return true;
    snprintf(part, sizeof part, "%s", name);
    for (char *slash; (slash = strrchr(part, '/'));) {
        *slash = '\0';
        if (fnmatch(pattern, part, FNM_NOESCAPE) == 0)
            return true;
    }
    return false;
}

yk_status yk_pattern_unknown(const yk_graph *graph, const yk_yaml *node, const char *key, const char *pattern)
{
    const char *names[SHOWN_MAX];
    char text[YK_NAMES_TEXT], layers[SHOWN_MAX][80];
    int n = 0;
    for (int p = 0; p < yk_graph_params(graph) && n < SHOWN_MAX; p++) {
        const char *name = yk_graph_param(graph, p)->name;
        snprintf(layers[n], sizeof layers[n], "%.*s", (int)(strrchr(name, '/') - name), name);
        names[n] = layers[n];
        n += n == 0 || strcmp(layers[n], layers[n - 1]) != 0;
    }
    YK_FAIL_AT(node, "%s: \"%.80s\" means no layer with parameters%s", key, pattern,
               yk_names_text(text, pattern, "there are", names, n));
}

yk_status yk_freeze(yk_graph *graph, const yk_recipe *recipe)
{
    const yk_yaml *freeze = yk_yaml_get(recipe->root, "freeze");
    for (const yk_yaml *c = freeze ? freeze->child : NULL; c; c = c->next) {
        bool any = false;
        for (int p = 0; p < yk_graph_params(graph); p++)
            if (yk_pattern_means(c->text, yk_graph_param(graph, p)->name)) {
                yk_graph_freeze(graph, p);
                any = true;
            }
        if (!any)
            return yk_pattern_unknown(graph, c, "freeze", c->text);
    }
    bool trains = !freeze;
    for (int p = 0; p < yk_graph_params(graph); p++)
        trains = trains || yk_param_trains(yk_graph_param(graph, p));
    YK_CHECK_AT(trains, freeze, "freeze: every parameter of the model is frozen: there is nothing to train");
    return YK_OK;
}
