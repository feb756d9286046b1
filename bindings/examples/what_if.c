/* May this change be made? Rows of one's own, loaded once; then one resource changed, and just that one judged.
 *
 *   what_if BUNDLE
 */
#include <bylaw/bylaw.h>

#include <stdio.h>

static bylaw_row Row(const char* model, const char* address, const char* fields) {
  bylaw_row row = {sizeof row};
  row.model = model;
  row.address = address;
  row.fields = fields;
  return row;
}

int main(int argc, char** argv) {
  bylaw_error* error = NULL;
  size_t i;
  if (argc != 2) return 3;
  bylaw_policies* policies = bylaw_policies_from_file(argv[1], &error);
  bylaw_row rows[3];
  rows[0] = Row("shop.team", "team/web", "{\"name\": \"web\", \"may_publish\": true}");
  rows[1] = Row("shop.team", "team/data", "{\"name\": \"data\", \"may_publish\": false}");
  rows[2] = Row("shop.store", "store/logs", "{\"owner\": \"data\", \"public\": false}");
  bylaw_snapshot* estate = policies != NULL ? bylaw_load_rows(policies, rows, 3, &error) : NULL;

  const char* changes[] = {"{\"public\": true}", "{\"public\": true, \"owner\": \"web\"}"};
  bylaw_resource logs = {"shop.store", "store/logs"};
  bylaw_check_options options = {sizeof options};
  options.only = &logs;
  options.num_only = 1;
  for (i = 0; i < 2 && estate != NULL && error == NULL; ++i) {
    bylaw_row change = Row("shop.store", "store/logs", changes[i]);
    bylaw_snapshot* changed = bylaw_snapshot_with(estate, &change, 1, &error); /* `estate` stays as it is */
    bylaw_report* report = changed != NULL ? bylaw_check(changed, &options, &error) : NULL;
    bylaw_result result = {sizeof result};
    if (report != NULL) printf("%s: %s\n", changes[i], bylaw_report_result(report, 0, &result) ? result.message : "fine");
    bylaw_report_free(report);
    bylaw_snapshot_free(changed);
  }
  if (error != NULL) fprintf(stderr, "%s\n", bylaw_error_text(error));
  const int status = error != NULL ? 3 : 0;
  bylaw_error_free(error);
  bylaw_snapshot_free(estate);
  bylaw_policies_free(policies);
  return status;
}
