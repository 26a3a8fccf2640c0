/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text to a tree of nodes: the only place that knows libfyaml. The library's events are read one by one, so
 * depth, keys and places are checked here and nothing of a hostile file is ever expanded. */
#include <libfyaml.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/node.h"

#define DEPTH_MAX 64
#define KEYS_MAX 1000
#define KEY_BYTES_MAX 128
#define QUOTES_MAX 3

typedef struct reader {
    struct fy_parser *parser;
    struct fy_diag *diag;
    const char *file; /* the root's source */
    int line, column; /* of the last event that has a place */
} reader;

/* Bytes of the UTF-8 character at s, 0 where there is none. YAML has no control characters but tab and newlines. */
static int character(const unsigned char *s)
{
    if (s[0] < 0x80)
        return (s[0] >= 0x20 && s[0] != 0x7f) || s[0] == '\t' || s[0] == '\n' || s[0] == '\r' ? 1 : 0;
    int n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = s[0] < 0xc2 || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = s[0] > 0xf4 || (s[0] == 0xf4 && s[1] > 0x8f) || (s[0] == 0xed && s[1] > 0x9f);
    return overlong || beyond ? 0 : n;
}

/* What the library must not see: it hangs on directives (%YAML ...) with bytes that are no UTF-8, and leaks where
 * quotes follow each other. */
static yk_status check_text(const char *name, const char *text)
{
    const unsigned char *start = (const unsigned char *)text;
    int line = 1, quotes = 0;
    for (const unsigned char *s = start, *next; *s; s = next) {
        int n = character(s), column = (int)(s - start) + 1;
        next = s + n;
        YK_CHECK(n > 0, YK_ERR_RECIPE, "%s:%d:%d: the byte 0x%02x is not text in UTF-8", name, line, column, *s);
        YK_CHECK(column > 1 || *s != '%', YK_ERR_RECIPE, "%s:%d:1: directives (%%NAME) are not read; quote the text",
                 name, line);
        quotes = *s == '\'' ? quotes + 1 : 0;
        YK_CHECK(quotes <= QUOTES_MAX, YK_ERR_RECIPE, "%s:%d:%d: more than %d quotes in a row; put the text in \"\"",
                 name, line, column, QUOTES_MAX);
        if (*s == '\n') {
            line++;
            start = next;
        }
    }
    return YK_OK;
}

/* The first error that the library collected, or what follows from its silence. */
static yk_status syntax_error(const reader *r)
{
    void *state = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(r->diag, &state);
    YK_CHECK(e, YK_ERR_RECIPE, "%s: this is not YAML", r->file);
    YK_FAIL(YK_ERR_RECIPE, "%s:%d:%d: %s", r->file, e->line, e->column, e->msg);
}

static yk_status next_event(reader *r, struct fy_event **out)
{
    *out = fy_parser_parse(r->parser);
    if (!*out)
        YK_TRY(syntax_error(r));
    return YK_OK;
}

/* Where the event begins; what has no letter of its own (`model:`, `-`) is where the one before begins. */
static void place_of(reader *r, struct fy_event *event, int *line, int *column)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    enum fy_node_style style = fy_event_get_node_style(event);
    bool behind = event->type == FYET_ALIAS || /* the library's mark is behind the * or the quote */
                  (event->type == FYET_SCALAR && (style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED));
    if (mark) {
        r->line = mark->line + 1;
        r->column = mark->column + !behind;
    }
    *line = r->line;
    *column = r->column;
}

/* The text of a scalar, which must not hold a zero byte. */
static yk_status scalar_text(reader *r, struct fy_event *event, char **out)
{
    size_t length = 0;
    int line, column;
    const char *text = fy_token_get_text(event->scalar.value, &length);
    place_of(r, event, &line, &column);
    YK_CHECK(!text || !memchr(text, '\0', length), YK_ERR_RECIPE, "%s:%d:%d: a text holds a zero byte", r->file, line,
             column);
    YK_TRY(yk_alloc(out, (int64_t)length + 1, 1));
    if (length)
        memcpy(*out, text, length);
    return YK_OK;
}

static yk_status read_value(reader *r, struct fy_event *event, int depth, yk_yaml **out);

/* Reads a key and its value into the map; *tail is where the next child goes. */
static yk_status read_pair(reader *r, struct fy_event *event, int depth, yk_yaml *map, yk_yaml ***tail)
{
    yk_status status = YK_OK;
    struct fy_event *value = NULL;
    char *key = NULL;
    int line, column;
    place_of(r, event, &line, &column);
    YK_CHECK(event->type == FYET_SCALAR, YK_ERR_RECIPE, "%s:%d:%d: a key must be a plain word", r->file, line, column);
    YK_TRY(scalar_text(r, event, &key));
    const yk_yaml *twin = yk_yaml_get(map, key);
    size_t length = strlen(key);
    YK_CHECK_GOTO(length > 0, done, YK_ERR_RECIPE, "%s:%d:%d: a key is missing here", r->file, line, column);
    YK_CHECK_GOTO(length <= KEY_BYTES_MAX, done, YK_ERR_RECIPE, "%s:%d:%d: a key of %zu bytes; at most %d", r->file,
                  line, column, length, KEY_BYTES_MAX);
    YK_CHECK_GOTO(!twin, done, YK_ERR_RECIPE, "%s:%d:%d: the key \"%s\" is here twice; the first is in line %d",
                  r->file, line, column, key, twin->key_line);
    YK_TRY_GOTO(next_event(r, &value), done);
    YK_TRY_GOTO(read_value(r, value, depth, *tail), done);
    (**tail)->key = key;
    (**tail)->key_line = line;
    (**tail)->key_column = column;
    key = NULL;
    *tail = &(**tail)->next;
done:
    fy_parser_event_free(r->parser, value);
    yk_free(key);
    return status;
}

