/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"

/* The flag that `word` names, or NULL; with "--run=DIR", *value is "DIR". */
static const yk_flag *find_flag(const yk_command *command, const char *word, const char **value)
{
    const size_t length = strcspn(word, "=");
    *value = NULL;
    for (const yk_flag *f = command->flags; f && f->name; f++)
        if (strlen(f->name) == length && strncmp(f->name, word, length) == 0) {
            if (word[length] == '=')
                *value = word + length + 1;
            return f;
        }
    return NULL;
}

static yk_status unknown(const yk_command *command, const char *word)
{
    const char *names[64];
    int n = 0;
    for (const yk_flag *f = command->flags; f && f->name && n < 64; f++)
        names[n++] = f->name;
    const char *near = yk_nearest(word, names, n);
    YK_FAIL(YK_ERR_ARG, "%s has no option %s%s%s; yoke %s --help lists them", command->name, word,
            near ? "; did you mean " : "", near ? near : "", command->name);
}

/* One flag and its value; returns how many words it took. */
static yk_status take_flag(yk_args *args, const yk_command *command, int n, char **words, int *taken)
{
    const char *value;
    const yk_flag *flag = find_flag(command, words[0], &value);
    if (!flag)
        return unknown(command, words[0]);
    *taken = 1;
    if (flag->value && !value) {
        YK_CHECK(n > 1, YK_ERR_ARG, "%s wants a value: %s %s", flag->name, flag->name, flag->value);
        value = words[1];
        *taken = 2;
    }
    YK_CHECK(flag->value || !value, YK_ERR_ARG, "%s takes no value", flag->name);
    YK_CHECK(flag->repeat || !yk_args_get(args, flag->name), YK_ERR_ARG, "%s is given twice", flag->name);
    YK_CHECK(args->n_flags < YK_ARGS_MAX, YK_ERR_ARG, "more than %d options", YK_ARGS_MAX);
    args->flag[args->n_flags].name = flag->name;
    args->flag[args->n_flags++].value = value ? value : "";
    return YK_OK;
}

yk_status yk_args_parse(yk_args *args, const yk_command *command, int n, char **words)
{
    *args = (yk_args){ 0 };
    bool options = true; /* until "--" */
    for (int i = 0, taken; i < n; i += taken) {
        taken = 1;
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
        } else if (options && words[i][0] == '-' && words[i][1] != '\0') {
            YK_TRY(take_flag(args, command, n - i, words + i, &taken));
        } else {
            YK_CHECK(args->n < YK_ARGS_MAX, YK_ERR_ARG, "more than %d arguments", YK_ARGS_MAX);
            args->word[args->n++] = words[i];
        }
    }
    YK_CHECK(args->n >= command->least && args->n <= command->most, YK_ERR_ARG, "usage: yoke %s %s%s", command->name,
             command->words, command->flags ? " [options]; --help lists them" : "");
    return YK_OK;
}

const char *yk_args_get(const yk_args *args, const char *flag)
{
    for (int i = args->n_flags - 1; i >= 0; i--)
        if (strcmp(args->flag[i].name, flag) == 0)
            return args->flag[i].value;
    return NULL;
}

int yk_args_all(const yk_args *args, const char *flag, const char *values[YK_ARGS_MAX])
{
    int n = 0;
    for (int i = 0; i < args->n_flags; i++)
        if (strcmp(args->flag[i].name, flag) == 0)
            values[n++] = args->flag[i].value;
    return n;
}

yk_status yk_args_int(const yk_args *args, const char *flag, int64_t least, int64_t most, int64_t initial, int64_t *out)
{
    const char *text = yk_args_get(args, flag);
    char *end;
    *out = initial;
    if (!text)
        return YK_OK;
    *out = strtoll(text, &end, 10);
    YK_CHECK(*text && !*end && *out >= least && *out <= most, YK_ERR_ARG,
             "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64, flag, text, least, most);
    return YK_OK;
}

yk_status yk_args_real(const yk_args *args, const char *flag, double above, double below, double initial, double *out)
{
    const char *text = yk_args_get(args, flag);
    char *end;
    *out = initial;
    if (!text)
        return YK_OK;
    *out = strtod(text, &end);
    YK_CHECK(*text && !*end && *out > above && *out < below, YK_ERR_ARG,
             "%s: \"%s\" is not a number above %g and below %g", flag, text, above, below);
    return YK_OK;
}

yk_status yk_args_source(const yk_args *args, yk_source *source)
{
    const char *data = yk_args_get(args, "--data"), *map = yk_args_get(args, "--map");
    *source = (yk_source){ 0 };
    YK_CHECK(data, YK_ERR_ARG, "give --data FILE.h5, FILE.h5:/group or \"OUT/*.h5\"");
    YK_TRY(yk_source_file(source, data));
    if (map)
        YK_TRY(yk_source_map(source, map));
    return YK_OK;
}
