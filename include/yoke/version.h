/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YOKE_VERSION_H
#define YOKE_VERSION_H

#define YK_VERSION "0.1.0"

/** Number of the rules that fix every bit (contract R). Raised by every change that alters a trained parameter. */
#define YK_NUMERICS 3

#ifdef __cplusplus
extern "C" {
#endif

/** YK_VERSION and YK_NUMERICS of the library that runs, which may be newer than the header. */
const char *yk_version(void);
int yk_numerics(void);

#ifdef __cplusplus
}
#endif
#endif
