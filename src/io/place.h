/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of place a file or folder is in. */
#ifndef YK_IO_PLACE_H
#define YK_IO_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

typedef struct yk_place {
    char system[16];    /**< type of the file system: "ext4", "nfs", "lustre", "0x1234" for one that is not known */
    bool network;       /**< other machines can have it too */
    bool in_memory;     /**< in memory: gone with the machine */
    int64_t free_bytes; /**< for this user */
} yk_place;

/** The place of a file or folder that exists. YK_ERR_IO. */
YK_MUST_CHECK yk_status yk_place_of(const char *path, yk_place *out);

#endif
