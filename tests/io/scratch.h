/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, and files as bytes. */
#ifndef YK_TESTS_IO_SCRATCH_H
#define YK_TESTS_IO_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH 512

static char scratch[PATH]; /* the folder */

/* Makes the folder; at the end scratch_end() removes it. */
static inline void scratch_begin(void)
{
    snprintf(scratch, sizeof scratch, "%s/yoke-io-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(scratch)) {
        perror(scratch);
        exit(2);
    }
}

static inline void scratch_end(void)
{
    char command[PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0)
        printf("%s is left behind\n", scratch);
}

/* scratch/NAME; valid for the next three calls. */
static inline const char *in_scratch(const char *name)
{
    static char text[4][2 * PATH];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%s/%s", scratch, name);
    return text[next];
}

/* Whole file; *bytes is its length. The caller frees it. NULL where it is not there. */
static inline char *slurp(const char *path, long *bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    *bytes = ftell(f);
    rewind(f);
    char *data = malloc((size_t)*bytes + 1);
    if (!data || fread(data, 1, (size_t)*bytes, f) != (size_t)*bytes)
        exit(2);
    fclose(f);
    return data;
}

static inline void spit(const char *path, const void *data, long bytes)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, (size_t)bytes, f) != (size_t)bytes || fclose(f) != 0) {
        perror(path);
        exit(2);
    }
}

static inline void copy_file(const char *from, const char *to)
{
    long bytes = 0;
    char *data = slurp(from, &bytes);
    if (!data) {
        perror(from);
        exit(2);
    }
    spit(to, data, bytes);
    free(data);
}

static inline int there(const char *path)
{
    return access(path, F_OK) == 0;
}

#endif
