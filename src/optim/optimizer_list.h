/* SPDX-License-Identifier: Apache-2.0 */
/* Every optimizer, one line each: YK_OPTIMIZER(name) registers yk_optimizer_name of optim/name.c. No include guard. */
YK_OPTIMIZER(sgd)
YK_OPTIMIZER(adagrad)
YK_OPTIMIZER(adadelta)
YK_OPTIMIZER(rmsprop)
YK_OPTIMIZER(adam)
YK_OPTIMIZER(adamw)
YK_OPTIMIZER(adamax)
YK_OPTIMIZER(nadam)
YK_OPTIMIZER(lars)
YK_OPTIMIZER(lamb)
