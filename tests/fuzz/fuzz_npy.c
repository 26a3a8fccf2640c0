/* SPDX-License-Identifier: Apache-2.0 */
/* An .npy or .npz file. */
#include <unistd.h>

#include "core/option.h"
#include "data/importers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char options[4096];
    const yk_importer *npy;
    if (yk_importer_find("npy", YK_IMPORT, &npy) != YK_OK || npy->opts_size > sizeof options ||
        yk_option_defaults(npy->opts, options) != YK_OK)
        return 0;
    const char *file = fuzz_file("x.npy", data, size), *out = fuzz_path("out.h5");
    yk_status status = npy->run(options, 1, &file, out);
    (void)status;
    unlink(out);
    return 0;
}
