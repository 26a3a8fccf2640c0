/* SPDX-License-Identifier: Apache-2.0 */
/* yoke: trains neural networks on CPU clusters. The umbrella of the public headers. */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "yoke/status.h"
#include "yoke/version.h"

#endif
