/* SPDX-License-Identifier: Apache-2.0 */
/* Typos. The distance of two names is the number of letters to insert, delete, replace or swap with their neighbour
 * (optimal string alignment); capital and small letters are the same. */
#include "core/option.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_LETTERS 63

static int letter(char c)
{
    return tolower((unsigned char)c);
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Three rows of the table d[i][j] = distance of the first i letters of a and the first j of b. */
static int distance(const char *a, int na, const char *b, int nb)
{
    int rows[3][NAME_MAX_LETTERS + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= nb; j++)
        row[j] = j;
    for (int i = 1; i <= na; i++) {
        int *free_row = before;
        before = above;
        above = row;
        row = free_row;
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int differs = letter(a[i - 1]) != letter(b[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + differs);
            if (i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) && letter(a[i - 2]) == letter(b[j - 1]) &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
    }
    return row[nb];
}

const char *yk_nearest(const char *name, const char *const *names, int n)
{
    size_t length = strlen(name);
    if (length > NAME_MAX_LETTERS)
        return NULL;
    const char *best = NULL;
    int limit = length > 3 ? (int)length / 3 : 1;
    for (int i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        if (other > NAME_MAX_LETTERS)
            continue;
        int d = distance(name, (int)length, names[i], (int)other);
        if (d <= limit) {
            best = names[i];
            limit = d - 1; /* only a nearer one replaces it */
        }
    }
    return best;
}
