/* SPDX-License-Identifier: Apache-2.0 */
/* Every importer and maker, one line each: YK_IMPORTER(symbol) registers yk_importer_<symbol>. No include guard. */
YK_IMPORTER(idx)
YK_IMPORTER(csv)
YK_IMPORTER(npy)
YK_IMPORTER(images)
YK_IMPORTER(pairs)
YK_IMPORTER(text)
YK_IMPORTER(sentences)
YK_IMPORTER(digits)
