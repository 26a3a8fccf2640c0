/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of sentences for models of words: a line of the file is a sample, its label one field of it. x (N, T) are
 * words as numbers, 0 behind the last (padding), 1 where a word is not in the vocabulary; y (N) are classes. The
 * vocabulary has the frequent words first, equally frequent ones sorted by bytes; the attribute `words` of x holds it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/distinct.h"
#include "data/importers.h"
#include "data/move.h"
#include "data/parts.h"
#include "data/unpack.h"
#include "data/utf8.h"

#define PIECE_BYTES ((int64_t)1 << 20)
#define PADDING "[PAD]"
#define UNKNOWN "[UNK]"
enum { FIRST, LAST, NONE };
enum { LOWER, STRIP, AS_IS };
enum { SPECIAL = 2 }; /* padding and unknown */

typedef struct sentences_opts {
    int64_t length, most, least, seed;
    int label, words;
    bool latin1;
    char split[YK_OPT_TEXT_MAX], vocabulary[YK_OPT_TEXT_MAX];
} sentences_opts;

static const yk_option options[] = {
    { "length", YK_OPT_INT, offsetof(sentences_opts, length), "0", 0, 1e6, NULL,
      "words of a sample: shorter sentences are padded with 0, longer ones lose their end (0: as the longest)" },
    { "label", YK_OPT_CHOICE, offsetof(sentences_opts, label), "first", 0, 0, "first last none",
      "which field of a line is its class" },
    { "words", YK_OPT_CHOICE, offsetof(sentences_opts, words), "lower", 0, 0, "lower strip as_is",
      "A-Z become a-z; and punctuation is left out; or words stay as they are" },
    { "most", YK_OPT_INT, offsetof(sentences_opts, most), "0", 0, INT32_MAX, NULL,
      "size of the vocabulary at most, padding and unknown included (0: any)" },
    { "least", YK_OPT_INT, offsetof(sentences_opts, least), "1", 1, INT32_MAX, NULL,
      "how often a word must occur to be in the vocabulary" },
    { "latin1", YK_OPT_BOOL, offsetof(sentences_opts, latin1), "false", 0, 0, NULL,
      "the file is ISO-8859-1 (else UTF-8)" },
    { "split", YK_OPT_TEXT, offsetof(sentences_opts, split), "", 0, 0, NULL,
      "shares of /train, /dev and /test, as 0.8,0.1,0.1; the vocabulary is that of the first" },
    { "seed", YK_OPT_INT, offsetof(sentences_opts, seed), "1", 0, -1, NULL, "which samples --split puts where" },
    { "vocabulary", YK_OPT_TEXT, offsetof(sentences_opts, vocabulary), "", 0, 0, NULL,
      "FILE.h5:/SPLIT whose words, classes and length are taken" },
    { 0 }
};

typedef struct sentence {
    yk_cell label;
    int64_t line, first, n; /* its words: job.word[first], ... */
} sentence;

typedef struct job {
    const char *file;
    const sentences_opts *o;
    char *data;
    int64_t bytes, n, words, length;
    sentence *sentence;
    yk_cell *word;                 /* of all sentences, one after the other */
    char *old_words, *old_classes; /* of --vocabulary */
    yk_cell *old;                  /* the same as cells: words, then classes */
    yk_distinct vocabulary, classes;
    int64_t *number;   /* of the vocabulary's words, ... */
    const char **name; /* ... and their texts by number, padding and unknown first */
    int64_t names;
    int64_t *class; /* likewise: the number of each of `classes` */
    const char **class_name;
    yk_parts parts;
    yk_datawriter *writer;
} job;

/* --- reading */

