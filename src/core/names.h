/* SPDX-License-Identifier: Apache-2.0 */
/* What tables of named things share: finding an entry by its name. */
#ifndef YK_CORE_NAMES_H
#define YK_CORE_NAMES_H

#include "yoke/status.h"

#define YK_NAMES_MAX 64

/** Index of `name` among n names. YK_ERR_ARG: `no optimizer is called "adm" (did you mean "adam"?); there are
 *  sgd, adam, adamw`. */
YK_MUST_CHECK yk_status yk_names_find(const char *kind, const char *name, const char *const *names, int n, int *index);

#endif
