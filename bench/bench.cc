// bylaw_bench: measures whole `bylaw` processes against a program written by hand for one question, in one run, and
// prints a table of ratios.
//
//   bylaw_bench [--bylaw PATH] [--work FOLDER] [--seed S] [--repeat N] [--large N] [--sizes A,B,C] [--against NAME,…]
//   [--quick]
//
// Exit status: 0 measured, and all answers are right; 1 an answer is wrong; 3 could not measure.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/graph.h"
#include "bench/import_inputs.h"
#include "bench/many_rules.h"
#include "bench/peers.h"
#include "bench/process.h"

namespace bylaw::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string bylaw = "bylaw";
  fs::path work = fs::temp_directory_path() / "bylaw-bench";
  fs::path programs;  ///< where estate_generator and floor stand
  uint64_t seed = 1;
  int repeats = 3;
  uint64_t large = 433921;
  std::vector<uint64_t> sizes = {20000, 200000, 2000000};
  std::vector<uint64_t> graph_nodes = {1000, 10000, 100000};
  uint64_t imported = 100000;
  std::vector<std::string> against;
};

/// A generated estate and its right answers.
struct Estate {
  std::string path;
  uint64_t num_resources = 0, num_bytes = 0;
  std::vector<std::string> answers;
};

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)), flagship_(Folder() / "flagship.bylaw") {}

  int Run() {
    fs::create_directories(options_.work);
    fmt::print("bylaw_bench: seed {}, best of {} runs, files in {}\n", options_.seed, options_.repeats,
               options_.work.string());
    if (!IsInstalled(options_.bylaw)) {
      fmt::print("bylaw_bench: no command `{}`; give it with --bylaw\n", options_.bylaw);
      return 3;
    }
    AgainstTheFloor();
    ImportSpeed();
    Growth();
    ColdStart();
    CompileTime();
    FormatTime();
    Recursion();
    if (could_not_) return 3;
    return wrong_ ? 1 : 0;
  }

 private:
  static fs::path Folder() { return BYLAW_BENCH_FOLDER; }
  std::string InWork(const std::string& name) const { return (options_.work / name).string(); }

  Estate MakeEstate(const std::string& form, uint64_t num_resources) {
    Estate estate{InWork(fmt::format("{}-{}-{}.json", form, num_resources, options_.seed)), num_resources, 0, {}};
    const std::string answers = estate.path + ".answers";
    const fs::path generator = options_.programs / "estate_generator";
    if (!fs::exists(estate.path) || !fs::exists(answers) ||
        fs::last_write_time(answers) < fs::last_write_time(generator)) {
      const ProcessRun run =
          RunProcess({generator.string(), "--form", form, "--resources", std::to_string(num_resources), "--seed",
                      std::to_string(options_.seed), "--output", estate.path, "--answers", answers});
      if (run.status != 0) Fail(fmt::format("estate_generator ended with status {}", run.status));
    }
    std::error_code error;
    estate.num_bytes = fs::file_size(estate.path, error);
    std::istringstream lines(ReadFile(answers));
    for (std::string line; std::getline(lines, line);) estate.answers.push_back(line);
    return estate;
  }

  /// `policy` empty: the shipped packs, as they are compiled. `format`: "json=FILE", …
  std::vector<std::string> Check(const Estate& estate, const std::string& policy, int jobs,
                                 const std::string& format) const {
    std::vector<std::string> command = {options_.bylaw,       "check",    estate.path, "--jobs",
                                        std::to_string(jobs), "--format", format};
    if (!policy.empty()) command.insert(command.end(), {"-p", policy});
    return command;
  }

  /// "same", or how the answer differs. A run that did not judge counts as wrong.
  std::string Compare(const ProcessRun& run, const std::vector<std::string>& got,
                      const std::vector<std::string>& want) {
    if (!run.started || run.status > 2) {
      wrong_ = true;
      return fmt::format("status {}: {}", run.status, FirstLine(InWork("stderr.txt")));
    }
    if (got == want) return "same";
    wrong_ = true;
    return fmt::format("DIFFERS: {} instead of {}", got.size(), want.size());
  }
  static std::string FirstLine(const std::string& path) {
    const std::string text = ReadFile(path);
    return text.substr(0, text.find('\n'));
  }

  /// The addresses of subnets that fail in a JSON report on a plan; `num_undecided` counts the results that are unknown.
  static std::vector<std::string> FailingAddresses(const std::string& report, uint64_t& num_undecided) {
    std::vector<std::string> found;
    num_undecided = 0;
    constexpr std::string_view kVerdict = "\"verdict\": \"", kAddress = "\"address\": \"";
    for (size_t at = report.find(kVerdict); at != std::string::npos; at = report.find(kVerdict, at + 1)) {
      const bool fails = report.compare(at + kVerdict.size(), 5, "fail\"") == 0;
      if (report.compare(at + kVerdict.size(), 8, "unknown\"") == 0) ++num_undecided;
      const size_t begin = report.find(kAddress, at);
      if (!fails || begin == std::string::npos) continue;
      const size_t end = report.find('"', begin + kAddress.size());
      const std::string address = report.substr(begin + kAddress.size(), end - begin - kAddress.size());
      if (address.find(".aws_subnet.") != std::string::npos) found.push_back(address);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  void Row(const std::string& what, const ProcessRun& run, double floor_seconds, const std::string& aim_time,
           const Estate& estate, const std::string& aim_memory, const std::string& answer) {
    fmt::print("  {:<28} {:>8.3f} {:>8.2f} {:>6} {:>11.2f} {:>6}   {}\n", what, run.seconds,
               run.seconds / floor_seconds, aim_time,
               static_cast<double>(run.peak_bytes) / static_cast<double>(estate.num_bytes), aim_memory, answer);
    std::fflush(stdout);
  }

  static void Ratio(const std::string& what, double ratio, const std::string& aim) {
    fmt::print("  {:<28} {:>8} {:>8.2f} {:>6}\n", what, "", ratio, aim);
  }

  /// Nothing, or why a run judged nothing.
  std::string Judged(const ProcessRun& run, const std::string& error) {
    if (run.started && run.status <= 2) return "";
    wrong_ = true;
    return fmt::format("status {}: {}", run.status, FirstLine(error));
  }

  /// The folder of every shipped pack's text, of this source tree.
  static std::string ShippedPacks() { return (Folder().parent_path() / "policies" / "packs").string(); }

  void AgainstTheFloor() {
    const Estate estate = MakeEstate("config", options_.large);
    (void)ReadFileIntoCache(estate.path);
    fmt::print("\nNET-001 on one AWS Config snapshot of {} resources, {:.1f} MB, {} failing subnets\n",
               estate.num_resources, Megabytes(estate.num_bytes), estate.answers.size());
    fmt::print("  {:<28} {:>8} {:>8} {:>6} {:>11} {:>6}   {}\n", "", "seconds", "x floor", "aim", "peak/input", "aim",
               "answer");

    const std::string output = InWork("stdout.txt"), error = InWork("stderr.txt"), report = InWork("report.json");
    const ProcessRun floor =
        BestOf(options_.repeats, {(options_.programs / "floor").string(), estate.path}, output, error);
    Row("floor, by hand", floor, floor.seconds, "", estate, "",
        Compare(floor, SubnetIds(ReadFile(output)), estate.answers));

    const std::string bundle = InWork("flagship.bylawc");
    if (RunProcess({options_.bylaw, "compile", flagship_.string(), "-o", bundle}, "", error).status != 0) {
      Fail("bylaw compile: " + FirstLine(error));
      return;
    }
    double one_thread = 0;
    for (int jobs : {1, 2}) {
      const ProcessRun run = BestOf(options_.repeats, Check(estate, bundle, jobs, "json=" + report), output, error);
      Row(fmt::format("bylaw, {} thread{}", jobs, jobs == 1 ? "" : "s"), run, floor.seconds,
          jobs == 1 ? "1.20" : "1.00", estate, "1.30", Compare(run, SubnetIds(ReadFile(report)), estate.answers));
      if (jobs == 1) one_thread = run.seconds;
      if (jobs == 2) Ratio("  two threads against one", one_thread / run.seconds, "1.80");
    }

    // What no judged rule needs is not read.
    std::vector<std::string> one_rule = Check(estate, "", 1, "json=" + report);
    one_rule.insert(one_rule.end(), {"--rule", "NET-001"});
    const ProcessRun filtered = BestOf(options_.repeats, one_rule, output, error);
    Row("bylaw, NET-001 of all packs", filtered, floor.seconds, "", estate, "1.30",
        Compare(filtered, SubnetIds(ReadFile(report)), estate.answers));
    Ratio("  against NET-001 alone", filtered.seconds / one_thread, "");

    const std::string many = InWork("many.bylaw");
    std::ofstream(many) << ManyRules(150);
    struct ManyRulesRun {
      const char* what;
      std::string policy, format;
    };
    const std::string json = "json=" + report;
    for (const auto& [what, policy, format] :
         {ManyRulesRun{"150 rules, JSON", many, json}, ManyRulesRun{"all packs", "", "text=" + report},
          ManyRulesRun{"all packs, JSON", "", json}}) {
      double alone = 0;
      for (int jobs : {1, 2}) {
        const ProcessRun run = BestOf(options_.repeats, Check(estate, policy, jobs, format), output, error);
        Row(fmt::format("bylaw, {}, {} thread{}", what, jobs, jobs == 1 ? "" : "s"), run, floor.seconds,
            jobs == 1 ? "2.00" : "", estate, "1.30", Judged(run, error));
        if (jobs == 1) {
          alone = run.seconds;
          Ratio("  against NET-001 alone", run.seconds / one_thread, "3.00");
        } else {
          Ratio("  two threads against one", alone / run.seconds, "1.80");
        }
      }
    }

    for (const std::string& name : options_.against) {
      const auto peer = MakePeer(name, (Folder() / "peers").string(), estate.path);
      if (!peer) {
        fmt::print("  {:<28} not a peer that is known: duckdb, opa, regorus, conftest, cfn-guard\n", name);
      } else if (!IsInstalled(name)) {
        fmt::print("  {:<28} not installed\n", name);
      } else {
        const ProcessRun run = RunProcess(peer->arguments, output, error);
        std::string answer = "another question, not compared";
        if (peer->same_question) {
          const bool right = SubnetIds(ReadFile(output)) == estate.answers;
          answer = right ? "same" : fmt::format("differs (status {}): {}", run.status, FirstLine(error));
        }
        Row(name, run, floor.seconds, "", estate, "", answer);
      }
    }
  }

  /// One rule that reads one column, on inputs of each format, against the parser alone.
  void ImportSpeed() {
    fmt::print("\nReading: one column of one type, {} resources of each format, 1 thread\n", options_.imported);
    fmt::print("  {:<28} {:>8} {:>8} {:>8} {:>6} {:>11} {:>6}   {}\n", "", "MB", "seconds", "x parser", "aim",
               "peak/input", "aim", "answer");
    const std::string policy = InWork("reading.bylaw"), bundle = InWork("reading.bylawc"),
                      output = InWork("stdout.txt"), error = InWork("stderr.txt"), report = InWork("report.json");
    for (const ImportInput& input : ImportInputs()) {
      const uint64_t num_resources = options_.imported;
      Estate estate{InWork(fmt::format("reading-{}.{}", input.name, input.extension)), num_resources, 0, {}};
      uint64_t num_failing = 0;
      if (!WriteImportInput(input, estate.path, num_resources, &num_failing))
        return Fail("cannot write " + estate.path);
      estate.num_bytes = ReadFileIntoCache(estate.path);
      std::ofstream(policy) << input.policy;
      std::vector<std::string> floor_command = {(options_.programs / "reading_floor").string(), estate.path};
      if (!input.is_yaml)
        floor_command.insert(floor_command.end(), {input.list, input.type_key, input.type, input.column});
      const std::string want = fmt::format("{}\n", num_failing);
      const ProcessRun floor = BestOf(options_.repeats, floor_command, output, error);
      if (floor.status != 0 || ReadFile(output) != want)
        return Fail("reading_floor: " + FirstLine(error) + FirstLine(output));
      // Compiled before: reading is what is measured.
      if (RunProcess({options_.bylaw, "compile", policy, "-o", bundle}, "", error).status != 0)
        return Fail("bylaw compile: " + FirstLine(error));
      const ProcessRun run = BestOf(options_.repeats, Check(estate, bundle, 1, "json=" + report), "", error);
      const std::string text = ReadFile(report);
      uint64_t num_found = 0;
      for (size_t at = text.find("\"verdict\": \"fail\""); at != std::string::npos;
           at = text.find("\"verdict\": \"fail\"", at + 1))
        ++num_found;
      std::string answer = Judged(run, error);
      if (answer.empty()) answer = Compare(run, {fmt::format("{}\n", num_found)}, {want});
      fmt::print("  {:<28} {:>8.1f} {:>8.3f} {:>8.2f} {:>6} {:>11.2f} {:>6}   {}\n",
                 fmt::format("{}, {}", input.name, input.extension), Megabytes(estate.num_bytes), run.seconds,
                 run.seconds / floor.seconds, input.is_yaml ? "1.00" : "2.00",
                 static_cast<double>(run.peak_bytes) / static_cast<double>(estate.num_bytes),
                 input.is_yaml ? "" : "1.50", answer);
      std::fflush(stdout);
    }
  }

  void Growth() {
    fmt::print("\nNET-001 by size, 1 thread\n  {:<28} {:>8} {:>8} {:>10} {:>11} {:>9}   {}\n", "", "MB", "seconds",
               "us/item", "peak/input", "growth", "answer");
    for (const std::string form : {"config", "plan"}) {
      double before_seconds = 0;
      uint64_t before_size = 0;
      for (uint64_t size : options_.sizes) {
        const Estate estate = MakeEstate(form, size);
        (void)ReadFileIntoCache(estate.path);
        const std::string report = InWork("report.json"), error = InWork("stderr.txt");
        const ProcessRun run =
            BestOf(options_.repeats, Check(estate, flagship_.string(), 1, "json=" + report), "", error);
        const std::string text = ReadFile(report);
        uint64_t num_undecided = 0;
        std::vector<std::string> failing = FailingAddresses(text, num_undecided);
        if (form == "config") failing = SubnetIds(text);
        std::string answer = Compare(run, failing, estate.answers);
        if (num_undecided > 0) answer += fmt::format(", {} undecided", num_undecided);
        // The exponent of growth between two sizes: 1 is linear.
        const std::string growth =
            before_size == 0
                ? ""
                : fmt::format("n^{:.2f}", std::log(run.seconds / before_seconds) /
                                              std::log(static_cast<double>(size) / static_cast<double>(before_size)));
        fmt::print("  {:<28} {:>8.1f} {:>8.3f} {:>10.3f} {:>11.2f} {:>9}   {}\n",
                   fmt::format("{}, {} resources", form, size), Megabytes(estate.num_bytes), run.seconds,
                   run.seconds * 1e6 / static_cast<double>(size),
                   static_cast<double>(run.peak_bytes) / static_cast<double>(estate.num_bytes), growth, answer);
        std::fflush(stdout);
        before_seconds = run.seconds;
        before_size = size;
      }
    }
  }

  void ColdStart() {
    fmt::print("\nCold start: one whole process on a plan of 22 resources\n  {:<44} {:>8} {:>6} {:>9}\n", "", "ms",
               "aim", "peak MB");
    const Estate estate = MakeEstate("plan", 22);
    const std::string error = InWork("stderr.txt"), report = InWork("report.json");
    const std::string packs = InWork("packs.bylawc");
    struct Case {
      std::string what, policy, aim;
    };
    std::vector<Case> cases = {{"NET-001 from source", flagship_.string(), ""},
                               {"NET-001 from a bundle", InWork("flagship.bylawc"), "5"}};
    const std::string shipped = ShippedPacks();
    if (RunProcess({options_.bylaw, "compile", shipped, "-o", packs}, "", error).status == 0) {
      cases.push_back({"every shipped pack from source", shipped, ""});
      cases.push_back({"every shipped pack from a bundle", packs, "15"});
      cases.push_back({"every shipped pack, no -p given", "", "15"});
    } else {
      Fail("bylaw compile of the shipped packs: " + FirstLine(error));
    }
    for (const Case& c : cases) {
      const ProcessRun run =
          BestOf(std::max(options_.repeats, 10), Check(estate, c.policy, 1, "json=" + report), "", error);
      fmt::print("  {:<44} {:>8.2f} {:>6} {:>9.1f}   {}\n", c.what, run.seconds * 1e3, c.aim, Megabytes(run.peak_bytes),
                 Judged(run, error));
    }
  }

  void CompileTime() {
    fmt::print("\nCompile time\n  {:<44} {:>8} {:>6}\n", "", "ms", "aim");
    const std::string error = InWork("stderr.txt"), many = InWork("many.bylaw");
    for (int num_rules : {1, 15, 150, 1500}) {
      std::ofstream(many) << ManyRules(num_rules);
      const ProcessRun run =
          BestOf(options_.repeats, {options_.bylaw, "compile", many, "-o", InWork("many.bylawc")}, "", error);
      if (run.status != 0) wrong_ = true;
      fmt::print("  {:<44} {:>8.2f} {:>6}   {}\n", fmt::format("{} rules and the models", num_rules), run.seconds * 1e3,
                 num_rules == 150 ? "150" : "",
                 run.status == 0 ? "" : fmt::format("status {}: {}", run.status, FirstLine(error)));
    }
  }

  void FormatTime() {
    const std::string policy = InWork("long.bylaw"), error = InWork("stderr.txt");
    std::string text;
    int64_t num_lines = 0;
    for (int num_rules = 100; num_lines < 10000; num_rules += 100) {
      text = ManyRules(num_rules);
      num_lines = std::count(text.begin(), text.end(), '\n');
    }
    std::ofstream(policy) << text;
    const ProcessRun run = BestOf(options_.repeats, {options_.bylaw, "fmt", "--check", policy}, "", error);
    if (run.status > 1) wrong_ = true;
    fmt::print("\nFormatting\n  {:<44} {:>8.2f} {:>6}   {}\n", fmt::format("{} lines", num_lines), run.seconds * 1e3,
               "", run.status <= 1 ? "" : fmt::format("status {}: {}", run.status, FirstLine(error)));
  }

  void Recursion() {
    fmt::print("\nRecursion: which nodes of a graph can be reached from one, 1 thread\n  {:<44} {:>8} {:>9}\n", "",
               "seconds", "growth");
    for (uint64_t nodes : options_.graph_nodes) {
      if (!WriteGraph(GraphFile(nodes), nodes, nodes * 10, options_.seed))
        return Fail("cannot write " + GraphFile(nodes));
    }
    Recursion(GraphPolicy(), [](uint64_t nodes) { return fmt::format("{} nodes, {} edges", nodes, nodes * 10); });
    Recursion(TreePolicy(), [](uint64_t nodes) { return fmt::format("a chain of {} nodes", nodes); });
  }

  void Recursion(const std::string& text, const std::function<std::string(uint64_t)>& name) {
    const std::string policy = InWork("graph.bylaw"), report = InWork("report.json"), error = InWork("stderr.txt");
    std::ofstream(policy) << text;
    double before = 0;
    for (uint64_t nodes : options_.graph_nodes) {
      const Estate graph{GraphFile(nodes), nodes, 0, {}};
      const ProcessRun run = BestOf(options_.repeats, Check(graph, policy, 1, "json=" + report), "", error);
      if (run.status != 0) wrong_ = true;  // all can be
      // The exponent of growth between two sizes ten apart: 1 is linear.
      fmt::print("  {:<44} {:>8.3f} {:>9}   {}\n", name(nodes), run.seconds,
                 before == 0 ? "" : fmt::format("n^{:.2f}", std::log10(run.seconds / before)),
                 run.status == 0 ? "same" : fmt::format("DIFFERS, status {}: {}", run.status, FirstLine(error)));
      before = run.seconds;
    }
  }

  std::string GraphFile(uint64_t nodes) const { return InWork(fmt::format("graph-{}.json", nodes)); }

  static double Megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }
  /// Reads a file once, so that no run pays for the disk. Small buffer: this program must stay small.
  static uint64_t ReadFileIntoCache(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::vector<char> buffer(1 << 16);
    uint64_t total = 0;
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
      total += static_cast<uint64_t>(in.gcount());
    return total;
  }
  void Fail(const std::string& text) {
    fmt::print("  could not measure: {}\n", text);
    could_not_ = true;
  }

  Options options_;
  fs::path flagship_;
  bool wrong_ = false, could_not_ = false;
};

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

