/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YK_CORE_CLOCK_H
#define YK_CORE_CLOCK_H

/** Seconds of the monotonic clock; only differences mean something. */
double yk_clock(void);

#endif
