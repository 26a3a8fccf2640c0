/* SPDX-License-Identifier: Apache-2.0 */
#include "io/patience.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"

#define PAUSE_FIRST 0.1
#define PAUSE_MOST 5.0

static double limit = 300;
static atomic_bool given_up;    /* a wait was in vain: others that are queued behind it do not wait as long again */
static _Thread_local int cause; /* errno of this thread's last error; 0: none */

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

bool yk_patience_again(yk_patience *wait, yk_status status, const char *path)
{
    const int code = cause;
    const double now = yk_clock();
    cause = 0;
    if (status == YK_OK) {
        atomic_store(&given_up, false);
        if (wait->since > 0)
            yk_warn("%s: the file system serves again, after %.1f s", path, now - wait->since);
        return false;
    }
    /* DATA: what could not be read looks damaged to HDF5 */
    if ((status != YK_ERR_IO && status != YK_ERR_DATA) || !may_pass(code) ||
        (wait->since <= 0 && atomic_load(&given_up)))
        return false;
    if (wait->since <= 0) {
        if (limit > 0)
            yk_warn("%s: %s; this may pass: it is tried again for %.0f s", path, strerror(code), limit);
        *wait = (yk_patience){ .since = now };
    }
    if (now - wait->since >= limit) {
        atomic_store(&given_up, true);
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
