/* SPDX-License-Identifier: Apache-2.0 */
/* The families there are, which of them this CPU can run, and the run's choice. */
#include "kernels/families.h"

#include <stdio.h>
#include <string.h>

#include "core/cpu.h"
#include "core/error.h"
#include "core/num.h"
#include "kernels/roof.h"

extern const yk_kernels yk_portable_table;
yk_roof yk_portable_roof_fma;
#ifdef __x86_64__
extern const yk_kernels yk_avx2_table, yk_avx512_table;
yk_roof yk_avx2_roof_fma, yk_avx512_roof_fma;
#endif
#ifdef __aarch64__
extern const yk_kernels yk_neon_table;
yk_roof yk_neon_roof_fma;
#endif

static bool always(void)
{
    return true;
}

/* Slowest first. openblas is never chosen by itself. */
static const struct {
    const char *name;
    bool (*usable)(void);
    const yk_kernels *table; /* NULL: made from the best vector family */
    yk_roof *roof;
} families[] = {
    { "portable", always, &yk_portable_table, yk_portable_roof_fma },
#ifdef YK_HAVE_OPENBLAS
    { "openblas", always, NULL, NULL },
#endif
#ifdef __x86_64__
    { "avx2", yk_cpu_has_avx2, &yk_avx2_table, yk_avx2_roof_fma },
    { "avx512", yk_cpu_has_avx512, &yk_avx512_table, yk_avx512_roof_fma },
#endif
#ifdef __aarch64__
    { "neon", always, &yk_neon_table, yk_neon_roof_fma },
#endif
};

const yk_kernels *yk_k = &yk_portable_table;

static const yk_kernels *best(void)
{
    int64_t i = YK_LEN(families) - 1;
    while (!families[i].table || !families[i].usable())
        i--;
    return families[i].table;
}

int64_t yk_kernels_roof(int64_t rounds, float y[16])
{
    yk_roof *roof = NULL;
    for (int64_t i = 0; i < YK_LEN(families) && families[i].usable(); i++) {
        roof = families[i].roof ? families[i].roof : roof;
        if (families[i].table == yk_k)
            break;
    }
    return roof(rounds, y);
}

/* "portable, avx2" */
static void list_usable(char *text, size_t size)
{
    const char *name;
    text[0] = '\0';
    for (int i = 0; (name = yk_kernels_usable(i)); i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i ? ", " : "", name);
    }
}

yk_status yk_kernels_choose(const char *family)
{
    char usable[128];
    if (!family || !*family) {
        yk_k = best();
        return YK_OK;
    }
    list_usable(usable, sizeof usable);
    for (int64_t i = 0; i < YK_LEN(families); i++) {
        if (strcmp(families[i].name, family))
            continue;
        YK_CHECK(families[i].usable(), YK_ERR_ARG, "this CPU cannot run the kernel family \"%s\"; it can run %s",
                 family, usable);
        yk_k = families[i].table;
#ifdef YK_HAVE_OPENBLAS
        if (!yk_k)
            yk_k = yk_openblas_table(best());
#endif
        return YK_OK;
    }
    YK_FAIL(YK_ERR_ARG, "no kernel family is called \"%s\"; this CPU can run %s", family, usable);
}

const char *yk_kernels_family(void)
{
    return yk_k->family;
}

const char *yk_kernels_usable(int i)
{
    for (int64_t f = 0; f < YK_LEN(families); f++)
        if (families[f].usable() && i-- == 0)
            return families[f].name;
    return NULL;
}
