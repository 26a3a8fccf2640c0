/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences, plain or gzip; the first byte chooses options. */
#include <unistd.h>

#include "core/option.h"
#include "data/importers.h"
#include "fuzz.h"

/* Sets an option; false: there is none of this name, or not with this value. */
static bool set(const yk_importer *importer, const char *name, const char *value, void *options)
{
    const yk_option *option;
    return yk_option_find(importer->opts, importer->name, name, &option) == YK_OK &&
           yk_option_set(option, options, value) == YK_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char options[8192];
    static const char *const label[] = { "first", "last", "none" }, *const words[] = { "lower", "strip", "as_is" };
    const yk_importer *sentences;
    const int how = size ? data[0] : 0;
    if (yk_importer_find("sentences", YK_IMPORT, &sentences) != YK_OK || sentences->opts_size > sizeof options ||
        yk_option_defaults(sentences->opts, options) != YK_OK || !set(sentences, "label", label[how % 3], options) ||
        !set(sentences, "words", words[how / 3 % 3], options) ||
        !set(sentences, "latin1", how & 64 ? "true" : "false", options) ||
        !set(sentences, "split", how & 128 ? "0.5,0.5" : "", options))
        return 0;
    const char *file = fuzz_file("s.txt", data, size), *out = fuzz_path("out.h5");
    yk_status status = sentences->run(options, 1, &file, out);
    (void)status;
    unlink(out);
    return 0;
}
