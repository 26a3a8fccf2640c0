/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary of a text: part of the recipe as run (`data.text`), so that a checkpoint can write and read it. */
#ifndef YK_TRAIN_TEXT_H
#define YK_TRAIN_TEXT_H

#include "model/recipe.h"

/** Where the recipe's model takes tokens and its training data have a vocabulary of single characters or bytes: what
 *  yk_recipe_set() needs to make it the recipe's `data.text`; else NULL. Release with yk_free(). x: shape of a sample.
 */
YK_MUST_CHECK yk_status yk_text_find(const yk_recipe *recipe, const yk_shape *x, char **setting);

/** Tokens and their characters. */
typedef struct yk_vocabulary {
    int64_t n;
    const char **word; /**< where token i is in the recipe's text, and its bytes; NULL: bytes are tokens */
    int *bytes;
} yk_vocabulary;

/** That of a recipe, whose text it borrows. YK_ERR_DATA: it has none. */
YK_MUST_CHECK yk_status yk_vocabulary_create(yk_vocabulary *out, const yk_recipe *recipe);
void yk_vocabulary_destroy(yk_vocabulary *vocabulary);

/** The token at the beginning of `text`, and its bytes; -1: none is. */
int64_t yk_vocabulary_find(const yk_vocabulary *vocabulary, const char *text, int *bytes);

/** A token as text, and its bytes. */
const char *yk_vocabulary_text(const yk_vocabulary *vocabulary, int64_t token, char room[1], size_t *bytes);

#endif
