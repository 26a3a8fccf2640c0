/* SPDX-License-Identifier: Apache-2.0 */
#include "io/place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "core/error.h"
#include "core/num.h"
#include "io/raw.h"

/* Numbers of linux/magic.h and of the file systems' own sources. */
static const struct {
    uint32_t number;
    const char *name;
    bool network, in_memory;
} kinds[] = {
    { 0xEF53, "ext4", false, false },        { 0x58465342, "xfs", false, false },
    { 0x9123683E, "btrfs", false, false },   { 0x2FC12FC1, "zfs", false, false },
    { 0xF2F52010, "f2fs", false, false },    { 0x794C7630, "overlay", false, false },
    { 0x01021994, "tmpfs", false, true },    { 0x858458F6, "ramfs", false, true },
    { 0x6969, "nfs", true, false },          { 0xFF534D42, "cifs", true, false },
    { 0xFE534D42, "smb2", true, false },     { 0x0BD00BD0, "lustre", true, false },
    { 0x47504653, "gpfs", true, false },     { 0x19830326, "beegfs", true, false },
    { 0x00C36400, "ceph", true, false },     { 0x013111A8, "gfs2", true, false },
    { 0x7461636F, "ocfs2", true, false },    { 0xAAD7AAEA, "panfs", true, false },
    { 0x65735546, "fuse", true, false },     { 0x01021997, "9p", true, false },
    { 0x20030528, "orangefs", true, false }, { 0x5346414F, "afs", true, false },
};

yk_status yk_place_of(const char *path, yk_place *out)
{
    struct statfs kind;
    struct statvfs room;
    if (statfs(path, &kind) != 0 || statvfs(path, &room) != 0)
        return yk_raw_error(path, "", errno);
    *out = (yk_place){ .free_bytes = (int64_t)room.f_bavail * (int64_t)room.f_frsize };
    snprintf(out->system, sizeof out->system, "0x%x", (unsigned)(uint32_t)kind.f_type);
    for (int i = 0; i < YK_LEN(kinds); i++)
        if (kinds[i].number == (uint32_t)kind.f_type) {
            snprintf(out->system, sizeof out->system, "%s", kinds[i].name);
            out->network = kinds[i].network;
            out->in_memory = kinds[i].in_memory;
        }
    return YK_OK;
}
