/* SPDX-License-Identifier: Apache-2.0 */
/* Every schedule, one line each: YK_SCHEDULE(name) registers yk_schedule_name of optim/name.c. No include guard. */
YK_SCHEDULE(constant)
YK_SCHEDULE(step)
YK_SCHEDULE(cosine)
YK_SCHEDULE(multistep)
YK_SCHEDULE(exponential)
YK_SCHEDULE(inverse_time)
YK_SCHEDULE(polynomial)
YK_SCHEDULE(cosine_restarts)
YK_SCHEDULE(one_cycle)
YK_SCHEDULE(plateau)
