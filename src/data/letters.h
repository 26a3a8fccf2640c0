/* SPDX-License-Identifier: Apache-2.0 */
/* Small letters for pictures: ASCII, 5 x 9 dots each (7 above the line, 2 below), 6 dots apart. */
#ifndef YK_DATA_LETTERS_H
#define YK_DATA_LETTERS_H

#include "data/picture.h"

#define YK_LETTER_STEP 6
#define YK_LETTER_HEIGHT 9

/** Signs of a text of UTF-8: what is not ASCII counts one a code point, and is drawn as a frame. */
int64_t yk_letters_count(const char *text);

/** Draws the first `count` signs, their upper left corner at (x, y), dots of scale x scale pixels; what lies outside of
 *  the picture is left out. */
void yk_letters_draw(yk_picture *picture, int64_t x, int64_t y, int scale, const char *text, int64_t count,
                     unsigned char ink);

#endif
