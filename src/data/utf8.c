/* SPDX-License-Identifier: Apache-2.0 */
#include "data/utf8.h"

#include <string.h>

int32_t yk_utf8_decode(const unsigned char *p, int64_t left, int *bytes)
{
    static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const int n = p[0] < 0x80                   ? 1
                  : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                  : (p[0] & 0xf0) == 0xe0       ? 3
                  : (p[0] & 0xf8) == 0xf0       ? 4
                                                : 0;
    int32_t code = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
    *bytes = 0;
    if (n == 0 || n > left)
        return 0;
    for (int i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least[n] || code >= YK_UTF8_CODES || (code >= 0xd800 && code < 0xe000))
        return 0;
    *bytes = n;
    return code;
}

int yk_utf8_encode(int32_t code, char out[8])
{
    const int n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    memset(out, 0, 8);
    for (int i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(n == 1 ? code : (0xf0 << (4 - n) & 0xff) | code);
    return n;
}
