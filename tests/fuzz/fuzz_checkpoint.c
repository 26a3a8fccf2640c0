/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: opened (every digest is checked), and every tensor read. A fuzzer cannot make a SHA-256 right: the
 * kept inputs are real ones and damaged ones. */
#include "core/error.h"
#include "fuzz.h"
#include "io/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[1 << 16];
    yk_checkpoint *c;
    const char *path = fuzz_file("step-00000001.h5", data, size);
    if (yk_checkpoint_open(&c, path) != YK_OK)
        return 0;
    for (int64_t i = 0; i < yk_checkpoint_count(c); i++) {
        yk_checkpoint_entry e;
        yk_checkpoint_at(c, i, &e);
        int64_t n = yk_shape_len(&e.shape), most = (int64_t)sizeof out / yk_dtype_size(e.dtype);
        if (yk_checkpoint_read(c, e.name, 0, n < most ? n : most, out) != YK_OK)
            break;
    }
    yk_checkpoint_close(&c);
    return 0;
}
