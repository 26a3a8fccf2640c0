/* SPDX-License-Identifier: Apache-2.0 */
/* The log hook. The library never prints: a line goes to the sink that the program set, and nowhere without one. */
#ifndef YOKE_LOG_H
#define YOKE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yk_log_level { YK_LOG_ERROR, YK_LOG_WARNING, YK_LOG_INFO, YK_LOG_DEBUG } yk_log_level;

/** Gets one line, without a newline, borrowed for the call. */
typedef void (*yk_log_sink)(void *context, yk_log_level level, const char *line);

/** Sets the sink of the whole process (NULL: none, as at the start) and the most detailed level that it gets. The sink
 *  may be called from any thread, one line at a time. Not safe against a concurrent call of the library. */
void yk_log_to(yk_log_sink sink, void *context, yk_log_level most);

#ifdef __cplusplus
}
#endif
#endif