static yk_status to_utf8(job *j)
{
    char *out, *at;
    YK_CHECK(memchr(j->data, '\0', (size_t)j->bytes) == NULL, YK_ERR_DATA, "%s: has zero bytes: no text", j->file);
    YK_TRY(yk_alloc(&out, 2 * j->bytes + 8, 1));
    at = out;
    for (int64_t i = 0; i < j->bytes; i++)
        at += yk_utf8_encode((unsigned char)j->data[i], at);
    *at = '\0';
    yk_free(j->data);
    j->data = out;
    j->bytes = at - out;
    return YK_OK;
}

static yk_status check_utf8(const job *j)
{
    int64_t line = 1;
    int bytes;
    for (int64_t at = 0; at < j->bytes; at += bytes) {
        const int32_t code = yk_utf8_decode((const unsigned char *)j->data + at, j->bytes - at, &bytes);
        YK_CHECK(bytes > 0 && code > 0, YK_ERR_DATA,
                 "%s:%" PRId64 ": byte %" PRId64 " (%02x) is not UTF-8 text; --latin1 reads ISO-8859-1", j->file, line,
                 at, (unsigned char)j->data[at]);
        line += code == '\n';
    }
    return YK_OK;
}

/* A word as the vocabulary has it, in its own place; its length, 0: nothing is left. */
static int64_t standardize(const job *j, char *word, int64_t length)
{
    int64_t n = 0;
    for (int64_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)word[i];
        const bool letter = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (letter || j->o->words != STRIP)
            word[n++] = (char)(j->o->words != AS_IS && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    word[n] = '\0';
    return n;
}

/* The next field of a line that ends in '\0': cuts it off; NULL: there is none. */
static char *next_field(char **at, int64_t *length)
{
    char *field = *at + strspn(*at, " \t\r\v\f");
    *length = (int64_t)strcspn(field, " \t\r\v\f");
    *at = field + *length;
    if (**at)
        *(*at)++ = '\0';
    return *length ? field : NULL;
}

static yk_status read_line(job *j, char *line, int64_t number)
{
    sentence *s = &j->sentence[j->n];
    int64_t length;
    char *field = NULL, *at = line;
    *s = (sentence){ .line = number, .first = j->words };
    if (j->o->label == FIRST && (field = next_field(&at, &length)))
        s->label = (yk_cell){ field, length };
    char *last = NULL;
    int64_t last_length = 0;
    while ((field = next_field(&at, &length))) {
        if (j->o->label == LAST) { /* a field is a word when another one follows */
            char *word = last;
            const int64_t word_length = last_length;
            last = field, last_length = length;
            field = word, length = word_length;
        }
        if (field && (length = standardize(j, field, length)) > 0)
            j->word[j->words++] = (yk_cell){ field, length };
    }
    if (j->o->label == LAST)
        s->label = (yk_cell){ last, last_length };
    s->n = j->words - s->first;
    if (s->n == 0 && !s->label.text) /* an empty line */
        return YK_OK;
    YK_CHECK(s->n > 0, YK_ERR_DATA, "%s:%" PRId64 ": has no words%s", j->file, number,
             s->label.text ? " beside its label" : "");
    j->n++;
    return YK_OK;
}

static yk_status read_sentences(job *j)
{
    int64_t lines = 1, line = 1;
    YK_TRY(yk_unpack_all(j->file, &j->data, &j->bytes));
    YK_TRY(j->o->latin1 ? to_utf8(j) : check_utf8(j));
    for (int64_t i = 0; i < j->bytes; i++)
        lines += j->data[i] == '\n';
    YK_TRY(yk_alloc(&j->sentence, lines, sizeof *j->sentence));
    YK_TRY(yk_alloc(&j->word, j->bytes / 2 + 1, sizeof *j->word));
    char *at = j->bytes >= 3 && memcmp(j->data, "\xef\xbb\xbf", 3) == 0 ? j->data + 3 : j->data; /* byte-order mark */
    for (char *end; *at; at = end, line++) {
        end = at + strcspn(at, "\n");
        if (*end)
            *end++ = '\0';
        YK_TRY(read_line(j, at, line));
    }
    YK_CHECK(j->n > 0, YK_ERR_DATA, "%s: has no sentences", j->file);
    return YK_OK;
}

/* --- vocabulary and classes: made, or taken from another file */

typedef struct counted {
    const yk_cell *word;
    int64_t index, count; /* in the set; occurrences */
} counted;

static int frequent_first(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->word->text, y->word->text);
}

