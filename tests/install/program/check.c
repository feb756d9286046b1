/* Judges an input with a bundle through the C interface, and prints a line a result: the same as check.cc.
 *
 *   check BUNDLE INPUT
 *
 * The input is given as bytes, as a program would that has it in memory. */
#include <bylaw/bylaw.h>

#include <stdio.h>
#include <stdlib.h>

static int Complain(bylaw_error* error) {
  fprintf(stderr, "%s\n", bylaw_error_text(error));
  bylaw_error_free(error);
  return 3;
}

/* The whole of a file; NULL when it cannot be read. */
static char* ReadFile(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  char* bytes = NULL;
  long end;
  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)end + 1)) != NULL) {
    *size = fread(bytes, 1, (size_t)end, file);
  }
  fclose(file);
  return bytes;
}

int main(int argc, char** argv) {
  bylaw_error* error = NULL;
  bylaw_input input = {sizeof input, NULL, NULL, 0, 0};
  bylaw_check_options options = {0};
  char* bytes;
  size_t i;
  if (argc != 3 || bylaw_abi_version() != BYLAW_ABI_VERSION) return 3;

  /* What fails says why, and an error that nobody asks for is no leak. */
  if (bylaw_policies_from_bytes("no bundle", 9, "nothing", NULL) != NULL) return 4;
  if (bylaw_policies_from_bytes("no bundle", 9, "nothing", &error) != NULL || bylaw_error_message(error)[0] == '\0') return 4;
  bylaw_error_free(error);
  error = NULL;

  bylaw_policies* policies = bylaw_policies_from_file(argv[1], &error);
  if (policies == NULL) return Complain(error);
  bytes = ReadFile(argv[2], &input.num_bytes);
  if (bytes == NULL) return 3;
  input.path = argv[2];
  input.bytes = bytes;
  bylaw_snapshot* snapshot = bylaw_load(policies, &input, 1, NULL, &error);
  free(bytes);
  bylaw_policies_free(policies);
  if (snapshot == NULL) return Complain(error);

  /* A check that is cancelled before it begins gives an error, and the snapshot is as good as before. */
  bylaw_canceller* canceller = bylaw_canceller_new();
  options.size = sizeof options;
  options.canceller = canceller;
  bylaw_canceller_cancel(canceller);
  if (bylaw_check(snapshot, &options, NULL) != NULL) return 4;
  bylaw_canceller_free(canceller);

  bylaw_report* report = bylaw_check(snapshot, NULL, &error);
  bylaw_snapshot_free(snapshot);
  if (report == NULL) return Complain(error);
  for (i = 0; i < bylaw_report_num_results(report); ++i) {
    bylaw_result result = {0};
    bylaw_rule rule = {0};
    result.size = sizeof result;
    rule.size = sizeof rule;
    if (!bylaw_report_result(report, i, &result) || !bylaw_report_rule(report, result.rule, &rule)) return 4;
    printf("%s %u %s %s %s:%u %s\n", rule.id, (unsigned)result.clause, bylaw_verdict_name(result.verdict), result.address, result.location.file,
           (unsigned)result.location.line, result.fingerprint);
  }
  if (bylaw_report_result(report, i, &(bylaw_result){sizeof(bylaw_result)})) return 4;
  bylaw_report_free(report);
  return 0;
}