/* Reads children up to the end of a list or map. */
static yk_status read_children(reader *r, yk_yaml *node, int depth)
{
    yk_yaml **tail = &node->child;
    bool map = node->kind == YK_NODE_MAP;
    for (int n = 0;; n++) {
        struct fy_event *event = NULL;
        YK_TRY(next_event(r, &event));
        bool end = event->type == (map ? FYET_MAPPING_END : FYET_SEQUENCE_END);
        yk_status status = YK_OK;
        if (map && !end && n == KEYS_MAX)
            status =
                YK_RECIPE_ERROR("%s:%d:%d: a map of more than %d keys", r->file, node->line, node->column, KEYS_MAX);
        else if (map && !end)
            status = read_pair(r, event, depth, node, &tail);
        else if (!end && (status = read_value(r, event, depth, tail)) == YK_OK)
            tail = &(*tail)->next;
        fy_parser_event_free(r->parser, event);
        if (end || status != YK_OK)
            return status;
    }
}

/* Reads the value that begins with `event`. */
static yk_status read_value(reader *r, struct fy_event *event, int depth, yk_yaml **out)
{
    yk_status status = YK_OK;
    yk_yaml *node = NULL;
    yk_node_kind kind = event->type == FYET_MAPPING_START    ? YK_NODE_MAP
                        : event->type == FYET_SEQUENCE_START ? YK_NODE_LIST
                                                             : YK_NODE_SCALAR;
    int line, column;
    place_of(r, event, &line, &column);
    YK_CHECK(event->type != FYET_ALIAS && !fy_event_get_anchor_token(event), YK_ERR_RECIPE,
             "%s:%d:%d: anchors (&name) and aliases (*name) are not read; quote the text, or use `blocks:` to repeat "
             "layers",
             r->file, line, column);
    YK_CHECK(!fy_event_get_tag_token(event), YK_ERR_RECIPE, "%s:%d:%d: tags (!name) are not read; quote the text",
             r->file, line, column);
    YK_CHECK(depth <= DEPTH_MAX, YK_ERR_RECIPE, "%s:%d:%d: more than %d levels of lists and maps", r->file, line,
             column, DEPTH_MAX);
    YK_TRY(yk_yaml_make(&node, kind, NULL, NULL));
    node->file = r->file;
    node->line = line;
    node->column = column;
    if (kind == YK_NODE_SCALAR)
        YK_TRY_GOTO(scalar_text(r, event, &node->text), fail);
    else
        YK_TRY_GOTO(read_children(r, node, depth + 1), fail);
    const yk_yaml *first = kind == YK_NODE_MAP ? node->child : NULL;
    if (first && first->key_line == line && first->key_column < column) /* [a: 1]: the library's mark is behind `a:` */
        node->column = first->key_column;
    *out = node;
    return YK_OK;
fail:
    yk_yaml_destroy(&node);
    return status;
}

/* Reads the only document; an empty text gives an empty scalar. */
static yk_status read_document(reader *r, yk_yaml **out)
{
    for (;;) {
        struct fy_event *event = NULL;
        YK_TRY(next_event(r, &event));
        enum fy_event_type type = event->type;
        int line, column;
        place_of(r, event, &line, &column);
        yk_status status = YK_OK;
        if (type != FYET_STREAM_START && type != FYET_STREAM_END && type != FYET_DOCUMENT_START &&
            type != FYET_DOCUMENT_END)
            status = read_value(r, event, 1, out);
        else if (type == FYET_DOCUMENT_START && *out)
            status = YK_RECIPE_ERROR("%s:%d:%d: a second document; one file holds one recipe", r->file, line, column);
        fy_parser_event_free(r->parser, event);
        YK_TRY(status);
        if (type == FYET_STREAM_END)
            break;
    }
    if (!*out)
        YK_TRY(yk_yaml_make(out, YK_NODE_SCALAR, NULL, ""));
    return YK_OK;
}

yk_status yk_yaml_parse(yk_yaml **out, const char *name, const char *text)
{
    yk_status status = YK_OK;
    struct fy_diag_cfg diag;
    reader r = { .line = 1, .column = 1 };
    yk_yaml *root = NULL;
    char *file = NULL;
    *out = NULL;
    YK_TRY(check_text(name, text));
    YK_TRY(yk_strdup(&file, name));
    r.file = file;
    fy_diag_cfg_default(&diag);
    diag.fp = NULL; /* nothing is printed: errors are collected */
    r.diag = fy_diag_create(&diag);
    YK_CHECK_GOTO(r.diag, done, YK_ERR_NOMEM, "no memory to read %s", name);
    fy_diag_set_collect_errors(r.diag, true);
    r.parser = fy_parser_create(&(struct fy_parse_cfg){ .search_path = "", .flags = FYPCF_JSON_NONE, .diag = r.diag });
    YK_CHECK_GOTO(r.parser && fy_parser_set_string(r.parser, text, strlen(text)) == 0, done, YK_ERR_NOMEM,
                  "no memory to read %s", name);
    YK_TRY_GOTO(read_document(&r, &root), done);
    root->file = root->source = file;
    file = NULL;
    if (root->line == 0)
        root->line = root->column = 1;
    *out = root;
    root = NULL;
done:
    yk_yaml_destroy(&root);
    fy_parser_destroy(r.parser);
    fy_diag_destroy(r.diag);
    yk_free(file);
    return status;
}
