/* SPDX-License-Identifier: Apache-2.0 */
/* Loading plug-ins: everything that could be wrong with one is found before an op of it is known to anybody. */
#include "ops/plugin.h"

#include <ctype.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <string.h>

#include "yoke/plugin.h"

/* yk_option_*() and checkpoints take names for granted. */
static bool is_name(const char *name)
{
    if (!name || !isalpha((unsigned char)name[0]) || strlen(name) > 64)
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static yk_status check_op(const char *path, const yk_plugin_op *entry)
{
    const yk_op *op = entry->op, *twin = entry->twin;
    YK_CHECK(op && twin, YK_ERR_ARG, "%s: an op's struct is missing", path);
    YK_CHECK(is_name(op->name), YK_ERR_ARG,
             "%s: \"%.80s\" cannot be an op's name: small letters, digits and _ make one, up to 64", path,
             op->name ? op->name : "");
    YK_CHECK(twin->name && strcmp(op->name, twin->name) == 0 && op != twin, YK_ERR_ARG,
             "%s: op %s: the second of its structs is another op's; compile its file twice, the second time with "
             "-DYK_REAL_DOUBLE",
             path, op->name);
    for (const yk_op *o = op;; o = twin) {
        YK_CHECK(o->doc && o->infer && o->forward && o->backward && o->flops, YK_ERR_ARG,
                 "%s: op %s needs doc, infer, forward, backward and flops", path, o->name);
        if (o == twin)
            return YK_OK;
    }
}

static yk_status check_plugin(const char *path, const yk_plugin *p)
{
    YK_CHECK(p->abi == YK_PLUGIN_ABI, YK_ERR_ARG,
             "%s was made for plug-in interface %d, but yoke %s has %d: build it again with this yoke's headers", path,
             p->abi, YK_VERSION, YK_PLUGIN_ABI);
    YK_CHECK(
        p->op_bytes == sizeof(yk_op) && p->args_bytes == sizeof(yk_op_args) && p->kernel_bytes == sizeof(yk_kernels),
        YK_ERR_ARG,
        "%s was compiled with the headers of another yoke (%s; this is %s, and its structs differ): build it again "
        "with this yoke's headers",
        path, p->version, YK_VERSION);
    YK_CHECK(p->n >= 1 && p->op, YK_ERR_ARG, "%s: the plug-in has no ops", path);
    for (int i = 0; i < p->n; i++) {
        YK_TRY(check_op(path, &p->op[i]));
        for (int k = 0; k < i; k++)
            YK_CHECK(strcmp(p->op[i].op->name, p->op[k].op->name) != 0, YK_ERR_ARG, "%s: two ops are called %s", path,
                     p->op[i].op->name);
        const yk_op *there = yk_op_named(p->op[i].op->name);
        const char *from = there ? yk_op_plugin(there) : NULL;
        YK_CHECK(!there, YK_ERR_ARG, "%s: its op %s is there already (%s); give it another name", path,
                 p->op[i].op->name, from ? from : "yoke's own");
    }
    return YK_OK;
}

/* dlopen() counts: the library that is there already is closed once, and stays. */
static yk_status take(const char *path, void *library)
{
    const yk_plugin *p = dlsym(library, "yoke_plugin");
    YK_CHECK(p, YK_ERR_ARG, "%s is no plug-in of yoke: it has no symbol yoke_plugin (docs/adding-an-op.md)", path);
    for (int i = 0; p->abi == YK_PLUGIN_ABI && i < p->n; i++)
        if (p->op[i].op && p->op[i].op->name && yk_op_named(p->op[i].op->name) == p->op[i].op)
            return YK_OK; /* loaded before */
    YK_TRY(check_plugin(path, p));
    return yk_op_register(path, p->n, p->op);
}

yk_status yk_plugin_load(const char *path)
{
    YK_CHECK(path && *path, YK_ERR_ARG, "a plug-in has no name; give the file of a shared library");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    YK_CHECK(library, YK_ERR_ARG, "plug-in %s: %s", path, dlerror());
    yk_status status = take(path, library);
    if (status != YK_OK)
        dlclose(library);
    return status;
}
