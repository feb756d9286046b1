// Eight threads share one program and one snapshot: they check it, change it, judge one resource, load rows and files of their own. All come to what one thread alone comes to.
//
//   embedding_threads BUNDLE [ROUNDS]
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bindings/c/bylaw.h"
#include "tests/embedding/random_rows.h"

namespace {

constexpr int kNumThreads = 8;

struct Shared {
  bylaw_policies* policies;
  bylaw_snapshot* snapshot;
  std::vector<bylaw::ResourceRow> rows, changes;
  std::string whole;
  std::vector<std::string> alone;  ///< beside `changes`
};

[[noreturn]] void Die(const char* what, bylaw_error* error) {
  std::fprintf(stderr, "%s: %s\n", what, bylaw_error_text(error));
  std::exit(1);
}

std::string Judge(const bylaw_snapshot* snapshot, const bylaw_resource* only, uint32_t num_threads) {
  bylaw_error* error = nullptr;
  bylaw_check_options options{};
  options.size = sizeof options;
  options.all = 1;
  options.num_threads = num_threads;
  options.only = only;
  options.num_only = only == nullptr ? 0 : 1;
  bylaw_report* report = bylaw_check(snapshot, &options, &error);
  if (report == nullptr) Die("check", error);
  std::string text;
  for (size_t i = 0; i < bylaw_report_num_results(report); ++i) {
    bylaw_result result{};
    result.size = sizeof result;
    bylaw_report_result(report, i, &result);
    text += std::string(bylaw_verdict_name(result.verdict)) + " " + result.address + " " + result.message + " " +
            result.fingerprint + "\n";
  }
  bylaw_report_free(report);
  return text;
}

bylaw_row Row(const bylaw::ResourceRow& row) {
  bylaw_row given{};
  given.size = sizeof given;
  given.model = row.model.c_str(), given.address = row.address.c_str(), given.fields = row.fields.c_str(),
  given.unknown = row.unknown.c_str();
  given.id = row.id.c_str(), given.account = row.account.c_str(), given.region = row.region.c_str(),
  given.tags = row.tags.c_str();
  return given;
}

std::string JudgeChanged(const Shared& shared, const bylaw::ResourceRow& change) {
  bylaw_error* error = nullptr;
  const bylaw_row row = Row(change);
  bylaw_snapshot* changed = bylaw_snapshot_with(shared.snapshot, &row, 1, &error);
  if (changed == nullptr) Die("with", error);
  const bylaw_resource only{row.model, row.address};
  const std::string text = Judge(changed, &only, 1);
  bylaw_snapshot_free(changed);
  return text;
}

std::atomic<int> num_wrong{0};

void Expect(const char* what, const std::string& seen, const std::string& expected) {
  if (seen == expected) return;
  if (num_wrong++ == 0) std::fprintf(stderr, "%s differs:\n%s\nnot\n%s\n", what, seen.c_str(), expected.c_str());
}

void Work(const Shared& shared, int thread, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const size_t at = static_cast<size_t>(thread + round) % shared.changes.size();
    Expect("one resource", JudgeChanged(shared, shared.changes[at]), shared.alone[at]);
    if ((thread + round) % 4 == 0) Expect("everything", Judge(shared.snapshot, nullptr, 2), shared.whole);
    if ((thread + round) % 4 == 1) {
      bylaw_error* error = nullptr;
      std::vector<bylaw_row> rows;
      for (const bylaw::ResourceRow& row : shared.rows) rows.push_back(Row(row));
      bylaw_snapshot* own = bylaw_load_rows(shared.policies, rows.data(), rows.size(), &error);
      if (own == nullptr) Die("load", error);
      Expect("a snapshot of one's own", Judge(own, nullptr, 1), shared.whole);
      bylaw_snapshot_free(own);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 3;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 6;
  const auto program = bylaw::PolicySet::FromFile(argv[1]);
  if (!program.ok()) {
    std::fprintf(stderr, "%s\n", program.error().ToString().c_str());
    return 3;
  }
  bylaw::testing::RandomRows random(*program, 7);
  Shared shared{};
  shared.rows = random.Make(6, 60);
  std::vector<bylaw::ResourceRow> later = shared.rows;
  for (int i = 0; i < 12; ++i) shared.changes.push_back(random.Change(&later));

  bylaw_error* error = nullptr;
  shared.policies = bylaw_policies_from_file(argv[1], &error);
  if (shared.policies == nullptr) Die("policies", error);
  std::vector<bylaw_row> rows;
  for (const bylaw::ResourceRow& row : shared.rows) rows.push_back(Row(row));
  // What is expected comes from another snapshot, so that the threads are the first to use theirs.
  for (bylaw_snapshot** made : {&shared.snapshot, &shared.snapshot}) {
    bylaw_snapshot_free(shared.snapshot);
    *made = bylaw_load_rows(shared.policies, rows.data(), rows.size(), &error);
    if (*made == nullptr) Die("load", error);
    if (!shared.whole.empty()) break;
    shared.whole = Judge(shared.snapshot, nullptr, 1);
    for (const bylaw::ResourceRow& change : shared.changes) shared.alone.push_back(JudgeChanged(shared, change));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < kNumThreads; ++t) threads.emplace_back([&, t] { Work(shared, t, rounds); });
  for (std::thread& thread : threads) thread.join();
  bylaw_snapshot_free(shared.snapshot);
  bylaw_policies_free(shared.policies);
  std::printf("%d threads, %d rounds: %d wrong, %zu bytes of verdicts\n", kNumThreads, rounds, num_wrong.load(),
              shared.whole.size());
  return num_wrong == 0 && !shared.whole.empty() ? 0 : 1;
}
