/* SPDX-License-Identifier: Apache-2.0 */
/* Every metric, one line each: YK_METRIC(name) registers yk_metric_name of metrics/name.c. No include guard. */
YK_METRIC(accuracy)
YK_METRIC(top_k)
YK_METRIC(binary_accuracy)
YK_METRIC(precision)
YK_METRIC(recall)
YK_METRIC(f1)
YK_METRIC(iou)
YK_METRIC(roc_auc)
YK_METRIC(rmse)
YK_METRIC(mae)
YK_METRIC(r2)
