/* SPDX-License-Identifier: Apache-2.0 */
/* IDX files, plain or gzip: the first half of the input as images, the second as labels; the first byte is where the
 * cut is. */
#include <unistd.h>

#include "core/error.h"
#include "data/importers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const yk_importer *idx;
    if (size < 1 || yk_importer_find("idx", YK_IMPORT, &idx) != YK_OK)
        return 0;
    const size_t cut = (size - 1) * data[0] / 255;
    const char *files[2] = { fuzz_file("images", data + 1, cut), fuzz_file("labels", data + 1 + cut, size - 1 - cut) };
    const char *out = fuzz_path("out.h5");
    yk_status status = idx->run(NULL, 2, files, out);
    (void)status;
    unlink(out);
    return 0;
}
