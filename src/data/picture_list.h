/* SPDX-License-Identifier: Apache-2.0 */
/* Every image format, one line each: YK_PICTURE(symbol) registers yk_picture_<symbol>. No include guard. */
YK_PICTURE(jpeg)
YK_PICTURE(png)
YK_PICTURE(pnm)
