// estate_generator: writes a made-up estate and the right answers of NET-001 for it.
//
//   estate_generator --form config|plan --resources N [--seed S] --output FILE [--answers FILE]
#include <cstdlib>
#include <iostream>
#include <string>

#include "bench/estate.h"

namespace {

int Usage() {
  std::cerr << "usage: estate_generator --form config|plan --resources N [--seed S] --output FILE [--answers FILE]\n";
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  std::string form = "config", output, answers_path;
  uint64_t num_resources = 0, seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--form") {
      form = value;
    } else if (option == "--resources") {
      num_resources = std::strtoull(value.c_str(), nullptr, 10);
    } else if (option == "--seed") {
      seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (option == "--output") {
      output = value;
    } else if (option == "--answers") {
      answers_path = value;
    } else {
      return Usage();
    }
  }
  if (argc % 2 == 0 || output.empty() || num_resources == 0 || (form != "config" && form != "plan")) return Usage();

  bylaw::bench::Answers answers;
  const bool written = form == "config" ? bylaw::bench::WriteConfigSnapshot(output, num_resources, seed, answers)
                                        : bylaw::bench::WriteTerraformPlan(output, num_resources, seed, answers);
  if (!written) {
    std::cerr << "estate_generator: cannot write `" << output << "`\n";
    return 3;
  }
  if (!answers_path.empty()) {
    bylaw::bench::EstateWriter out(answers_path);
    for (const std::string& answer : answers) out.Write({answer, "\n"});
    if (!out.Close()) {
      std::cerr << "estate_generator: cannot write `" << answers_path << "`\n";
      return 3;
    }
  }
  return 0;
}
