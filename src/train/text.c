/* SPDX-License-Identifier: Apache-2.0 */
#include "train/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/datafile.h"
#include "io/pattern.h"
#include "train/normal.h"

static const char bytes_name[] = "bytes";
enum { BYTE_VALUES = 256, NEWLINE = 10 };

/* Bytes of the character at `text`, which is UTF-8 and not at its end. */
static int character_bytes(const char *text)
{
    const unsigned char first = (unsigned char)*text;
    const int want = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    int n = 1;
    while (n < want && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Every word one character. */
static bool are_characters(const char *block, int64_t n)
{
    for (const char *word = block; n > 0; n--, word += strlen(word) + 1)
        if (!*word || word[character_bytes(word)])
            return false;
    return true;
}

/* The importer of text shows bytes that cannot be printed as "\x0a". */
static bool are_bytes(const char *block, int64_t n)
{
    const char *word = block;
    for (int i = 0; n == BYTE_VALUES && i < NEWLINE; i++)
        word += strlen(word) + 1;
    return n == BYTE_VALUES && strcmp(word, "\\x0a") == 0;
}

/* As in quotes of YAML: letters, digits and what is not ASCII stand for themselves. */
static size_t quote(const char *block, int64_t n, char *out)
{
    size_t used = 0;
    for (const char *c = block; n > 0; c++) {
        const unsigned char byte = (unsigned char)*c;
        const bool plain =
            byte >= 0x80 || (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
        if (!byte)
            n--;
        else if (plain)
            out[used++] = *c;
        else
            used += (size_t)sprintf(out + used, "\\x%02x", byte);
    }
    out[used] = '\0';
    return used;
}

static yk_status write_setting(int64_t length, const char *block, int64_t n, char **setting)
{
    char *override;
    int64_t size = 0;
    for (int64_t i = 0; i < n; i++)
        size += (int64_t)strlen(block + size) + 1;
    YK_TRY(yk_alloc(&override, 4 * size + 128, 1));
    int used = sprintf(override, "data.text={length: %" PRId64 ", vocabulary: ", length);
    if (are_bytes(block, n)) {
        used += sprintf(override + used, "%s", bytes_name);
    } else {
        override[used++] = '"';
        used += (int)quote(block, n, override + used);
        override[used++] = '"';
    }
    memcpy(override + used, "}", 2);
    *setting = override;
    return YK_OK;
}

yk_status yk_text_find(const yk_recipe *r, const yk_shape *x, char **setting)
{
    yk_datafile *file;
    char *block = NULL;
    int64_t n = 0;
    *setting = NULL;
    if (r->input_dtype != YK_I32 || r->vocabulary || x->ndim != 1 || yk_pattern_is(r->train.file))
        return YK_OK;
    YK_TRY(yk_datafile_open(&file, r->train.file));
    const char *field = yk_source_name(&r->train, "x");
    yk_status status =
        yk_datafile_has(file, field) ? yk_datafile_strings(file, field, "vocabulary", &block, &n) : YK_OK;
    yk_datafile_close(&file);
    if (status == YK_OK && n > 0 && (are_characters(block, n) || are_bytes(block, n)))
        status = write_setting(x->dim[0], block, n, setting);
    yk_free(block);
    return status;
}

yk_status yk_vocabulary_create(yk_vocabulary *out, const yk_recipe *recipe)
{
    *out = (yk_vocabulary){ .n = BYTE_VALUES };
    YK_CHECK(recipe->vocabulary, YK_ERR_DATA,
             "the model has no vocabulary: it was not trained on text that `yoke data import text` made");
    if (strcmp(recipe->vocabulary, bytes_name) == 0)
        return YK_OK;
    const int64_t most = (int64_t)strlen(recipe->vocabulary);
    YK_TRY(yk_alloc(&out->word, most, sizeof *out->word));
    yk_status status = yk_alloc(&out->bytes, most, sizeof *out->bytes);
    out->n = 0;
    for (const char *c = recipe->vocabulary; status == YK_OK && *c; c += out->bytes[out->n++]) {
        out->word[out->n] = c;
        out->bytes[out->n] = character_bytes(c);
    }
    if (status != YK_OK)
        yk_vocabulary_destroy(out);
    return status;
}

void yk_vocabulary_destroy(yk_vocabulary *v)
{
    yk_free(v->word);
    yk_free(v->bytes);
    *v = (yk_vocabulary){ 0 };
}

int64_t yk_vocabulary_find(const yk_vocabulary *v, const char *text, int *bytes)
{
    *bytes = v->word ? character_bytes(text) : 1;
    if (!v->word)
        return (unsigned char)*text;
    for (int64_t i = 0; i < v->n; i++)
        if (v->bytes[i] == *bytes && memcmp(v->word[i], text, (size_t)*bytes) == 0)
            return i;
    return -1;
}

const char *yk_vocabulary_text(const yk_vocabulary *v, int64_t token, char room[1], size_t *bytes)
{
    *bytes = v->word ? (size_t)v->bytes[token] : 1;
    room[0] = (char)token;
    return v->word ? v->word[token] : room;
}
