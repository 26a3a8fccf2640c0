/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"

#define LINE_MAX_BYTES 2048

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* the sink sees one line at a time */
static yk_log_sink sink;
static void *sink_context;
static yk_log_level most;

void yk_log_to(yk_log_sink new_sink, void *context, yk_log_level new_most)
{
    pthread_mutex_lock(&lock);
    sink = new_sink;
    sink_context = context;
    most = new_most;
    pthread_mutex_unlock(&lock);
}

yk_status yk_log_level_parse(const char *name, yk_log_level *out)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    for (int i = 0; i < YK_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (yk_log_level)i;
            return YK_OK;
        }
    YK_FAIL(YK_ERR_ARG, "there is no log level \"%s\"; there are error, warning, info, debug", name);
}

void yk_log(yk_log_level level, const char *format, ...)
{
    pthread_mutex_lock(&lock);
    if (sink && level <= most) {
        char line[LINE_MAX_BYTES];
        va_list args;
        va_start(args, format);
        vsnprintf(line, sizeof line, format, args);
        va_end(args);
        sink(sink_context, level, line);
    }
    pthread_mutex_unlock(&lock);
}