int Usage() {
  fmt::print(stderr,
             "usage: bylaw_bench [--bylaw PATH] [--work FOLDER] [--seed S] [--repeat N] [--large N] [--sizes A,B,C]\n"
             "                   [--against duckdb,opa,regorus,conftest,cfn-guard] [--quick]\n");
  return 3;
}

int Main(int argc, char** argv) {
  Options options;
  options.programs = fs::read_symlink("/proc/self/exe").parent_path();
  if (fs::exists(options.programs / "bylaw")) options.bylaw = (options.programs / "bylaw").string();
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--quick") {
      options.large = 20000;
      options.sizes = {2000, 20000};
      options.graph_nodes = {1000, 10000};
      options.imported = 5000;
      options.repeats = 1;
      continue;
    }
    if (i + 1 >= argc) return Usage();
    const std::string value = argv[++i];
    if (option == "--bylaw") {
      options.bylaw = value;
    } else if (option == "--work") {
      options.work = value;
    } else if (option == "--seed") {
      options.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (option == "--repeat") {
      options.repeats = std::max(1, std::atoi(value.c_str()));
    } else if (option == "--large") {
      options.large = std::strtoull(value.c_str(), nullptr, 10);
    } else if (option == "--sizes") {
      options.sizes.clear();
      for (const std::string& size : SplitAtCommas(value))
        options.sizes.push_back(std::strtoull(size.c_str(), nullptr, 10));
    } else if (option == "--against") {
      options.against = SplitAtCommas(value);
    } else {
      return Usage();
    }
  }
  return Bench(std::move(options)).Run();
}

}  // namespace
}  // namespace bylaw::bench

int main(int argc, char** argv) { return bylaw::bench::Main(argc, argv); }
