/* SPDX-License-Identifier: Apache-2.0 */
/* A test program: a table of named functions run by CUnit. main() is one line: return yk_test_main("core/philox", t);
 */
#ifndef YK_TESTS_TEST_H
#define YK_TESTS_TEST_H

#include <stdio.h>
#include <string.h>
#include <CUnit/CUnit.h>

#define LEN(array) ((int)(sizeof(array) / sizeof(array)[0]))

typedef struct yk_test {
    const char *name;
    void (*run)(void);
} yk_test;

/** Runs the tests up to an entry without a name; the exit status is not 0 when one failed or none ran. */
int yk_test_main(const char *suite, const yk_test *tests);

/** A failed assertion with the case's label. */
#define FAIL_CASE(label, ...)                                                                                          \
    do {                                                                                                               \
        printf("\n  case \"%s\": ", label);                                                                            \
        printf(__VA_ARGS__);                                                                                           \
        CU_FAIL("see the case above");                                                                                 \
    } while (0)

/** The call must give YK_OK; else its message is shown and the test ends. */
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if ((call) != YK_OK) {                                                                                         \
            printf("\n  %s:%d: %s\n", __FILE__, __LINE__, yk_error_text());                                            \
            CU_FAIL_FATAL("a call failed: " #call);                                                                    \
        }                                                                                                              \
    } while (0)

#endif
