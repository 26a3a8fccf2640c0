/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "core/clock.h"
#include "core/error.h"
#include "io/files.h"
#include "io/place.h"

#define ROOM_LEAST ((int64_t)1 << 30)

/* How many ranks see PATH? */
static yk_status count_seers(yk_comm *comm, const char *path, int64_t *seers)
{
    *seers = access(path, R_OK) == 0;
    return yk_comm_sum(comm, 1, seers);
}

static void say_place(yk_doctor *d, const char *topic, const char *path, const yk_place *place, bool written)
{
    char text[32];
    const bool several = yk_comm_nodes(d->cli->comm) > 1;
    if (written && place->in_memory)
        yk_doctor_say(d, YK_FINDING_WARN, topic, "a folder on a disk", "%s: %s: gone when the machine stops", path,
                      place->system);
    else if (written && several && !place->network)
        yk_doctor_say(d, YK_FINDING_WARN, topic,
                      "a folder on a file system of all machines, so that any of them can go on", "%s: %s of %s alone",
                      path, place->system, yk_comm_host(d->cli->comm, 0));
    else
        yk_doctor_say(d, YK_FINDING_OK, topic, NULL, "%s: %s, %s free", path, place->system,
                      yk_bytes_text(place->free_bytes, text));
    if (written && place->free_bytes < ROOM_LEAST)
        yk_doctor_say(d, YK_FINDING_WARN, topic, "make room, or checkpoint: {keep: 1}", "%s: only %s free", path,
                      yk_bytes_text(place->free_bytes, text));
}

/* Writes, syncs, locks; on rank 0. */
static void try_writing(yk_doctor *d, const char *folder)
{
    char path[4096];
    int lock;
    snprintf(path, sizeof path, "%s/.doctor-%ld", folder, (long)getpid());
    const double began = yk_clock();
    if (yk_file_write(path, "yoke doctor\n") != YK_OK) {
        yk_doctor_say(d, YK_FINDING_FAIL, "run", "a folder that you may write to", "%s", yk_error_text());
        return;
    }
    yk_doctor_say(d, YK_FINDING_OK, "run", NULL, "a small file is safe on disk after %.3g ms",
                  1e3 * (yk_clock() - began));
    if (yk_lock_take(&lock, path, "yoke doctor", 0) == YK_OK) {
        yk_lock_release(&lock);
        yk_doctor_say(d, YK_FINDING_OK, "locks", NULL, "work there");
    } else {
        yk_doctor_say(d, YK_FINDING_WARN, "locks",
                      "a file system with fcntl locks (NFS: lockd; Lustre: mount -o flock)",
                      "two trainers of one run cannot see each other: %s", yk_error_text());
    }
    unlink(path);
}

yk_status yk_doctor_run(yk_doctor *doctor, const char *folder)
{
    yk_place place;
    int64_t seers;
    yk_comm *comm = doctor->cli->comm;
    if (!folder)
        return YK_OK;
    if (yk_comm_rank(comm) == 0) {
        if (yk_folder_make(folder) == YK_OK && yk_place_of(folder, &place) == YK_OK) {
            say_place(doctor, "run", folder, &place, true);
            try_writing(doctor, folder);
        } else {
            yk_doctor_say(doctor, YK_FINDING_FAIL, "run", "another folder, or the right to write there", "%s",
                          yk_error_text());
        }
    }
    YK_TRY(count_seers(comm, folder, &seers)); /* rank 0 has made it */
    if (seers < yk_comm_size(comm))
        yk_doctor_say(
            doctor, YK_FINDING_WARN, "run", "a shared file system; without it --resume works on the first machine only",
            "%s: %" PRId64 " of %d ranks do not see it", folder, yk_comm_size(comm) - seers, yk_comm_size(comm));
    return YK_OK;
}

yk_status yk_doctor_data(yk_doctor *doctor, const char *file)
{
    yk_place place;
    int64_t seers;
    yk_comm *comm = doctor->cli->comm;
    YK_TRY(count_seers(comm, file, &seers));
    const int blind = yk_comm_size(comm) - (int)seers;
    if (blind > 0) {
        yk_doctor_say(doctor, YK_FINDING_FAIL, "data", "the path as it is on every machine, and the right to read it",
                      "%s: %d of %d ranks cannot read it", file, blind, yk_comm_size(comm));
        return YK_OK;
    }
    if (yk_comm_rank(comm) == 0 && yk_place_of(file, &place) == YK_OK)
        say_place(doctor, "data", file, &place, false);
    const char *locking = getenv("HDF5_USE_FILE_LOCKING");
    yk_doctor_say(doctor, YK_FINDING_OK, "HDF5", NULL, "%s, file locking %s; data files are opened for reading only",
                  yk_io_hdf5_version(), locking ? locking : "as the library's default");
    return YK_OK;
}
