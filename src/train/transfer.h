/* SPDX-License-Identifier: Apache-2.0 */
/* `init_from`: parameters and buffers taken over from another run's checkpoint, by name and shape. */
#ifndef YK_TRAIN_TRANSFER_H
#define YK_TRAIN_TRANSFER_H

#include "comm/comm.h"
#include "model/model.h"

#define YK_TRANSFER_TEXT 512

/** Reads what the recipe's init_from names into `params`, which holds initial values, on all ranks; of a run with a
 *  moving average that is taken. The recipe gets the checkpoint's digest. text: one line that says what was loaded and
 *  what not, for people ("" without init_from). YK_ERR_DATA: nothing fits, or with `strict` not everything does, or
 *  another digest than the recipe's; YK_ERR_RECIPE: a name in the map means nothing. Collective. */
YK_MUST_CHECK yk_status yk_transfer(yk_comm *comm, yk_recipe *recipe, const yk_model *model, float *params,
                                    char text[YK_TRANSFER_TEXT]);

#endif