/* Sentences of the first part count. */
static bool counts(const job *j, int64_t s)
{
    return !j->parts.owner || j->parts.owner[s] == 0;
}

static yk_status count_words(job *j, counted **out)
{
    for (int64_t s = 0; s < j->n; s++)
        for (int64_t i = 0; counts(j, s) && i < j->sentence[s].n; i++)
            YK_TRY(yk_distinct_add(&j->vocabulary, &j->word[j->sentence[s].first + i]));
    YK_TRY(yk_alloc(out, j->vocabulary.n, sizeof **out));
    for (int64_t i = 0; i < j->vocabulary.n; i++)
        (*out)[i] = (counted){ j->vocabulary.cell[i], i, 0 };
    for (int64_t s = 0; s < j->n; s++)
        for (int64_t i = 0; counts(j, s) && i < j->sentence[s].n; i++)
            (*out)[yk_distinct_find(&j->vocabulary, &j->word[j->sentence[s].first + i])].count++;
    qsort(*out, (size_t)j->vocabulary.n, sizeof **out, frequent_first);
    return YK_OK;
}

static yk_status make_vocabulary(job *j)
{
    yk_status status = YK_OK;
    counted *c = NULL;
    YK_TRY_GOTO(count_words(j, &c), done);
    const int64_t most = j->o->most ? j->o->most : INT32_MAX;
    YK_TRY_GOTO(yk_alloc(&j->number, j->vocabulary.n, sizeof *j->number), done);
    YK_TRY_GOTO(yk_alloc(&j->name, SPECIAL + j->vocabulary.n, sizeof *j->name), done);
    j->name[j->names++] = PADDING;
    j->name[j->names++] = UNKNOWN;
    for (int64_t i = 0; i < j->vocabulary.n; i++) {
        const bool in = c[i].count >= j->o->least && j->names < most;
        j->number[c[i].index] = in ? j->names : 1;
        if (in)
            j->name[j->names++] = c[i].word->text;
    }
done:
    yk_free(c);
    return status;
}

/* Classes that are all whole numbers are sorted by value, others by bytes. */
static int by_text(const void *a, const void *b)
{
    return strcmp((*(const yk_cell *const *)a)->text, (*(const yk_cell *const *)b)->text);
}

static int by_value(const void *a, const void *b)
{
    const long long x = strtoll((*(const yk_cell *const *)a)->text, NULL, 10),
                    y = strtoll((*(const yk_cell *const *)b)->text, NULL, 10);
    return x != y ? (x > y) - (x < y) : by_text(a, b);
}

static bool is_whole(const char *text)
{
    text += *text == '-';
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 18 && text[digits] == '\0';
}

static yk_status make_classes(job *j)
{
    bool whole = true;
    const yk_cell **sorted;
    for (int64_t s = 0; s < j->n; s++) {
        YK_TRY(yk_distinct_add(&j->classes, &j->sentence[s].label));
        whole = whole && is_whole(j->sentence[s].label.text);
    }
    const int64_t n = j->classes.n;
    YK_CHECK(n <= YK_NAMES_MAX, YK_ERR_DATA,
             "%s: has %" PRId64 " different labels, as \"%.40s\" of line %" PRId64
             "; where no field is a label: --label none",
             j->file, n, j->sentence[0].label.text, j->sentence[0].line);
    YK_TRY(yk_alloc(&sorted, n, sizeof *sorted));
    memcpy(sorted, j->classes.cell, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, whole ? by_value : by_text);
    yk_status status = yk_alloc(&j->class, n, sizeof *j->class);
    if (status == YK_OK)
        status = yk_alloc(&j->class_name, n, sizeof *j->class_name);
    for (int64_t i = 0; status == YK_OK && i < n; i++) {
        j->class_name[i] = sorted[i]->text;
        j->class[yk_distinct_find(&j->classes, sorted[i])] = i;
    }
    yk_free(sorted);
    return status;
}

