#include "runtime/import/import.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "runtime/import/aws_error_text.h"
#include "runtime/import/csv.h"
#include "runtime/import/importer.h"
#include "runtime/import/input_list.h"
#include "runtime/json/yaml_reader.h"

namespace bylaw {

namespace {

std::string ListNames(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text;
}

/// What exports are made from, given in their place: told by the name of a file that cannot be read, as they are many languages.
std::optional<Error> SourceCode(const std::string& path) {
  struct Language {
    std::string_view ending, name, hint;
  };
  static constexpr Language kLanguages[] = {
      {".tf", "Terraform configuration",
       "give its plan: `terraform plan -out=plan && terraform show -json plan | bylaw … -`"},
      {".tofu", "OpenTofu configuration", "give its plan: `tofu plan -out=plan && tofu show -json plan | bylaw … -`"},
      {".hcl", "HCL", "give the plan: `terragrunt show -json PLAN | bylaw … -`"},
      {".bicep", "Bicep", "give the template that it makes: `az bicep build --stdout --file FILE | bylaw … -`"},
  };
  for (const Language& language : kLanguages) {
    if (!path.ends_with(language.ending)) continue;
    return Error{.message = fmt::format("is {}, and no export", language.name),
                 .file = path,
                 .hint = std::string(language.hint)};
  }
  return std::nullopt;
}

Error UnknownFormat(const std::string& path, const Sniff& sniff, std::string_view text) {
  if (auto error = SourceCode(path)) return std::move(*error);
  if (sniff.Has("@level") && sniff.Has("@message")) {
    return {.message = "is what `terraform plan -json` tells while it works, and no plan",
            .file = path,
            .hint = "give the plan: `terraform plan -out=plan && terraform show -json plan | bylaw … -`"};
  }
  // A document that somebody quoted once too often.
  const std::string_view inside =
      sniff.kind == JsonKind::kString ? text.substr(std::min(text.find('"'), text.size() - 1) + 1) : std::string_view();
  if (inside.starts_with('{') || inside.starts_with('[')) {
    return {.message = "unknown format: a string that holds JSON",
            .file = path,
            .hint = "give what is in it: `jq -r . FILE`"};
  }
  return {.message = "unknown format: " + sniff.Describe(),
          .file = path,
          .hint = "formats that are read: " + ListNames(ImportFormats()) +
                  "; plain JSON is read where a policy reads `json[…]`"};
}

/// Reads one file; `warning` is set instead of an error for files of a folder that are of no known format.
Status ReadFile(const FileToRead& entry, const std::vector<std::unique_ptr<Importer>>& importers, ImportRun& run,
                std::string* warning) {
  const auto start = std::chrono::steady_clock::now();
  std::shared_ptr<const InputFile> file;
  {
    auto opened =
        entry.input->bytes ? InputFile::FromBytes(entry.path, *entry.input->bytes) : InputFile::Open(entry.path);
    if (!opened.ok()) {
      // The shell leaves an empty file where a command failed.
      if (!entry.from_folder || !opened.error().message.starts_with("is empty")) return opened.error();
      *warning = opened.error().ToString();
      return Ok{};
    }
    if (auto error = AwsErrorToJson((*opened)->text().substr(0, 4096))) {
      BYLAW_ASSIGN(file, InputFile::FromBytes((*opened)->name(), std::move(*error)));
    } else if (LooksLikeCsv((*opened)->text())) {
      BYLAW_ASSIGN(file, InputFile::FromBytes((*opened)->name(), CsvToJson((*opened)->text())));
    } else {
      auto read = ReadJsonOrYaml(std::move(*opened), {.max_depth = run.options.max_depth}, &run.statistics.warnings);
      if (!read.ok()) return SourceCode(entry.path).value_or(read.error());
      file = std::move(*read);
    }
  }
  if (run.options.max_input_bytes != 0 && run.bytes_before + file->num_source_bytes() > run.options.max_input_bytes) {
    return Error{.message = fmt::format("the inputs hold more than {} bytes", run.options.max_input_bytes),
                 .file = entry.path,
                 .hint = "raise the limit on the size of the inputs"};
  }
  size_t found = importers.size();
  const Result<Sniff> sniffed = SniffFormat(*file, importers, run.StreamOptions(), &found);
  if (!sniffed.ok()) return SourceCode(entry.path).value_or(sniffed.error());
  const Sniff& sniff = *sniffed;
  if (!run.options.input_format.empty()) {
    const std::string_view wanted =
        run.options.input_format == "yaml" ? "json" : std::string_view(run.options.input_format);
    found = importers.size();
    for (size_t i = 0; i < importers.size(); ++i) {
      if (importers[i]->name() == wanted) found = i;
    }
    if (found == importers.size()) {
      return Error{.message = "there is no input format `" + run.options.input_format + "`",
                   .file = {},
                   .hint = "formats: " + ListNames(ImportFormats())};
    }
  } else if (found == importers.size() && importers.back()->Detect(sniff)) {
    found = importers.size() - 1;
  }
  if (sniff.kind == JsonKind::kMissing) {
    const Error error{.message = "holds nothing but comments", .file = entry.path};
    if (!entry.from_folder) return error;
    *warning = error.ToString();
    return Ok{};
  }
  if (found == importers.size()) {
    const Error error = UnknownFormat(entry.path, sniff, file->text());
    if (!entry.from_folder) return error;
    *warning = error.ToString();
    return Ok{};
  }

  Importer& importer = *importers[found];
  InputInfo info;
  info.path = entry.path;
  info.format = file->source() && importer.name() == "json" ? "yaml" : importer.name();
  info.num_bytes = file->num_source_bytes();
  info.context_only = entry.input->context_only;
  const auto landmarks = std::make_shared<JsonLandmarks>();
  run.located = std::make_shared<LocatedInput>(LocatedInput{.file = file});
  run.input = run.builder.AddInput(info, MakeLocator(run.located, landmarks), importer.record_prefix());
  run.landmarks = landmarks.get();
  run.context_only = info.context_only;
  run.builder.Keep(file);
  InputStatistics& statistics = run.statistics.inputs.emplace_back();
  statistics.path = entry.path;
  statistics.format = info.format;
  statistics.num_bytes = info.num_bytes;
  run.current = &statistics;
  const Status read = importer.Read(*file, sniff, run);
  run.landmarks = nullptr;
  BYLAW_RETURN_IF_ERROR(read);
  // With nothing read of it, every rule would pass.
  if (!run.options.input_format.empty() && statistics.num_resources + statistics.num_deleted == 0 &&
      !importer.Detect(sniff)) {
    const Error error{
        .message = fmt::format("holds nothing of the format `{}`: {}", run.options.input_format, sniff.Describe()),
        .file = entry.path,
        .hint = "name the format that it is in, or leave `--input-format` out"};
    if (!entry.from_folder) return error;
    *warning = error.ToString();
    return Ok{};
  }
  if (importer.covers_format()) run.CoverAllTypes(importer.mapping_format());
  constexpr size_t kMostShown = 20;
  const auto duplicates = run.builder.TakeDuplicateKeys();
  for (size_t i = 0; i < duplicates.size() && i < kMostShown; ++i) {
    const LineColumn earlier = file->Locate(duplicates[i].earlier);
    const Error place = file->ErrorAt(duplicates[i].later,
                                      fmt::format("the key `{}` stands here again, after {}:{}; the last one counts",
                                                  duplicates[i].key, earlier.line, earlier.column));
    run.statistics.warnings.push_back(place.ToString());
  }
  if (duplicates.size() > kMostShown)
    run.statistics.warnings.push_back(
        fmt::format("{}: {} more keys stand twice in one object", entry.path, duplicates.size() - kMostShown));
  run.builder.input(run.input).num_resources = statistics.num_resources;
  statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return Ok{};
}

void FillStatistics(const ImportRun& run, const SnapshotBuilder& builder, ImportStatistics* statistics) {
  for (const auto& [format, types] : run.counts) {
    std::map<std::string, ImportRun::TypeCount> sorted(types.begin(), types.end());
    for (const auto& [type, count] : sorted)
      statistics->source_types.push_back({format, type, count.num_records, count.mapped});
  }
  for (const UnresolvedReference& reference : builder.unresolved()) {
    const Table& table = run.program.tables[reference.table];
    statistics->references.push_back(
        {table.name, table.columns[reference.column].name, reference.reason, reference.num_values, reference.example});
  }
}

}  // namespace

std::vector<std::string> ImportFormats() {
  return {"terraform_plan",
          "terraform_state",
          "cloudformation",
          "aws_config",
          "aws_cli",
          "kubernetes",
          "gcp_asset_inventory",
          "azure_resource_graph",
          "arm",
          "pulumi",
          "trivy",
          "grype",
          "cyclonedx",
          "spdx",
          "json",
          "yaml"};
}

Result<Import> ImportInputs(const Program& program, const std::vector<ImportInput>& inputs,
                            const ImportOptions& options, MappingEvaluator* evaluator) {
  Import import;
  SnapshotBuilder builder(program);
  ImportRun run{.program = program,
                .builder = builder,
                .evaluator = evaluator,
                .options = options,
                .statistics = import.statistics,
                .counts = {}};
  const std::vector<std::unique_ptr<Importer>> importers = MakeImporters(run);
  BYLAW_ASSIGN(const std::vector<FileToRead> files, ListInputs(inputs));
  import.statistics.inputs.reserve(files.size());
  if (options.progress != nullptr) {
    for (const FileToRead& file : files) {
      std::error_code unknown;
      const uintmax_t size =
          file.input->bytes ? file.input->bytes->size() : std::filesystem::file_size(file.path, unknown);
      if (!unknown) options.progress->total_bytes += size;
    }
  }
  if (options.time_budget.count() > 0) run.deadline = std::chrono::steady_clock::now() + options.time_budget;
  for (const FileToRead& file : files) {
    std::string warning;
    BYLAW_RETURN_IF_ERROR(ReadFile(file, importers, run, &warning));
    if (!warning.empty()) import.statistics.warnings.push_back(std::move(warning));
    if (!import.statistics.inputs.empty() && warning.empty())
      run.bytes_before += import.statistics.inputs.back().num_bytes;
  }
  if (import.statistics.inputs.empty() && !files.empty()) {
    return Error{.message = "none of the files is of a known format",
                 .file = inputs.front().path,
                 .hint = "formats: " + ListNames(ImportFormats())};
  }
  for (const std::unique_ptr<Importer>& importer : importers) BYLAW_RETURN_IF_ERROR(importer->Finish());
  // What the mappings' functions had no time for must not pass for unknown.
  if (options.cancelled != nullptr && options.cancelled->load(std::memory_order_relaxed))
    return Error{.message = "the reading was cancelled", .file = {}};
  if (std::chrono::steady_clock::now() > run.deadline)
    return Error{.message = "the reading took longer than its time budget", .file = {}};
  import.snapshot = builder.Finish({.closed_world = options.closed_world});
  FillStatistics(run, builder, &import.statistics);
  return import;
}

}  // namespace bylaw
