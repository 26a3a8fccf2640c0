/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <CUnit/Basic.h>

int yk_test_main(const char *suite, const yk_test *tests)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    for (const yk_test *t = tests; t->name; t++)
        if (!s || !CU_add_test(s, t->name, t->run))
            return 2;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int bad =
        CU_get_number_of_failures() > 0 || CU_get_number_of_tests_run() == 0 || CU_get_number_of_suites_failed() > 0;
    CU_cleanup_registry();
    return bad;
}