/* n strings of a block as members of a set, each with its number. */
static yk_status take(char *block, int64_t n, yk_cell *cell, yk_distinct *set, int64_t **number, const char ***name)
{
    YK_TRY(yk_alloc(number, n, sizeof **number));
    YK_TRY(yk_alloc(name, n, sizeof **name));
    for (int64_t i = 0; i < n; i++, block += cell[i - 1].length + 1) {
        cell[i] = (yk_cell){ block, (int64_t)strlen(block) };
        (*name)[i] = block;
        const int64_t before = set->n;
        YK_TRY(yk_distinct_add(set, &cell[i]));
        if (set->n > before)
            (*number)[before] = i;
    }
    return YK_OK;
}

static yk_status take_from(job *j, yk_datafile *file)
{
    const char *spec = j->o->vocabulary;
    yk_field x;
    int64_t n, classes = 0;
    YK_TRY(yk_datafile_field(file, "x", &x));
    YK_TRY(yk_datafile_strings(file, "x", "words", &j->old_words, &n));
    YK_CHECK(n >= SPECIAL && x.shape.ndim == 2, YK_ERR_DATA, "%s: x has no attribute \"words\": no import of sentences",
             spec);
    if (j->o->label != NONE) {
        YK_TRY(yk_datafile_classes(file, "y", &j->old_classes, &classes));
        YK_CHECK(classes > 0, YK_ERR_DATA, "%s: y has no classes; --label none leaves labels out", spec);
    }
    if (j->length == 0)
        j->length = x.shape.dim[1];
    YK_TRY(yk_alloc(&j->old, n + classes, sizeof *j->old));
    YK_TRY(take(j->old_words, n, j->old, &j->vocabulary, &j->number, &j->name));
    j->names = n;
    YK_TRY(take(j->old_classes, classes, j->old + n, &j->classes, &j->class, &j->class_name));
    for (int64_t s = 0; classes && s < j->n; s++)
        YK_CHECK(yk_distinct_find(&j->classes, &j->sentence[s].label) >= 0, YK_ERR_DATA,
                 "%s:%" PRId64 ": label \"%.40s\" is no class of %s", j->file, j->sentence[s].line,
                 j->sentence[s].label.text, spec);
    return YK_OK;
}

static yk_status make_names(job *j)
{
    j->length = j->o->length;
    if (j->o->vocabulary[0]) {
        yk_datafile *file;
        YK_CHECK(!j->o->most && j->o->least == 1, YK_ERR_ARG,
                 "--most and --least make a vocabulary; --vocabulary takes one");
        YK_TRY(yk_datafile_open(&file, j->o->vocabulary));
        yk_status status = take_from(j, file);
        yk_datafile_close(&file);
        return status;
    }
    for (int64_t s = 0; j->o->length == 0 && s < j->n; s++)
        j->length = yk_max(j->length, j->sentence[s].n);
    YK_TRY(make_vocabulary(j));
    return j->o->label == NONE ? YK_OK : make_classes(j);
}

/* --- writing */

/* The words of a sentence as one row. */
static void store(const job *j, const sentence *s, void *row, yk_dtype dtype)
{
    for (int64_t i = 0; i < j->length; i++) {
        const int64_t at = i < s->n ? yk_distinct_find(&j->vocabulary, &j->word[s->first + i]) : -1;
        const int64_t number = i >= s->n ? 0 : at < 0 ? 1 : j->number[at];
        if (dtype == YK_U16)
            ((uint16_t *)row)[i] = (uint16_t)number;
        else
            ((int32_t *)row)[i] = (int32_t)number;
    }
}

