// May this change be made? Rows of one's own, loaded once; then one resource changed, and just that one judged.
//
//   what_if BUNDLE
#include <cstdio>
#include <vector>

#include <bylaw/runtime/engine.h>

int main(int argc, char** argv) {
  if (argc != 2) return 3;
  auto complain = [](const bylaw::Error& error) {
    std::fprintf(stderr, "%s\n", error.ToString().c_str());
    return 3;
  };
  const auto policies = bylaw::PolicySet::FromFile(argv[1]);
  if (!policies.ok()) return complain(policies.error());
  const std::vector<bylaw::ResourceRow> rows = {
      {.model = "shop.team", .address = "team/web", .fields = R"({"name": "web", "may_publish": true})"},
      {.model = "shop.team", .address = "team/data", .fields = R"({"name": "data", "may_publish": false})"},
      {.model = "shop.store", .address = "store/logs", .fields = R"({"owner": "data", "public": false})"},
  };
  const auto estate = bylaw::LoadRows(*policies, rows);
  if (!estate.ok()) return complain(estate.error());

  const bylaw::ResourceRow changes[] = {
      {.model = "shop.store", .address = "store/logs", .fields = R"({"public": true})"},
      {.model = "shop.store", .address = "store/logs", .fields = R"({"public": true, "owner": "web"})"},
  };
  bylaw::CheckOptions options;
  options.only = {{.model = "shop.store", .address = "store/logs"}};
  for (const bylaw::ResourceRow& change : changes) {
    const auto changed = estate->With(change);  // `estate` stays as it is
    if (!changed.ok()) return complain(changed.error());
    const auto report = bylaw::Check(*changed, options);
    if (!report.ok()) return complain(report.error());
    std::printf("%s: %s\n", change.fields.c_str(),
                report->results.empty() ? "fine" : report->results[0].message.c_str());
  }
  return 0;
}
