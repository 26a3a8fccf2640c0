/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of data, and networks, as people write them. */
#ifndef YK_CORE_AMOUNT_H
#define YK_CORE_AMOUNT_H

#include <stdint.h>

#include "core/error.h"

/** "4096", "64KB", "1.5 MB", "2GiB"; KB are 1000 bytes and KiB 1024. *bytes >= 0. YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_bytes_parse(const char *text, int64_t *bytes);

/** A network as far as models need it. */
typedef struct yk_network {
    double bytes_per_s; /**< of a machine's link, in each direction at once */
    double latency;     /**< seconds until a message's first byte is there */
} yk_network;

/** "25gbit:2us", "1gbit" (latency 0), "12.5GB/s:1.5us", "800mbit:0.1ms". YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_network_parse(const char *text, yk_network *out);

#endif
