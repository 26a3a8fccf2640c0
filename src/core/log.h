/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines. The library never prints: a line goes to the sink that the program set, and nowhere without one. */
#ifndef YK_CORE_LOG_H
#define YK_CORE_LOG_H

#include "yoke/log.h"
#include "yoke/status.h"

/** Reads a level by name ("error", "warning", "info", "debug"). YK_ERR_ARG names the four. */
YK_MUST_CHECK yk_status yk_log_level_parse(const char *name, yk_log_level *out);

/** Hands one line (printf-style, no newline) to the sink. Any thread. */
void yk_log(yk_log_level level, const char *format, ...) YK_PRINTF(2, 3);

#define yk_warn(...) yk_log(YK_LOG_WARNING, __VA_ARGS__)
#define yk_info(...) yk_log(YK_LOG_INFO, __VA_ARGS__)
#define yk_debug(...) yk_log(YK_LOG_DEBUG, __VA_ARGS__)

#endif
