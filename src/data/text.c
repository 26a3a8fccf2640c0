/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of text for models of the next character: windows of T tokens, x (N, T), and y (N, T), the token that
 * follows each. Tokens are the characters (code points of UTF-8) that the text has, in their order, or bytes. Windows
 * follow each other without a gap, and parts of a split are neighbours: only the last y of a part is the first token of
 * the next. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/importers.h"
#include "data/move.h"
#include "data/parts.h"
#include "data/unpack.h"
#include "data/utf8.h"

#define CODES YK_UTF8_CODES
#define PIECE_BYTES ((int64_t)1 << 20)
enum { CHARACTERS, BYTES };

typedef struct text_opts {
    int64_t length;
    int unit;
    char split[YK_OPT_TEXT_MAX], vocabulary[YK_OPT_TEXT_MAX];
} text_opts;

static const yk_option options[] = {
    { "length", YK_OPT_INT, offsetof(text_opts, length), "64", 1, 1e6, NULL, "tokens of a window" },
    { "unit", YK_OPT_CHOICE, offsetof(text_opts, unit), "characters", 0, 0, "characters bytes", "what a token is" },
    { "split", YK_OPT_TEXT, offsetof(text_opts, split), "", 0, 0, NULL,
      "shares of /train, /dev and /test, as 0.8,0.1,0.1, in the order of the text" },
    { "vocabulary", YK_OPT_TEXT, offsetof(text_opts, vocabulary), "", 0, 0, NULL,
      "FILE.h5:/SPLIT whose vocabulary is taken; a character that it has not is an error" },
    { 0 }
};

typedef struct job {
    const char *file;
    const text_opts *o;
    char *data;
    int64_t bytes, n; /* tokens */
    int32_t *token;   /* [n] code points, then indices of the vocabulary */
    int32_t *index;   /* [CODES] index of a code point, -1: none */
    char (*word)[8];  /* [words] the vocabulary as text */
    int64_t words;
    yk_parts parts;
    yk_datawriter *writer;
} job;

static int64_t line_of(const job *j, int64_t at)
{
    int64_t line = 1;
    for (int64_t i = 0; i < at; i++)
        line += j->data[i] == '\n';
    return line;
}

/* The text as code points. */
static yk_status read_characters(job *j)
{
    const unsigned char *p = (const unsigned char *)j->data;
    int64_t at = j->bytes >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* byte-order mark */
    int bytes;
    for (; at < j->bytes; at += bytes) {
        const int32_t code = yk_utf8_decode(p + at, j->bytes - at, &bytes);
        YK_CHECK(bytes > 0 && code > 0, YK_ERR_DATA,
                 "%s:%" PRId64 ": byte %" PRId64 " (%02x) is not UTF-8 text; --unit bytes takes any file", j->file,
                 line_of(j, at), at, p[at]);
        j->token[j->n++] = code;
    }
    return YK_OK;
}

/* The vocabulary of another file into j->index and j->word. */
static yk_status take_vocabulary(job *j)
{
    yk_status status = YK_OK;
    yk_datafile *file;
    char *block = NULL;
    const char **name = NULL;
    int64_t n;
    int bytes;
    YK_TRY(yk_datafile_open(&file, j->o->vocabulary));
    YK_TRY_GOTO(yk_datafile_strings(file, "x", "vocabulary", &block, &n), done);
    YK_CHECK_GOTO(n > 0, done, YK_ERR_DATA, "%s: x has no attribute \"vocabulary\"", j->o->vocabulary);
    YK_TRY_GOTO(yk_block_pointers(block, n, &name), done);
    for (int64_t i = 0; i < n; i++) {
        const int64_t length = (int64_t)strlen(name[i]);
        const int32_t code = length ? yk_utf8_decode((const unsigned char *)name[i], length, &bytes) : 0;
        YK_CHECK_GOTO(code > 0 && bytes == length && j->index[code] < 0 && j->words < YK_NAMES_MAX, done, YK_ERR_DATA,
                      "%s: \"%.20s\" in its vocabulary is no single character", j->o->vocabulary, name[i]);
        j->index[code] = (int32_t)j->words;
        yk_utf8_encode(code, j->word[j->words++]);
    }
done:
    yk_free(name);
    yk_free(block);
    yk_datafile_close(&file);
    return status;
}

/* The characters that occur, in the order of their code points. */
static yk_status make_vocabulary(job *j)
{
    for (int64_t i = 0; i < j->n; i++)
        j->index[j->token[i]] = 0;
    for (int32_t code = 0; code < CODES; code++)
        if (j->index[code] == 0) {
            YK_CHECK(j->words < YK_NAMES_MAX, YK_ERR_DATA,
                     "%s: has more than %d different characters; --unit bytes has 256", j->file, YK_NAMES_MAX);
            j->index[code] = (int32_t)j->words;
            yk_utf8_encode(code, j->word[j->words++]);
        }
    return YK_OK;
}

