/* SPDX-License-Identifier: Apache-2.0 */
/* yoke: trains neural networks on CPU clusters. The umbrella of the public headers; yoke/mpi.h is beside it. */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "yoke/context.h"
#include "yoke/data.h"
#include "yoke/dtype.h"
#include "yoke/log.h"
#include "yoke/net.h"
#include "yoke/plugin.h"
#include "yoke/status.h"
#include "yoke/training.h"
#include "yoke/version.h"

#endif
