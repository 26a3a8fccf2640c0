/* SPDX-License-Identifier: Apache-2.0 */
/* Describing a network: calls that write the tree of a recipe. Nothing is read here that recipes do not know, so that
 * what they learn (an op, an option, a section) can be said through these functions at once. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "ops/op.h"

static yk_status create(yk_net **out, yk_context *context, const char *name, const char *text)
{
    *out = NULL;
    YK_CHECK(context && name && text, YK_ERR_ARG, "a network needs a context%s", context ? ", a name and a text" : "");
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    (*out)->context = context;
    yk_status status = yk_yaml_parse(&(*out)->draft, name, text);
    if (status != YK_OK)
        yk_net_destroy(out);
    return status;
}

yk_status yk_net_create(yk_net **out, yk_context *context)
{
    return create(out, context, "network", "{}");
}

yk_status yk_net_create_text(yk_net **out, yk_context *context, const char *name, const char *text)
{
    return create(out, context, name, text);
}

yk_status yk_net_create_file(yk_net **out, yk_context *context, const char *path)
{
    char *text;
    *out = NULL;
    YK_CHECK(path, YK_ERR_ARG, "the recipe file has no name");
    YK_TRY(yk_recipe_file(path, &text));
    yk_status status = create(out, context, path, text);
    yk_free(text);
    return status;
}

static yk_status check_open(const yk_net *net)
{
    YK_CHECK(!net->model, YK_ERR_ARG, "the network is built already: describe it before");
    YK_CHECK(net->draft->kind == YK_NODE_MAP, YK_ERR_RECIPE, "%s: a recipe is a map of keys (model, loss, ...)",
             net->draft->file);
    return YK_OK;
}

yk_status yk_net_set(yk_net *net, const char *path, const char *value)
{
    YK_TRY(check_open(net));
    YK_CHECK(path && *path && value, YK_ERR_ARG, "a path and a value are needed, as in \"train.batch\", \"256\"");
    return yk_yaml_set(net->draft, path, path, value);
}

yk_status yk_net_input(yk_net *net, const char *name, int ndim, const int64_t *shape)
{
    char path[80], value[256] = "[";
    YK_TRY(check_open(net));
    YK_CHECK(name && *name && strlen(name) < 64, YK_ERR_ARG, "an input needs a name of 1 to 63 characters");
    YK_CHECK(ndim >= 1 && ndim < YK_ARRAY_DIMS, YK_ERR_ARG, "input %s: %d dimensions; 1 to %d are possible", name, ndim,
             YK_ARRAY_DIMS - 1);
    for (int i = 0; i < ndim; i++) {
        YK_CHECK(shape[i] >= 1, YK_ERR_ARG, "input %s: dimension %d is %" PRId64, name, i, shape[i]);
        snprintf(value + strlen(value), sizeof value - strlen(value), "%s%" PRId64, i ? ", " : "", shape[i]);
    }
    if (yk_yaml_get(net->draft, "data")) { /* a recipe has data or input */
        YK_CHECK(strcmp(name, "x") == 0, YK_ERR_ARG, "this recipe has data:, so only the shape of x can be given");
        net->x.ndim = ndim;
        memcpy(net->x.dim, shape, (size_t)ndim * sizeof *shape);
        return YK_OK;
    }
    snprintf(path, sizeof path, "input.%s", name);
    snprintf(value + strlen(value), sizeof value - strlen(value), "]");
    return yk_net_set(net, path, value);
}

/* Length of the next word of options: it ends at a blank outside of brackets and quotes. */
static size_t word_length(const char *text)
{
    int depth = 0;
    char quote = 0;
    size_t n = 0;
    for (; text[n] && (quote || depth > 0 || !isspace((unsigned char)text[n])); n++) {
        const char c = text[n];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else
            depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    }
    return n;
}

/* One word of the options, "units=16" or "16", into the layer {op: ...}. */
static yk_status set_option(yk_yaml *layer, const char *source, const char *op, char *word)
{
    char *equal = strchr(word, '=');
    if (equal && isalpha((unsigned char)word[0])) {
        *equal = '\0';
        return yk_yaml_set(layer->child, source, word, equal + 1);
    }
    YK_CHECK(!layer->child->child, YK_ERR_RECIPE, "%s: \"%s\" is not of the form name=value", source, word);
    return yk_yaml_set(layer, source, op, word);
}

static yk_status fill_layer(yk_yaml *layer, const char *source, const char *op, const char *options)
{
    yk_yaml *body;
    YK_TRY(yk_yaml_want(layer, op, &body));
    body->file = layer->file;
    for (const char *at = options ? options : "";;) {
        while (isspace((unsigned char)*at))
            at++;
        const size_t n = word_length(at);
        if (n == 0)
            return YK_OK;
        char *word;
        YK_TRY(yk_format(&word, "%.*s", (int)n, at));
        yk_status status = set_option(layer, source, op, word);
        yk_free(word);
        YK_TRY(status);
        at += n;
    }
}

/* The list `model:` of the draft. */
static yk_status want_list(yk_yaml *draft, yk_yaml **out)
{
    *out = yk_yaml_get(draft, "model");
    if (!*out) {
        YK_TRY(yk_yaml_make(out, YK_NODE_LIST, "model", NULL));
        (*out)->file = draft->file;
        yk_yaml_append(draft, *out);
    }
    YK_CHECK((*out)->kind == YK_NODE_LIST, YK_ERR_RECIPE, "%s: model: a list of layers is expected", draft->file);
    return YK_OK;
}

/* A name that no op has may be a block's. */
static yk_status check_kind(const yk_net *net, const char *op)
{
    const yk_op *found;
    const yk_yaml *blocks = yk_yaml_get(net->draft, "blocks");
    if (strcmp(op, "block") == 0 || (blocks && yk_yaml_get(blocks, op)))
        return YK_OK;
    return yk_op_find(op, YK_OP_LAYER, &found);
}

yk_status yk_net_layer(yk_net *net, const char *op, const char *options)
{
    yk_yaml *list, *layer = NULL;
    char *source = NULL;
    yk_status status = YK_OK;
    YK_TRY(check_open(net));
    YK_CHECK(op && *op, YK_ERR_ARG, "a layer needs the name of its op, as in \"dense\"");
    YK_TRY(check_kind(net, op));
    YK_TRY(want_list(net->draft, &list));
    YK_TRY_GOTO(yk_format(&source, "layer %d (%s)", net->layers + 1, op), done);
    YK_TRY_GOTO(yk_yaml_make(&layer, YK_NODE_MAP, NULL, NULL), done);
    YK_TRY_GOTO(yk_strdup(&layer->source, source), done);
    layer->file = layer->source;
    YK_TRY_GOTO(fill_layer(layer, source, op, options), done);
    yk_yaml_append(list, layer);
    layer = NULL;
    net->layers++;
done:
    yk_yaml_destroy(&layer);
    yk_free(source);
    return status;
}
