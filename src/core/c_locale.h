/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text with a decimal point, whatever the locale of the host program. */
#ifndef YK_CORE_C_LOCALE_H
#define YK_CORE_C_LOCALE_H

#include <locale.h>

/** Switches the calling thread to the C locale; hand both results to yk_c_locale_leave(). */
static inline locale_t yk_c_locale_enter(locale_t *c)
{
    *c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return uselocale(*c);
}

static inline void yk_c_locale_leave(locale_t c, locale_t old)
{
    uselocale(old);
    if (c)
        freelocale(c);
}

#endif
