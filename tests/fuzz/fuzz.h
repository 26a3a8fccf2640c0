/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz targets: fuzz_<name>.c gives LLVMFuzzerTestOneInput(), which hands any bytes to one reader of foreign input and
 * must come back: no crash, no leak, no hang, no allocation beyond the bound of run.sh. With clang's libFuzzer they are
 * fuzzers (preset fuzz); in every other build, linked with replay.c, they run the kept inputs of corpus/<name>/. */
#ifndef YK_TESTS_FUZZ_H
#define YK_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Path of `name` in a folder of this process, which is removed at exit; the string is static, four are kept. */
const char *fuzz_path(const char *name);

/** Writes the bytes to fuzz_path(name) and returns that path. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);

/** The bytes as a string (release with free()). */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
