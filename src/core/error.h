/* SPDX-License-Identifier: Apache-2.0 */
/* The error trail: a fixed-size message and call trail per thread, and the macros that fill it.
 *
 * A message names the values involved and what to do, in one line. Setting the message and returning the code is one
 * macro, so the two cannot disagree. `assert` is for mistakes of our own only. */
#ifndef YK_CORE_ERROR_H
#define YK_CORE_ERROR_H

#include "yoke/status.h"

/** Starts a new trail with a printf-style message (newlines become spaces) and returns `status`. */
yk_status yk_error_set(yk_status status, const char *file, int line, const char *func, const char *format, ...)
    YK_PRINTF(5, 6);

/** Adds one level to the trail and returns `status`. */
yk_status yk_error_trace(yk_status status, const char *file, int line, const char *func);

/** Puts `prefix` (printf-style) in front of the current message, e.g. "FILE:LINE:COLUMN: "; returns `status`. */
yk_status yk_error_prefix(yk_status status, const char *format, ...) YK_PRINTF(2, 3);

#define YK_FAIL(status, ...) return yk_error_set((status), __FILE__, __LINE__, __func__, __VA_ARGS__)

#define YK_CHECK(condition, status, ...)                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            YK_FAIL(status, __VA_ARGS__);                                                                              \
    } while (0)

#define YK_TRY(call)                                                                                                   \
    do {                                                                                                               \
        yk_status try_ = (call);                                                                                       \
        if (try_ != YK_OK)                                                                                             \
            return yk_error_trace(try_, __FILE__, __LINE__, __func__);                                                 \
    } while (0)

/** As YK_TRY and YK_CHECK, for functions that release what they hold at a label: they set the local `status`. */
#define YK_TRY_GOTO(call, label)                                                                                       \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != YK_OK) {                                                                                         \
            yk_error_trace(status, __FILE__, __LINE__, __func__);                                                      \
            goto label;                                                                                                \
        }                                                                                                              \
    } while (0)

#define YK_FAIL_GOTO(label, code, ...)                                                                                 \
    do {                                                                                                               \
        status = yk_error_set((code), __FILE__, __LINE__, __func__, __VA_ARGS__);                                      \
        goto label;                                                                                                    \
    } while (0)

#define YK_CHECK_GOTO(condition, label, code, ...)                                                                     \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            YK_FAIL_GOTO(label, code, __VA_ARGS__);                                                                    \
    } while (0)

#endif
