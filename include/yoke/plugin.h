/* SPDX-License-Identifier: Apache-2.0 */
/* Plug-ins: ops from outside (docs/adding-an-op.md). */
#ifndef YOKE_PLUGIN_H
#define YOKE_PLUGIN_H

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Loads a shared library of ops; from then on recipes and yk_net_layer() know them, for the whole process. A path with
 * a slash is a file, another name is searched as the system's loader does. Loading one again does nothing. It stays
 * until the process ends. YK_ERR_ARG: not there, not a plug-in, made for another version of yoke, or it has an op of a
 * name that is taken. Rank-local: every rank loads the same. */
YK_MUST_CHECK yk_status yk_plugin_load(const char *path);

#ifdef __cplusplus
}
#endif
#endif
