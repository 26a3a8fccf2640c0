/* SPDX-License-Identifier: Apache-2.0 */
/* One image of any format, decoded and made smaller. */
#include "core/mem.h"
#include "data/picture.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yk_picture in, out = { .height = 3, .width = 5 };
    if (yk_picture_decode(&in, "image", data, (int64_t)size, size % 2) != YK_OK)
        return 0;
    if (yk_picture_resize(&out, &in, size % 3 == 0) == YK_OK)
        yk_free(out.pixel);
    yk_free(in.pixel);
    return 0;
}
