/* SPDX-License-Identifier: Apache-2.0 */
/* Code points as bytes. Source: RFC 3629. */
#ifndef YK_DATA_UTF8_H
#define YK_DATA_UTF8_H

#include <stdint.h>

#define YK_UTF8_CODES 0x110000 /**< code points */

/** The code point at p, of which `left` bytes may be read, and how many it has; 0 bytes where there is none. */
int32_t yk_utf8_decode(const unsigned char *p, int64_t left, int *bytes);

/** Writes a code point, and zeros behind it; returns its bytes, 1 to 4. */
int yk_utf8_encode(int32_t code, char out[8]);

#endif
