/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YOKE_VERSION_H
#define YOKE_VERSION_H

#define YK_VERSION "0.1.0"

/** Number of the rules that fix every bit (contract R). Raised by every change that alters a trained parameter. */
#define YK_NUMERICS 1

#endif
