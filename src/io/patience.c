/* SPDX-License-Identifier: Apache-2.0 */
#include "io/patience.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"

#define PAUSE_FIRST 0.1
#define PAUSE_MOST 5.0

static double limit = 300;
static _Thread_local int cause; /* errno of this thread's last error; 0: none */

/* A wait was in vain: others that are queued behind it do not wait as long again, until its folder serves. */
static struct {
    pthread_mutex_t mutex;
    atomic_bool yes;
    char path[4096];
} given_up = { .mutex = PTHREAD_MUTEX_INITIALIZER };

void yk_patience_limit(double seconds)
{
    limit = seconds;
}

void yk_patience_note(int code)
{
    cause = code;
}

/* What NFS, Lustre, BeeGFS and FUSE give while a server or the way to it is gone, or just after. */
static bool may_pass(int code)
{
    static const int codes[] = {
        EIO,         ESTALE,   ETIMEDOUT, ENOTCONN, ECONNRESET, ECONNABORTED, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH,
        ENETUNREACH, ENETDOWN, ESHUTDOWN, EAGAIN,   ENOLINK,    EREMOTEIO,    ENODEV,       ENOLCK,
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (code == codes[i])
            return true;
    return false;
}

static void give_up(const char *path)
{
    pthread_mutex_lock(&given_up.mutex);
    snprintf(given_up.path, sizeof given_up.path, "%s", path);
    atomic_store(&given_up.yes, true);
    pthread_mutex_unlock(&given_up.mutex);
}

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* Something went well there. */
static void hope(const char *path)
{
    const size_t n = folder_length(path);
    if (!atomic_load(&given_up.yes))
        return;
    pthread_mutex_lock(&given_up.mutex);
    if (folder_length(given_up.path) == n && strncmp(given_up.path, path, n) == 0)
        atomic_store(&given_up.yes, false);
    pthread_mutex_unlock(&given_up.mutex);
}

bool yk_patience_again(yk_patience *wait, yk_status status, const char *path)
{
    const int code = cause;
    const double now = yk_clock();
    cause = 0;
    if (status == YK_OK) {
        hope(path);
        if (wait->since > 0)
            yk_warn("%s: the file system serves again, after %.1f s", path, now - wait->since);
        return false;
    }
    /* DATA: what could not be read looks damaged to HDF5 */
    if ((status != YK_ERR_IO && status != YK_ERR_DATA) || !may_pass(code) ||
        (wait->since <= 0 && atomic_load(&given_up.yes)))
        return false;
    if (wait->since <= 0) {
        if (limit > 0)
            yk_warn("%s: %s; this may pass: it is tried again for %.0f s", path, strerror(code), limit);
        *wait = (yk_patience){ .since = now };
    }
    if (now - wait->since >= limit) {
        give_up(path);
        return false;
    }
    wait->pause = wait->pause > 0 ? fmin(2 * wait->pause, PAUSE_MOST) : PAUSE_FIRST;
    wait->pause = fmin(wait->pause, limit - (now - wait->since));
    return true;
}

bool yk_patience_wait(yk_patience *wait, yk_status status, const char *path)
{
    if (!yk_patience_again(wait, status, path))
        return false;
    struct timespec pause = { .tv_sec = (time_t)wait->pause,
                              .tv_nsec = (long)((wait->pause - floor(wait->pause)) * 1e9) };
    nanosleep(&pause, NULL);
    return true;
}
