/* SPDX-License-Identifier: Apache-2.0 */
/* The error trail of each thread: fixed-size text, so that reporting an error needs no memory. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 1024
#define TRAIL_MAX 2048

static _Thread_local char message[MESSAGE_MAX];
static _Thread_local char trail[TRAIL_MAX];

const char *yk_status_name(yk_status status)
{
    static const char *const names[YK_STATUS_COUNT] = {
        [YK_OK] = "YK_OK",
        [YK_ERR_ARG] = "YK_ERR_ARG",
        [YK_ERR_RECIPE] = "YK_ERR_RECIPE",
        [YK_ERR_SHAPE] = "YK_ERR_SHAPE",
        [YK_ERR_DATA] = "YK_ERR_DATA",
        [YK_ERR_IO] = "YK_ERR_IO",
        [YK_ERR_NOMEM] = "YK_ERR_NOMEM",
        [YK_ERR_MPI] = "YK_ERR_MPI",
        [YK_ERR_NUMERIC] = "YK_ERR_NUMERIC",
        [YK_ERR_LOCKED] = "YK_ERR_LOCKED",
        [YK_ERR_INTERNAL] = "YK_ERR_INTERNAL",
    };
    return (unsigned)status < YK_STATUS_COUNT ? names[status] : "unknown status";
}

const char *yk_error_text(void)
{
    return message;
}

const char *yk_error_where(void)
{
    return trail;
}

static void flatten(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r')
            *text = ' ';
}

yk_status yk_error_set(yk_status status, const char *file, int line, const char *func, const char *format, ...)
{
    char text[MESSAGE_MAX]; /* not `message` itself: an argument may be yk_error_text() */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    flatten(text);
    memcpy(message, text, sizeof message);
    trail[0] = '\0';
    return yk_error_trace(status, file, line, func);
}

yk_status yk_error_trace(yk_status status, const char *file, int line, const char *func)
{
    size_t used = strlen(trail);
    snprintf(trail + used, sizeof trail - used, "%s%s:%d %s", used ? "\n" : "", file, line, func);
    return status;
}

yk_status yk_error_prefix(yk_status status, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    flatten(text);
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s", message);
    memcpy(message, text, sizeof message);
    return status;
}
