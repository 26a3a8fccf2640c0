/* SPDX-License-Identifier: Apache-2.0 */
/* A tar or zip with folders of images. */
#include <unistd.h>

#include "core/option.h"
#include "data/importers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char options[8192];
    const yk_importer *images;
    if (yk_importer_find("images", YK_IMPORT, &images) != YK_OK || images->opts_size > sizeof options ||
        yk_option_defaults(images->opts, options) != YK_OK)
        return 0;
    const char *file = fuzz_file("images.tar", data, size), *out = fuzz_path("out.h5");
    yk_status status = images->run(options, 1, &file, out);
    (void)status;
    unlink(out);
    return 0;
}
