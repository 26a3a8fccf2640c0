/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of handwritten-like digits, made of strokes. A picture is a function of (key, sample, digit), and its bytes
 * are the same on every machine. */
#ifndef YK_DATA_GLYPHS_H
#define YK_DATA_GLYPHS_H

#include "core/philox.h"

#define YK_GLYPH_SIDE 28

/** Draws digit 0 .. 9 into a square of bytes, 255 the ink. */
void yk_glyph_draw(yk_key key, int64_t sample, int digit, uint8_t out[YK_GLYPH_SIDE * YK_GLYPH_SIDE]);

#endif
