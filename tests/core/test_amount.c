/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/amount.h"

static void test_bytes(void)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } cases[] = {
        { "0", 0 },
        { "4096", 4096 },
        { "64KB", 64000 },
        { "64KiB", 65536 },
        { "1.5 MB", 1500000 },
        { "2gib", 2147483648 },
        { "", -1 },
        { "KB", -1 },
        { "-1", -1 },
        { "1 XB", -1 },
        { "nan", -1 },
        { "1e300", -1 },
        { "12 ", 12 },
        { "1TB", 1000000000000 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int64_t got = -1;
        const yk_status status = yk_bytes_parse(cases[i].text, &got);
        if (cases[i].want >= 0 ? status != YK_OK || got != cases[i].want : status != YK_ERR_ARG)
            FAIL_CASE(cases[i].text, "%s, %lld", yk_status_name(status), (long long)got);
    }
}

static void test_network(void)
{
    static const struct {
        const char *text;
        double bytes_per_s, latency; /* 0: refused */
    } cases[] = {
        { "25gbit:2us", 3.125e9, 2e-6 },
        { "1gbit", 1.25e8, 0 },
        { "12.5GB/s:1.5us", 12.5e9, 1.5e-6 },
        { "800mbit:0.1ms", 1e8, 1e-4 },
        { "10Gbit:0s", 1.25e9, 0 },
        { "gbit", 0, 0 },
        { "1gbit:", 0, 0 },
        { "1gbit:2", 0, 0 },
        { "0gbit:1us", 0, 0 },
        { "1gbit:-1us", 0, 0 },
        { "25", 0, 0 },
        { "", 0, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_network got = { 0 };
        const double want = cases[i].bytes_per_s;
        const yk_status status = yk_network_parse(cases[i].text, &got);
        const double rate = got.bytes_per_s - want, latency = got.latency - cases[i].latency;
        if (want > 0 ? status != YK_OK || rate > 1 || rate < -1 || latency > 1e-12 || latency < -1e-12
                     : status != YK_ERR_ARG)
            FAIL_CASE(cases[i].text, "%s, %g bytes/s, %g s", yk_status_name(status), got.bytes_per_s, got.latency);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "bytes", test_bytes }, { "network", test_network }, { 0 } };
    return yk_test_main("core/amount", tests);
}
