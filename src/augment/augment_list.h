/* SPDX-License-Identifier: Apache-2.0 */
/* Every augmentation, one line each: YK_AUGMENT(symbol) registers yk_augment_<symbol>. No include guard. */
YK_AUGMENT(flip)
YK_AUGMENT(shift)
YK_AUGMENT(crop)
YK_AUGMENT(rotate)
YK_AUGMENT(scale)
YK_AUGMENT(brightness)
YK_AUGMENT(contrast)
YK_AUGMENT(colour)
YK_AUGMENT(pca_colour)
YK_AUGMENT(cutout)
YK_AUGMENT(mixup)
