/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as YAML text: maps and lists that fit a line in flow style, the others in block style. Written twice, first to
 * count, then into the block. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/node.h"

#define LINE_MAX_BYTES 110

typedef struct writer {
    char *text; /* NULL: only count */
    int64_t used;
    int64_t line; /* where the line began */
} writer;

static void put(writer *w, const char *text, size_t n)
{
    if (w->text)
        memcpy(w->text + w->used, text, n);
    w->used += (int64_t)n;
}

static void put_text(writer *w, const char *text)
{
    put(w, text, strlen(text));
}

/* True where a text may stand without quotes anywhere, also in flow style. */
static bool is_plain(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || strchr("-?:,[]{}#&*!|>'\"%@` ", text[0]) || text[n - 1] == ' ' || text[n - 1] == ':')
        return n > 1 && text[0] == '-' && strchr("0123456789.", text[1]) && is_plain(text + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c > 0x7e || strchr(",[]{}", c) || (c == '#' && text[i - 1] == ' ') ||
            (c == ':' && text[i + 1] == ' '))
            return false;
    }
    return strcmp(text, "---") != 0 && strcmp(text, "...") != 0 && !strstr(text, "''");
}

/* A code point of two or three bytes at s; 0 for others, which need no escape. */
static unsigned code_point(const unsigned char *s)
{
    if ((s[1] & 0xc0) != 0x80)
        return 0;
    if ((s[0] & 0xe0) == 0xc0)
        return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    if ((s[0] & 0xf0) == 0xe0 && (s[2] & 0xc0) == 0x80)
        return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    return 0;
}

static void put_scalar(writer *w, const char *text)
{
    if (is_plain(text)) {
        put_text(w, text);
        return;
    }
    put(w, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        char escape[8] = { '\\', (char)*s, 0 };
        unsigned c = code_point(s);
        if (*s == '"' || *s == '\\') {
            put(w, escape, 2);
        } else if (*s < 0x20 || *s == 0x7f || (*s == '\'' && s[1] == '\'')) /* the reader wants no quotes in a row */ {
            put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\x%02x", *s));
        } else if ((c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff) { /* blanks to YAML */
            put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
            s += c < 0x800 ? 1 : 2;
        } else {
            put(w, (const char *)s, 1);
        }
    }
    put(w, "\"", 1);
}

/* One line: 5, [1, 2], {a: 1, b: [2, 3]}. */
static void put_flow(writer *w, const yk_yaml *node)
{
    bool map = node->kind == YK_NODE_MAP;
    if (node->kind == YK_NODE_SCALAR) {
        put_scalar(w, node->text);
        return;
    }
    put(w, map ? "{" : "[", 1);
    for (const yk_yaml *c = node->child; c; c = c->next) {
        if (c != node->child)
            put(w, ", ", 2);
        if (map) {
            put_scalar(w, c->key);
            put(w, ": ", 2);
        }
        put_flow(w, c);
    }
    put(w, map ? "}" : "]", 1);
}

/* True where a node is best in one line: scalars, empty ones, and short ones. Lists of maps are always blocks. */
static bool fits_line(const yk_yaml *node, int indent)
{
    if (node->kind == YK_NODE_SCALAR || !node->child)
        return true;
    for (const yk_yaml *c = node->child; c; c = c->next)
        if (node->kind == YK_NODE_LIST && c->kind == YK_NODE_MAP)
            return false;
    writer count = { NULL, 0, 0 };
    put_flow(&count, node);
    return count.used + indent <= LINE_MAX_BYTES;
}

static void put_indent(writer *w, int indent)
{
    for (int i = 0; i < indent; i++)
        put(w, " ", 1);
}

static void end_line(writer *w)
{
    put(w, "\n", 1);
    w->line = w->used;
}

/* True for a map or list of scalars and short pieces: flow style over several lines. */
static bool is_flat(const yk_yaml *node, int indent)
{
    if (node->kind == YK_NODE_SCALAR || !node->key)
        return false;
    for (const yk_yaml *c = node->child; c; c = c->next)
        if (!fits_line(c, indent) || c->kind == YK_NODE_MAP || (c->key && strlen(c->key) > LINE_MAX_BYTES / 2))
            return false;
    return true;
}

/* The same as put_flow(), with a new line before what does not fit. */
static void put_wrapped(writer *w, const yk_yaml *node, int indent)
{
    bool map = node->kind == YK_NODE_MAP;
    put(w, map ? "{" : "[", 1);
    for (const yk_yaml *c = node->child; c; c = c->next) {
        writer count = { NULL, 0, 0 };
        put_flow(&count, c);
        if (map)
            count.used += (int64_t)strlen(c->key) + 2;
        if (c != node->child && w->used - w->line + count.used + 2 > LINE_MAX_BYTES) {
            put(w, ",", 1);
            end_line(w);
            put_indent(w, indent);
        } else if (c != node->child) {
            put(w, ", ", 2);
        }
        if (map) {
            put_scalar(w, c->key);
            put(w, ": ", 2);
        }
        put_flow(w, c);
    }
    put(w, map ? "}" : "]", 1);
}

static void put_block(writer *w, const yk_yaml *node, int indent, bool first_in_line);

/* What follows "key:" or "-" : a value in the line, or a block below. */
static void put_child(writer *w, const yk_yaml *child, int indent, bool after_dash)
{
    int key = child->key ? (int)strlen(child->key) + 2 : 2;
    if (after_dash && child->kind == YK_NODE_MAP && child->child) { /* - dense: {units: 10} */
        put(w, " ", 1);
        put_block(w, child, indent + 2, true);
    } else if (fits_line(child, indent + key)) {
        put(w, " ", 1);
        put_flow(w, child);
        end_line(w);
    } else if (indent > 0 && is_flat(child, indent + key)) {
        put(w, " ", 1);
        put_wrapped(w, child, indent + key + 1);
        end_line(w);
    } else {
        end_line(w);
        put_block(w, child, indent + 2, false);
    }
}

/* Children one a line; the first goes on in the line that has begun where first_in_line. */
static void put_block(writer *w, const yk_yaml *node, int indent, bool first_in_line)
{
    for (const yk_yaml *c = node->child; c; c = c->next) {
        if (c != node->child || !first_in_line)
            put_indent(w, indent);
        if (node->kind == YK_NODE_MAP) {
            put_scalar(w, c->key);
            put(w, ":", 1);
        } else {
            put(w, "-", 1);
        }
        put_child(w, c, indent, node->kind == YK_NODE_LIST);
    }
}

static void put_root(writer *w, const yk_yaml *root)
{
    if (root->kind == YK_NODE_SCALAR || !root->child) {
        put_flow(w, root);
        end_line(w);
    } else {
        put_block(w, root, 0, false);
    }
}

yk_status yk_yaml_text(const yk_yaml *root, char **out)
{
    writer w = { NULL, 0, 0 };
    *out = NULL;
    put_root(&w, root);
    YK_TRY(yk_alloc(out, w.used + 1, 1));
    w = (writer){ *out, 0, 0 };
    put_root(&w, root);
    return YK_OK;
}
