#include "runtime/import/import.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "runtime/import/importer.h"

namespace bylaw {

namespace {

namespace fs = std::filesystem;

/// One file to read, as found from an input.
struct FileToRead {
  std::string path;
  const ImportInput* input = nullptr;
  bool from_folder = false;
};

bool IsReadFromFolders(const fs::path& path) {
  const std::string name = path.filename().string();
  static constexpr std::string_view kEndings[] = {".json", ".ndjson", ".jsonl", ".tfstate"};
  return std::any_of(std::begin(kEndings), std::end(kEndings), [&](std::string_view ending) { return name.ends_with(ending); });
}

Status ListFolder(const std::string& folder, std::vector<std::string>* files) {
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::follow_directory_symlink, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory(error)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_regular_file(error) && IsReadFromFolders(it->path())) files->push_back(it->path().string());
  }
  if (error) return Error{.message = "cannot list the folder: " + error.message(), .file = folder};
  std::sort(files->begin(), files->end());
  if (files->empty()) {
    return Error{.message = "the folder has no file to read", .file = folder, .hint = "files ending in .json, .ndjson, .jsonl or .tfstate are read"};
  }
  return Ok{};
}

Result<std::vector<FileToRead>> ListFiles(const std::vector<ImportInput>& inputs) {
  std::vector<FileToRead> files;
  for (const ImportInput& input : inputs) {
    std::error_code error;
    if (input.bytes || input.path == "-" || !fs::is_directory(input.path, error)) {
      files.push_back({input.path, &input});
      continue;
    }
    std::vector<std::string> paths;
    BYLAW_RETURN_IF_ERROR(ListFolder(input.path, &paths));
    for (std::string& path : paths) files.push_back({std::move(path), &input, true});
  }
  return files;
}

std::string ListNames(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text;
}

Error UnknownFormat(const std::string& path, const Sniff& sniff) {
  return {.message = "unknown format: " + sniff.Describe(),
          .file = path,
          .hint = "formats that are read: " + ListNames(ImportFormats()) + "; plain JSON is read where a policy reads `json[…]`"};
}

/// Reads one file; `warning` is set instead of an error for files of a folder that are of no known format.
Status ReadFile(const FileToRead& entry, const std::vector<std::unique_ptr<Importer>>& importers, ImportRun& run, size_t* used, std::string* warning) {
  const auto start = std::chrono::steady_clock::now();
  std::shared_ptr<const InputFile> file;
  {
    auto opened = entry.input->bytes ? InputFile::FromBytes(entry.path, *entry.input->bytes) : InputFile::Open(entry.path);
    if (!opened.ok()) return opened.error();
    file = std::move(*opened);
  }
  size_t found = importers.size();
  BYLAW_ASSIGN(const Sniff sniff, SniffFormat(*file, importers, run.StreamOptions(), &found));
  if (!run.options.input_format.empty()) {
    found = importers.size();
    for (size_t i = 0; i < importers.size(); ++i) {
      if (importers[i]->name() == run.options.input_format) found = i;
    }
    if (found == importers.size()) {
      return Error{.message = "there is no input format `" + run.options.input_format + "`", .file = {}, .hint = "formats: " + ListNames(ImportFormats())};
    }
  } else if (found == importers.size() && importers.back()->Detect(sniff)) {
    found = importers.size() - 1;
  }
  if (found == importers.size()) {
    const Error error = UnknownFormat(entry.path, sniff);
    if (!entry.from_folder) return error;
    *warning = error.ToString();
    return Ok{};
  }

  Importer& importer = *importers[found];
  InputInfo info;
  info.path = entry.path;
  info.format = importer.name();
  info.num_bytes = file->text().size();
  info.context_only = entry.input->context_only;
  const auto landmarks = std::make_shared<JsonLandmarks>();
  run.input = run.builder.AddInput(info, MakeLocator(file, landmarks), importer.record_prefix());
  run.landmarks = landmarks.get();
  run.context_only = info.context_only;
  run.builder.Keep(file);
  run.builder.CoverFormat(importer.mapping_format());
  InputStatistics& statistics = run.statistics.inputs.emplace_back();
  statistics.path = entry.path;
  statistics.format = importer.name();
  statistics.num_bytes = info.num_bytes;
  run.current = &statistics;
  const Status read = importer.Read(*file, sniff, run);
  run.landmarks = nullptr;
  BYLAW_RETURN_IF_ERROR(read);
  run.builder.input(run.input).num_resources = statistics.num_resources;
  statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  *used = found;
  return Ok{};
}

void FillStatistics(const ImportRun& run, const SnapshotBuilder& builder, ImportStatistics* statistics) {
  for (const auto& [format, types] : run.counts) {
    std::map<std::string, ImportRun::TypeCount> sorted(types.begin(), types.end());
    for (const auto& [type, count] : sorted) statistics->source_types.push_back({format, type, count.num_records, count.mapped});
  }
  for (const UnresolvedReference& reference : builder.unresolved()) {
    const Table& table = run.program.tables[reference.table];
    statistics->references.push_back(
        {table.name, table.columns[reference.column].name, reference.reason, reference.num_values, reference.example});
  }
}

}  // namespace

std::vector<std::string> ImportFormats() { return {"terraform_plan", "terraform_state", "aws_config", "json"}; }

Result<Import> ImportInputs(const Program& program, const std::vector<ImportInput>& inputs, const ImportOptions& options, MappingEvaluator* evaluator) {
  Import import;
  SnapshotBuilder builder(program);
  ImportRun run{.program = program, .builder = builder, .evaluator = evaluator, .options = options, .statistics = import.statistics, .counts = {}};
  const std::vector<std::unique_ptr<Importer>> importers = MakeImporters(run);
  BYLAW_ASSIGN(const std::vector<FileToRead> files, ListFiles(inputs));
  import.statistics.inputs.reserve(files.size());
  std::vector<bool> used(importers.size(), false);
  if (options.progress != nullptr) {
    for (const FileToRead& file : files) {
      std::error_code unknown;
      const uintmax_t size = file.input->bytes ? file.input->bytes->size() : fs::file_size(file.path, unknown);
      if (!unknown) options.progress->total_bytes += size;
    }
  }
  for (const FileToRead& file : files) {
    size_t index = importers.size();
    std::string warning;
    BYLAW_RETURN_IF_ERROR(ReadFile(file, importers, run, &index, &warning));
    if (!warning.empty()) import.statistics.warnings.push_back(std::move(warning));
    if (index < used.size()) used[index] = true;
    if (!import.statistics.inputs.empty() && warning.empty()) run.bytes_before += import.statistics.inputs.back().num_bytes;
  }
  if (import.statistics.inputs.empty() && !files.empty()) {
    return Error{.message = "none of the files is of a known format", .file = inputs.front().path, .hint = "formats: " + ListNames(ImportFormats())};
  }
  for (const std::unique_ptr<Importer>& importer : importers) importer->Finish();
  for (TableId t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    if (table.kind != TableKind::kSource || !table.mappings.empty()) continue;
    for (size_t i = 0; i < importers.size(); ++i) {
      if (used[i] && importers[i]->mapping_format() == SplitSourceName(table.name).first) builder.CoverTable(t);
    }
  }
  import.snapshot = builder.Finish({.closed_world = options.closed_world});
  FillStatistics(run, builder, &import.statistics);
  return import;
}

}  // namespace bylaw
