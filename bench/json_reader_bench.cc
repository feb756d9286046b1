// How fast the JSON reader passes over a large AWS Config snapshot, as ratios to simdjson's on-demand parser over the
// same bytes.
//
//   json_reader_bench [MEGABYTES=200] [pretty]
//
// Each line: the best of five, throughput, ratio to on-demand doing the same work (above 1 is faster), and what it
// added to the peak of the process's own (anonymous) memory.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <simdjson.h>
#include <unistd.h>

#include "runtime/json/json_locator.h"
#include "runtime/json/json_path.h"
#include "runtime/json/json_stream.h"

namespace bylaw {
namespace {

std::string Estate(size_t num_bytes, bool pretty) {
  constexpr std::array<std::string_view, 12> kTypes = {"AWS::EC2::Instance",    "AWS::EC2::NetworkInterface",
                                                       "AWS::EC2::Subnet",      "AWS::EC2::SecurityGroup",
                                                       "AWS::IAM::Role",        "AWS::S3::Bucket",
                                                       "AWS::Lambda::Function", "AWS::EC2::Volume",
                                                       "AWS::IAM::Policy",      "AWS::RDS::DBInstance",
                                                       "AWS::EC2::VPC",         "AWS::EC2::RouteTable"};
  std::mt19937 random(7);
  const std::string nl = pretty ? "\n    " : "";
  const std::string gap = pretty ? " " : "";
  std::string text = "{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"0c9\",\"configurationItems\":[";
  for (uint64_t i = 0; text.size() < num_bytes; ++i) {
    if (i > 0) text += pretty ? ",\n  " : ",";
    const std::string_view type = kTypes[random() % kTypes.size()];
    const auto id = fmt::format("{:017x}", random() * uint64_t{2654435761});
    const auto field = [&](std::string_view key, const std::string& value) {
      text += fmt::format("\"{}\":{}{},{}", key, gap, value, nl);
    };
    text += "{" + nl;
    field("relatedEvents", "[]");
    std::string relations = "[";
    for (uint64_t r = random() % 4; r > 0; --r) {
      relations += fmt::format(
          "{{\"resourceId\":\"sg-{}\",\"resourceName\":null,\"resourceType\":\"AWS::EC2::SecurityGroup\",\"name\":\"Is "
          "associated with\"}}{}",
          id, r > 1 ? "," : "");
    }
    field("relationships", relations + "]");
    std::string configuration = fmt::format(
        "{{\"id\":\"i-{}\",\"privateIp\":\"10.0.{}.{}\",\"monitoring\":{{\"state\":\"disabled\"}},\"cores\":{}", id,
        i % 256, i % 251, i % 64);
    for (uint64_t b = random() % 5; b > 0; --b) {
      configuration += fmt::format(
          ",\"blockDevice{}\":{{\"ebs\":{{\"attachTime\":\"2026-03-01T10:00:00.000Z\",\"deleteOnTermination\":true,"
          "\"volumeId\":\"vol-{}\"}}}}",
          b, id);
    }
    configuration +=
        ",\"policyDocument\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\","
        "\\\"Action\\\":\\\"s3:*\\\"}]}\"";
    field("configuration", configuration + "}");
    field("supplementaryConfiguration", "{}");
    std::string tags = "{";
    for (uint64_t t = random() % 5; t > 0; --t)
      tags += fmt::format("\"key{}\":\"value {}\"{}", t, random() % 1000, t > 1 ? "," : "");
    field("tags", tags + "}");
    field("configurationItemVersion", "\"1.3\"");
    field("configurationItemCaptureTime", "\"2026-11-02T04:05:06.789Z\"");
    field("configurationStateId", std::to_string(1'500'000'000'000 + i));
    field("awsAccountId", "\"123456789012\"");
    field("configurationItemStatus", "\"OK\"");
    field("resourceType", fmt::format("\"{}\"", type));
    field("resourceId", fmt::format("\"i-{}\"", id));
    field("ARN", fmt::format("\"arn:aws:ec2:eu-west-1:123456789012:instance/i-{}\"", id));
    field("awsRegion", "\"eu-west-1\"");
    text += fmt::format("\"availabilityZone\":{}\"eu-west-1a\"}}", gap);
  }
  return text + "]}\n";
}

/// Kilobytes of `field` in /proc/self/status.
long StatusField(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::atol(line.c_str() + field.size() + 1);
  }
  return 0;
}

struct Measure {
  double seconds = 1e9;
  uint64_t answer = 0;
  long kilobytes = 0;
};

Measure Run(const std::function<uint64_t(long*)>& work) {
  Measure measure;
  for (int i = 0; i < 5; ++i) {
    const long before = StatusField("RssAnon:");
    long peak = 0;
    const auto start = std::chrono::steady_clock::now();
    measure.answer = work(&peak);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    measure.seconds = std::min(measure.seconds, time.count());
    if (i == 0) measure.kilobytes = peak - before;
  }
  return measure;
}

void Print(const char* what, const Measure& measure, double megabytes, const Measure& floor) {
  std::printf("%-58s %7.1f ms %7.0f MB/s  x%.2f  +%ld kB%s\n", what, measure.seconds * 1e3, megabytes / measure.seconds,
              floor.seconds / measure.seconds, measure.kilobytes,
              measure.answer == floor.answer ? "" : "  DIFFERENT ANSWER");
}

int Main(int argc, char** argv) {
  const size_t megabytes = argc > 1 ? static_cast<size_t>(std::atol(argv[1])) : 200;
  const bool pretty = argc > 2;
  std::string path = "/tmp/bylaw_json_bench_XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return 1;
  close(fd);
  std::ofstream(path, std::ios::binary) << Estate(megabytes << 20, pretty);
  const auto opened = InputFile::Open(path);
  unlink(path.c_str());
  if (!opened.ok()) return 1;
  const InputFile& file = **opened;
  const std::string_view text = file.text();
  const double size = static_cast<double>(text.size()) / 1e6;
  const auto memory = [](long* peak) { *peak = StatusField("RssAnon:"); };

  namespace ondemand = simdjson::ondemand;
  const auto on_demand_items = [&](long* peak, const auto& use) {
    uint64_t answer = 0;
    ondemand::parser parser;
    ondemand::document document = parser.iterate(text.data(), text.size(), text.size() + InputFile::kPadding);
    for (ondemand::object item : document["configurationItems"].get_array()) answer += use(item);
    memory(peak);
    return answer;
  };
  const auto items = [&](long* peak, const auto& use) {
    uint64_t answer = 0;
    JsonStream stream(file);
    stream.NextDocument();
    stream.EnterObject();
    std::string_view key;
    while (stream.NextKey(&key)) {
      if (key != "configurationItems" || !stream.EnterArray()) continue;
      while (stream.NextElement()) answer += use(stream);
    }
    memory(peak);
    if (!stream.status().ok()) std::printf("%s\n", stream.status().error().ToString().c_str());
    return answer;
  };

  std::printf("%.0f MB, %s, simdjson %s\n", size, pretty ? "pretty-printed" : "on one line",
              simdjson::get_active_implementation()->name().c_str());
  const Measure skip_floor =
      Run([&](long* peak) { return on_demand_items(peak, [](ondemand::object) { return 1u; }); });
  Print("skip every item: on-demand", skip_floor, size, skip_floor);
  Print("skip every item: stream", Run([&](long* peak) {
          return items(peak, [](JsonStream& stream) {
            stream.SkipValue();
            return 1u;
          });
        }),
        size, skip_floor);

  const Measure type_floor = Run([&](long* peak) {
    return on_demand_items(peak, [](ondemand::object item) {
      return std::string_view(item["resourceType"].get_string()) == "AWS::EC2::Subnet" ? 1u : 0u;
    });
  });
  Print("type of every item: on-demand", type_floor, size, type_floor);
  constexpr std::array<std::string_view, 1> kType = {"resourceType"};
  const JsonPaths type_path = JsonPaths::Compile(kType).value();
  JsonExtraction found;
  Print("type of every item: stream, paths", Run([&](long* peak) {
          return items(peak, [&](JsonStream& stream) {
            stream.TakeFields(type_path, &found);
            return found.at(type_path.slot(0)).string().raw() == "AWS::EC2::Subnet" ? 1u : 0u;
          });
        }),
        size, type_floor);
  Print("type of every item: stream, TakeValue and Find", Run([&](long* peak) {
          return items(peak, [&](JsonStream& stream) {
            return stream.TakeValue().Find("resourceType").string().raw() == "AWS::EC2::Subnet" ? 1u : 0u;
          });
        }),
        size, type_floor);

  const Measure rows_floor = Run([&](long* peak) {
    return on_demand_items(peak, [](ondemand::object item) -> uint64_t {
      if (std::string_view(item["resourceType"].get_string()) != "AWS::EC2::Subnet") return 0;
      const uint64_t cores = uint64_t(item["configuration"]["cores"].get_uint64());
      uint64_t relations = 0;
      for (ondemand::object relation : item["relationships"].get_array())
        relations += std::string_view(relation["resourceId"].get_string()).size();
      return cores + relations + std::string_view(item["ARN"].get_string()).size();
    });
  });
  Print("4 fields of 1 type in 12: on-demand", rows_floor, size, rows_floor);
  constexpr std::array<std::string_view, 4> kFields = {"resourceType", "configuration.cores",
                                                       "relationships[].resourceId", "ARN"};
  const JsonPaths fields = JsonPaths::Compile(kFields).value();
  const auto sum = [&](const JsonExtraction& row) -> uint64_t {
    uint64_t total =
        static_cast<uint64_t>(row.at(fields.slot(1)).number().integer) + row.at(fields.slot(3)).string().raw().size();
    const JsonPaths::Slot relation = fields.slot(2);
    for (uint32_t i = 0; i < row.num_rows(relation.group); ++i) total += row.at(relation, i).string().raw().size();
    return total;
  };
  JsonExtraction row;
  Print("4 fields of 1 type in 12: stream, type then paths", Run([&](long* peak) {
          return items(peak, [&](JsonStream& stream) -> uint64_t {
            const JsonValue item = stream.TakeFields(type_path, &found);
            if (found.at(type_path.slot(0)).string().raw() != "AWS::EC2::Subnet") return 0;
            row.Extract(fields, item);
            return sum(row);
          });
        }),
        size, rows_floor);
  Print("4 fields of 1 type in 12: stream, all paths at once", Run([&](long* peak) {
          return items(peak, [&](JsonStream& stream) -> uint64_t {
            stream.TakeFields(fields, &row);
            return row.at(fields.slot(0)).string().raw() == "AWS::EC2::Subnet" ? sum(row) : 0;
          });
        }),
        size, rows_floor);

  std::vector<uint64_t> offsets;
  for (uint64_t i = 1; i <= 100; ++i) offsets.push_back(text.size() / 101 * i);
  Print("(100 pointers over the file; ratio to skipping)", Run([&](long* peak) {
          const auto positions = LocateJson(file, offsets);
          memory(peak);
          return positions.size() == 100 ? skip_floor.answer : 0;
        }),
        size, skip_floor);
  return 0;
}

}  // namespace
}  // namespace bylaw

int main(int argc, char** argv) { return bylaw::Main(argc, argv); }
