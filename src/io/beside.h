/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written beside and renamed into place: PATH is the whole new file or the one of before, whatever
 * happens. PATH.tmp lies in the same folder and is locked while it is written: a second writer of the same file gets
 * YK_ERR_LOCKED, and what a dead process left behind is overwritten. A symbolic link stays one: its target is what is
 * replaced. */
#ifndef YK_IO_BESIDE_H
#define YK_IO_BESIDE_H

#include "yoke/status.h"

typedef struct yk_beside {
    char *path, *tmp;
    int fd; /**< PATH.tmp, for reading and writing; -1: nothing is open */
} yk_beside;

#define YK_BESIDE_NONE                                                                                                 \
    {                                                                                                                  \
        NULL, NULL, -1                                                                                                 \
    }

/** Opens PATH.tmp, empty. On error *beside is YK_BESIDE_NONE. */
YK_MUST_CHECK yk_status yk_beside_open(yk_beside *beside, const char *path);

/** Makes what was written durable: file, name, folder. On error PATH is what it was and PATH.tmp is gone. */
YK_MUST_CHECK yk_status yk_beside_commit(yk_beside *beside);

/** Removes PATH.tmp. Does nothing after a commit or where nothing is open. */
void yk_beside_discard(yk_beside *beside);

/** Makes the names in the folder of `path` durable; a warning where the system refuses. */
void yk_sync_folder(const char *path);

/** Takes an exclusive lock on an open file without waiting: 0, or the errno of the refusal (EAGAIN: held by another).
 *  Open file description locks where the system has them: they follow the descriptor and work over NFS. */
int yk_lock_try(int fd);

#endif
