/* SPDX-License-Identifier: Apache-2.0 */
/* Text, plain or gzip, in windows of three characters. */
#include <unistd.h>

#include "core/option.h"
#include "data/importers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char options[4096];
    const yk_importer *text;
    const yk_option *length;
    if (yk_importer_find("text", YK_IMPORT, &text) != YK_OK || text->opts_size > sizeof options ||
        yk_option_defaults(text->opts, options) != YK_OK ||
        yk_option_find(text->opts, "text", "length", &length) != YK_OK || yk_option_set(length, options, "3") != YK_OK)
        return 0;
    const char *file = fuzz_file("t.txt", data, size), *out = fuzz_path("out.h5");
    yk_status status = text->run(options, 1, &file, out);
    (void)status;
    unlink(out);
    return 0;
}
