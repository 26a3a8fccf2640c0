/* SPDX-License-Identifier: Apache-2.0 */
/* Every command, one line each, in the order of --help: YK_COMMAND(symbol) registers yk_command_<symbol>. No include
 * guard. */
YK_COMMAND(train)
YK_COMMAND(curve)
YK_COMMAND(eval)
YK_COMMAND(predict)
YK_COMMAND(report)
YK_COMMAND(plot)
YK_COMMAND(plan)
YK_COMMAND(check)
YK_COMMAND(digest)
YK_COMMAND(info)
YK_COMMAND(ops)
YK_COMMAND(data_make)
YK_COMMAND(data_import)
YK_COMMAND(data_split)
YK_COMMAND(data_order)
