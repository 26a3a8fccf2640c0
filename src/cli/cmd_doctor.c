/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "cli/doctor.h"
#include "core/error.h"
#include "train/train.h"

void yk_doctor_say(yk_doctor *doctor, yk_finding finding, const char *topic, const char *remedy, const char *format,
                   ...)
{
    static const char *const word[] = { "ok", "warn", "FAIL" };
    static const char *const json_word[] = { "ok", "warning", "failure" };
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const bool first = doctor->count[0] + doctor->count[1] + doctor->count[2] == 0;
    doctor->count[finding]++;
    if (yk_comm_rank(doctor->cli->comm) != 0)
        return;
    if (doctor->json) {
        printf("%s\n {\"finding\": \"%s\", \"topic\": \"%s\", \"text\": ", first ? "" : ",", json_word[finding], topic);
        yk_print_json(text);
        printf(", \"remedy\": ");
        yk_print_json(remedy ? remedy : "");
        printf("}");
        return;
    }
    printf("%-5s %-11s %s\n", word[finding], topic, text);
    if (remedy)
        printf("%17s %s\n", "->", remedy);
    fflush(stdout);
}

static yk_status examine(yk_doctor *doctor, int threads, int cores)
{
    const char *data[YK_ARGS_MAX];
    const int n = yk_args_all(&doctor->cli->args, "--data", data);
    YK_TRY(yk_doctor_machines(doctor, threads, cores));
    YK_TRY(yk_doctor_network(doctor));
    YK_TRY(yk_doctor_run(doctor, yk_args_get(&doctor->cli->args, "--run")));
    for (int i = 0; i < n; i++)
        YK_TRY(yk_doctor_data(doctor, data[i]));
    return YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_doctor doctor = { .cli = cli, .json = yk_args_get(&cli->args, "--json") };
    const bool root = yk_comm_rank(cli->comm) == 0;
    int threads, cores;
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    if (root && doctor.json)
        printf("{\"findings\": [");
    yk_status status = examine(&doctor, threads, cores);
    const int warnings = doctor.count[YK_FINDING_WARN], failures = doctor.count[YK_FINDING_FAIL];
    if (root && doctor.json)
        printf("],\n \"warnings\": %d, \"failures\": %d}\n", warnings, failures);
    else if (root && status == YK_OK)
        printf("\n%d warning%s, %d failure%s\n", warnings, warnings == 1 ? "" : "s", failures,
               failures == 1 ? "" : "s");
    YK_TRY(status);
    *exit_code = failures > 0 ? YK_EXIT_ERROR : YK_EXIT_DONE;
    return YK_OK;
}

static const yk_flag flags[] = {
    { "--run", "FOLDER", "looks at this folder for runs as well", false },
    { "--data", "FILE", "and at this data file; may be repeated", true },
    { "--json", NULL, "one JSON object", false },
    YK_THREADS_FLAG,
    { 0 },
};

const yk_command yk_command_doctor = {
    .name = "doctor",
    .words = "",
    .doc = "looks at machines, network, file systems and settings, and says what would make a run slow or fail",
    .more =
        "Start it as the training is to be started: the same launcher, hosts, ranks and threads. Exit code 1: a run\n"
        "would not work.",
    .flags = flags,
    .least = 0,
    .most = 0,
    .ranks = true,
    .run = run,
};