static yk_status write_part(job *j, int p, const int64_t *row, char *piece, int32_t *label, int64_t rows)
{
    const yk_dtype dtype = j->names <= 1 << 16 ? YK_U16 : YK_I32;
    const int64_t n = j->parts.part[p].count, bytes = j->length * yk_dtype_size(dtype);
    const bool labelled = j->o->label != NONE;
    YK_TRY(yk_parts_enter(&j->parts, p, &j->writer));
    YK_TRY(yk_datawriter_field(j->writer, "x", &(yk_tensor){ dtype, yk_shape_of(2, n, j->length), NULL }));
    YK_TRY(yk_datawriter_strings(j->writer, "x", "words", j->names, j->name));
    if (labelled) {
        YK_TRY(yk_datawriter_field(j->writer, "y", &(yk_tensor){ YK_I32, yk_shape_of(1, n), NULL }));
        YK_TRY(yk_datawriter_classes(j->writer, "y", j->classes.n, j->class_name));
    }
    for (int64_t at = 0, now; at < n; at += now) {
        now = yk_min(rows, n - at);
        for (int64_t i = 0; i < now; i++) {
            const sentence *s = &j->sentence[row[at + i]];
            store(j, s, piece + i * bytes, dtype);
            if (labelled)
                label[i] = (int32_t)j->class[yk_distinct_find(&j->classes, &s->label)];
        }
        YK_TRY(yk_datawriter_rows(j->writer, "x", at, now, piece));
        if (labelled)
            YK_TRY(yk_datawriter_rows(j->writer, "y", at, now, label));
    }
    return YK_OK;
}

static yk_status write_all(job *j)
{
    yk_status status = YK_OK;
    const int64_t rows = yk_max(1, PIECE_BYTES / (4 * j->length));
    char *piece = NULL;
    int32_t *label = NULL;
    int64_t *row = NULL;
    YK_TRY_GOTO(yk_alloc(&piece, rows * j->length, 4), done);
    YK_TRY_GOTO(yk_alloc(&label, rows, sizeof *label), done);
    YK_TRY_GOTO(yk_alloc(&row, j->n, sizeof *row), done);
    for (int p = 0; p < j->parts.n; p++) {
        for (int64_t s = 0, n = 0; s < j->n; s++)
            if (!j->parts.owner || j->parts.owner[s] == p)
                row[n++] = s;
        YK_TRY_GOTO(write_part(j, p, row, piece, label, rows), done);
    }
    YK_TRY_GOTO(yk_datawriter_commit(&j->writer), done);
done:
    yk_free(row);
    yk_free(label);
    yk_free(piece);
    return status;
}

static yk_status import(job *j, const char *out)
{
    YK_TRY(read_sentences(j));
    YK_TRY(yk_parts_make(&j->parts, out, j->o->split, j->n, true, (uint64_t)j->o->seed));
    YK_TRY(make_names(j));
    return write_all(j);
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    (void)n;
    job j = { .file = files[0], .o = opts };
    yk_status status = import(&j, out);
    yk_datawriter_discard(&j.writer);
    yk_parts_free(&j.parts);
    yk_distinct_free(&j.vocabulary);
    yk_distinct_free(&j.classes);
    void *blocks[] = { j.data, j.sentence, j.word, j.old_words, j.old_classes,
                       j.old,  j.number,   j.name, j.class,     j.class_name };
    for (int i = 0; i < YK_LEN(blocks); i++)
        yk_free(blocks[i]);
    return status;
}

const yk_importer yk_importer_sentences = {
    .name = "sentences",
    .kind = YK_IMPORT,
    .doc = "lines of words, plain or gzip, each with a label: x (N, T) numbers of words, y classes",
    .usage = "FILE",
    .least = 1,
    .most = 1,
    .opts_size = sizeof(sentences_opts),
    .opts = options,
    .run = run,
};
