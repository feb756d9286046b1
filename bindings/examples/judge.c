/* Judges an export with a bundle, and prints a line a finding.
 *
 *   judge BUNDLE INPUT
 */
#include <bylaw/bylaw.h>

#include <stdio.h>

int main(int argc, char** argv) {
  bylaw_error* error = NULL;
  bylaw_report* report = NULL;
  int status = 3;
  if (argc != 3) return 3;

  bylaw_policies* policies = bylaw_policies_from_file(argv[1], &error);
  bylaw_input input = {sizeof input};
  input.path = argv[2];
  bylaw_snapshot* snapshot = policies != NULL ? bylaw_load(policies, &input, 1, NULL, &error) : NULL;
  if (snapshot != NULL) report = bylaw_check(snapshot, NULL, &error);
  if (report != NULL) {
    bylaw_counts counts = {sizeof counts};
    size_t i;
    for (i = 0; i < bylaw_report_num_results(report); ++i) {
      bylaw_result result = {sizeof result};
      bylaw_rule rule = {sizeof rule};
      bylaw_report_result(report, i, &result);
      bylaw_report_rule(report, result.rule, &rule);
      printf("%s %s %s: %s\n", bylaw_verdict_name(result.verdict), rule.id, result.address, result.message);
    }
    bylaw_report_counts(report, &counts);
    status = counts.fail > 0 ? 1 : counts.unknown > 0 ? 2 : 0;
  } else {
    fprintf(stderr, "%s\n", bylaw_error_text(error));
  }
  bylaw_error_free(error);
  bylaw_report_free(report);
  bylaw_snapshot_free(snapshot);
  bylaw_policies_free(policies);
  return status;
}