static yk_status index_characters(job *j)
{
    YK_TRY(read_characters(j));
    YK_TRY(yk_alloc(&j->index, CODES, sizeof *j->index));
    memset(j->index, 0xff, CODES * sizeof *j->index);
    if (j->o->vocabulary[0])
        YK_TRY(take_vocabulary(j));
    else
        YK_TRY(make_vocabulary(j));
    for (int64_t i = 0; i < j->n; i++) {
        const int32_t code = j->token[i];
        char text[8];
        yk_utf8_encode(code, text);
        YK_CHECK(j->index[code] >= 0, YK_ERR_DATA, "%s: character %" PRId64 ", \"%s\", is not in the vocabulary of %s",
                 j->file, i, text, j->o->vocabulary);
        j->token[i] = j->index[code];
    }
    return YK_OK;
}

/* Bytes are their own numbers; in the vocabulary stands what can be printed, "\x0a" for the rest. */
static yk_status index_bytes(job *j)
{
    YK_CHECK(!j->o->vocabulary[0], YK_ERR_ARG, "--vocabulary is for characters; all bytes have the same one");
    for (int64_t i = 0; i < j->bytes; i++)
        j->token[i] = (unsigned char)j->data[i];
    j->n = j->bytes;
    for (j->words = 0; j->words < 256; j->words++)
        snprintf(j->word[j->words], 8, j->words >= 0x20 && j->words < 0x7f ? "%c" : "\\x%02x", (int)j->words);
    return YK_OK;
}

static yk_status read_text(job *j)
{
    YK_TRY(yk_unpack_all(j->file, &j->data, &j->bytes));
    YK_TRY(yk_alloc(&j->token, j->bytes, sizeof *j->token));
    YK_TRY(yk_alloc(&j->word, YK_NAMES_MAX, sizeof *j->word));
    YK_TRY(j->o->unit == BYTES ? index_bytes(j) : index_characters(j));
    YK_CHECK(j->n > j->o->length, YK_ERR_DATA,
             "%s: has %" PRId64 " tokens; a window of --length %" PRId64 " needs %" PRId64, j->file, j->n, j->o->length,
             j->o->length + 1);
    return YK_OK;
}

/* Tokens first, first+1, ... as bytes or 16 bits. */
static void store(const job *j, int64_t first, int64_t n, void *out)
{
    for (int64_t i = 0; i < n; i++)
        if (j->words <= 256)
            ((uint8_t *)out)[i] = (uint8_t)j->token[first + i];
        else
            ((uint16_t *)out)[i] = (uint16_t)j->token[first + i];
}

/* The windows of one part, which begins at token `from`. */
static yk_status write_part(job *j, int p, int64_t from, const char *const *names, void *piece)
{
    static const char *const fields[] = { "x", "y" };
    const int64_t n = j->parts.part[p].count, length = j->o->length;
    const int64_t rows = yk_max(1, PIECE_BYTES / (2 * length));
    const yk_dtype dtype = j->words <= 256 ? YK_U8 : YK_U16;
    YK_TRY(yk_parts_enter(&j->parts, p, &j->writer));
    for (int f = 0; f < 2; f++) {
        YK_TRY(yk_datawriter_field(j->writer, fields[f], &(yk_tensor){ dtype, yk_shape_of(2, n, length), NULL }));
        YK_TRY(yk_datawriter_strings(j->writer, fields[f], "vocabulary", j->words, names));
        for (int64_t at = 0; at < n; at += rows) {
            const int64_t now = yk_min(rows, n - at);
            store(j, from + at * length + f, now * length, piece); /* y is one token on */
            YK_TRY(yk_datawriter_rows(j->writer, fields[f], at, now, piece));
        }
    }
    return YK_OK;
}

static yk_status write_all(job *j, const char *out)
{
    yk_status status = YK_OK;
    const int64_t length = j->o->length;
    const char **names = NULL;
    void *piece = NULL;
    int64_t from = 0;
    YK_TRY(yk_parts_make(&j->parts, out, j->o->split, (j->n - 1) / length, false, 0));
    YK_TRY_GOTO(yk_alloc(&names, j->words, sizeof *names), done);
    YK_TRY_GOTO(yk_alloc(&piece, yk_max(1, PIECE_BYTES / (2 * length)) * length, 2), done);
    for (int64_t i = 0; i < j->words; i++)
        names[i] = j->word[i];
    for (int p = 0; p < j->parts.n; from += j->parts.part[p++].count * length)
        YK_TRY_GOTO(write_part(j, p, from, names, piece), done);
    YK_TRY_GOTO(yk_datawriter_commit(&j->writer), done);
done:
    yk_free(piece);
    yk_free(names);
    return status;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    (void)n;
    job j = { .file = files[0], .o = opts };
    yk_status status = read_text(&j);
    if (status == YK_OK)
        status = write_all(&j, out);
    yk_datawriter_discard(&j.writer);
    yk_parts_free(&j.parts);
    yk_free(j.data);
    yk_free(j.token);
    yk_free(j.index);
    yk_free(j.word);
    return status;
}

const yk_importer yk_importer_text = {
    .name = "text",
    .kind = YK_IMPORT,
    .doc = "text, plain or gzip, as windows of characters or bytes: x (N, T), and y the next at each place",
    .usage = "FILE",
    .least = 1,
    .most = 1,
    .opts_size = sizeof(text_opts),
    .opts = options,
    .run = run,
};
