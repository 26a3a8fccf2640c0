/* SPDX-License-Identifier: Apache-2.0 */
/* What a yoke function returns, and the text behind it. Everything that can fail returns a yk_status; the message
 * (one line: what is wrong, where, what to do) lies in a trail of the calling thread until the next failure. */
#ifndef YOKE_STATUS_H
#define YOKE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yk_status {
    YK_OK = 0,
    YK_ERR_ARG,      /**< an argument, option or name that cannot be */
    YK_ERR_RECIPE,   /**< a recipe that cannot be understood */
    YK_ERR_SHAPE,    /**< shapes that do not fit */
    YK_ERR_DATA,     /**< a data file whose contents cannot be used */
    YK_ERR_IO,       /**< the system refused a read or a write */
    YK_ERR_NOMEM,    /**< no memory */
    YK_ERR_MPI,      /**< the MPI library reported an error */
    YK_ERR_NUMERIC,  /**< a loss or parameter is not finite */
    YK_ERR_LOCKED,   /**< somebody else holds the run */
    YK_ERR_INTERNAL, /**< a mistake of yoke's own */
    YK_STATUS_COUNT
} yk_status;

#if defined(__GNUC__)
#define YK_MUST_CHECK __attribute__((warn_unused_result))
#define YK_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define YK_MUST_CHECK
#define YK_PRINTF(text, first)
#endif

/** Name of a status ("YK_ERR_IO"), a constant string. Never NULL. */
const char *yk_status_name(yk_status status);

/** Message of the calling thread's last failure: one line without a newline, "" before the first. Borrowed; it lives
 *  until the thread's next failure. */
const char *yk_error_text(void);

/** Where the last failure came from: "file:line function" of each level, innermost first, joined by newlines.
 *  For developers. Borrowed, as yk_error_text(). */
const char *yk_error_where(void);

#ifdef __cplusplus
}
#endif
#endif
