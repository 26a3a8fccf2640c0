/* SPDX-License-Identifier: Apache-2.0 */
/* Every schedule, one line each: YK_SCHEDULE(name) registers yk_schedule_name of optim/name.c. No include guard. */
YK_SCHEDULE(constant)
YK_SCHEDULE(step)
YK_SCHEDULE(cosine)
