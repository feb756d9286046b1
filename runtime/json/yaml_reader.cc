#include "runtime/json/yaml_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <libfyaml.h>

#include "runtime/json/json_document.h"
#include "runtime/json/json_fault.h"
#include "runtime/json/json_text.h"
#include "runtime/json/yaml_scalar.h"

namespace bylaw {
namespace {

using Origin = InputFile::Origin;

struct ParserDelete {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DiagDelete {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

/// A finished value, kept for aliases or to be put together anew.
struct Piece {
  std::string text;
  std::vector<Origin> origins;  ///< offsets within `text`
};

struct TokenIterDelete {
  void operator()(fy_token_iter* iter) const { fy_token_iter_destroy(iter); }
};

/// Of a tag, an anchor, an alias: they stand in the input as they are.
std::string_view TextOf(fy_token* token) {
  if (token == nullptr) return {};
  size_t size = 0;
  const char* text = fy_token_get_text(token, &size);
  return text == nullptr ? std::string_view() : std::string_view(text, size);
}

/// CloudFormation's tags: !Ref and !Condition by their own name, the others as Fn::NAME.
std::optional<std::string> IntrinsicOf(std::string_view tag) {
  if (tag == "!Ref" || tag == "!Condition") return std::string(tag.substr(1));
  static constexpr std::string_view kFunctions[] = {
      "!And",  "!Base64", "!Cidr", "!Equals", "!FindInMap", "!GetAtt", "!GetAZs", "!If",           "!ImportValue",
      "!Join", "!Length", "!Not",  "!Or",     "!Select",    "!Split",  "!Sub",    "!ToJsonString", "!Transform"};
  if (std::find(std::begin(kFunctions), std::end(kFunctions), tag) == std::end(kFunctions)) return std::nullopt;
  return "Fn::" + std::string(tag.substr(1));
}

/// Whether the text is written for a reader of YAML 1.1: Kubernetes and CloudFormation, by what stands at the top
/// level.
YamlVersion VersionOf(std::string_view text) {
  static constexpr std::string_view kKeys[] = {"apiVersion", "AWSTemplateFormatVersion", "Resources", "Transform"};
  for (size_t line = 0; line < text.size();) {
    std::string_view rest = text.substr(line);
    const size_t end = rest.find('\n');
    std::string_view own = rest.substr(0, end);
    if (own.starts_with("%YAML 1.1")) return YamlVersion::k1_1;
    if (own.starts_with("- ")) own.remove_prefix(2);
    const bool quoted = !own.empty() && (own[0] == '"' || own[0] == '\'');
    if (quoted) own.remove_prefix(1);
    for (std::string_view key : kKeys) {
      if (own.starts_with(key) && own.substr(key.size()).starts_with(quoted ? std::string_view() : ":"))
        return YamlVersion::k1_1;
    }
    if (end == std::string_view::npos) break;
    line += end + 1;
  }
  return YamlVersion::k1_2;
}

class Rewriter {
 public:
  Rewriter(const InputFile& file, const YamlOptions& options, std::vector<std::string>* warnings)
      : file_(file), options_(options), warnings_(warnings), version_(VersionOf(file.text())) {
    max_alias_bytes_ = options.max_alias_bytes + 10 * file.text().size();
  }

  Status Run() {
    fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = nullptr;
    const std::unique_ptr<fy_diag, DiagDelete> diag(fy_diag_create(&diag_config));
    if (diag == nullptr) return Error{.message = "the YAML reader cannot be started", .file = file_.name()};
    fy_diag_set_collect_errors(diag.get(), true);
    fy_parse_cfg config{};
    config.flags =
        static_cast<fy_parse_cfg_flags>(FYPCF_DISABLE_DEPTH_LIMIT | FYPCF_JSON_NONE | FYPCF_ALLOW_DUPLICATE_KEYS);
    config.diag = diag.get();
    const std::unique_ptr<fy_parser, ParserDelete> parser(fy_parser_create(&config));
    const std::string_view text = file_.text();
    if (parser == nullptr || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
      return Error{.message = "the YAML reader cannot be started", .file = file_.name()};
    }
    json_.reserve(text.size() + text.size() / 4);
    while (fy_event* event = fy_parser_parse(parser.get())) {
      Handle(*event);
      fy_parser_event_free(parser.get(), event);
      if (error_) return std::move(*error_);
    }
    if (fy_parser_get_stream_error(parser.get()) || !ended_) return SyntaxError(diag.get());
    return Ok{};
  }

  std::string TakeText() { return std::move(json_); }
  std::vector<Origin> TakeOrigins() { return std::move(origins_); }

 private:
  struct Field {
    size_t begin = 0, value = 0;  ///< in json_: of the key, of its value
    size_t key_size = 0;          ///< with its quotes
    size_t first_origin = 0;
    uint64_t source = 0;  ///< of the key
    bool merges = false;
  };
  struct Frame {
    bool is_mapping = false;
    bool expects_key = true;
    bool merges = false;
    size_t begin = 0;  ///< in json_, of the whole value, the intrinsic around it included
    size_t first_origin = 0;
    std::string_view closing;
    std::string anchor;
    uint64_t num_elements = 0;
    std::vector<Field> fields;
  };

  Error SyntaxError(fy_diag* diag) const {
    void* at = nullptr;
    const fy_diag_error* first = fy_diag_errors_iterate(diag, &at);
    Error error{.message = "is not valid YAML", .file = file_.name()};
    if (first == nullptr) return error;
    error.message = fmt::format("is not valid YAML: {}", first->msg == nullptr ? "" : first->msg);
    while (!error.message.empty() && (error.message.back() == '\n' || error.message.back() == ' '))
      error.message.pop_back();
    error.line = first->line >= 0 ? static_cast<uint32_t>(first->line) : 0;
    error.column = first->column >= 0 ? static_cast<uint32_t>(first->column) : 0;
    const std::string_view text = file_.text();
    if (text.find("{{") != std::string_view::npos)
      error.hint = "a template has to be rendered first: `helm template`, `kustomize build`";
    return error;
  }

  void Fail(uint64_t source, std::string message, std::string hint = {}) {
    if (!error_) error_ = file_.ErrorAt(source, std::move(message), std::move(hint));
  }

  static uint64_t PlaceOf(fy_token* token, uint64_t otherwise) {
    if (token == nullptr) return otherwise;
    const fy_mark* mark = fy_token_start_mark(token);
    return mark == nullptr ? otherwise : mark->input_pos;
  }
  static uint64_t PlaceOf(const fy_event& event, uint64_t otherwise) {
    const fy_mark* mark = fy_event_start_mark(const_cast<fy_event*>(&event));
    return mark == nullptr ? otherwise : mark->input_pos;
  }

  void Handle(fy_event& event) {
    switch (event.type) {
      case FYET_STREAM_END: ended_ = true; break;
      case FYET_DOCUMENT_START:
        anchors_.clear();
        document_begin_ = json_.size();
        document_first_origin_ = origins_.size();
        break;
      case FYET_DOCUMENT_END: EndDocument(); break;
      case FYET_MAPPING_START:
        Open(true, PlaceOf(event, last_), event.mapping_start.tag, event.mapping_start.anchor);
        break;
      case FYET_SEQUENCE_START:
        Open(false, PlaceOf(event, last_), event.sequence_start.tag, event.sequence_start.anchor);
        break;
      case FYET_MAPPING_END:
      case FYET_SEQUENCE_END: Close(); break;
      case FYET_SCALAR: Scalar(event); break;
      case FYET_ALIAS: Alias(event); break;
      default: break;
    }
  }

  void EndDocument() {
    if (std::string_view(json_).substr(document_begin_) == "null") {
      json_.resize(document_begin_);
      origins_.resize(document_first_origin_);
    } else if (json_.size() > document_begin_) {
      json_ += '\n';
    }
  }

  bool ExpectsKey() const { return !frames_.empty() && frames_.back().is_mapping && frames_.back().expects_key; }

  void AddOrigin(uint64_t source) {
    last_ = source;
    origins_.push_back({static_cast<uint32_t>(json_.size()), static_cast<uint32_t>(source)});
  }

  /// What stands before a value in the list or mapping around it.
  void BeginValue() {
    if (frames_.empty()) return;
    Frame& frame = frames_.back();
    if (frame.is_mapping) {
      frame.fields.back().value = json_.size();
    } else if (frame.num_elements++ > 0) {
      json_ += ',';
    }
  }
  void EndValue() {
    if (!frames_.empty() && frames_.back().is_mapping) frames_.back().expects_key = true;
    if (json_.size() > std::numeric_limits<uint32_t>::max() / 2)
      Fail(last_, "is too large for YAML: more than 2 GB", "give it as JSON");
  }

  void Open(bool is_mapping, uint64_t source, fy_token* tag, fy_token* anchor) {
    if (ExpectsKey()) {
      return Fail(source,
                  fmt::format("a key that is {}, where a text is expected", is_mapping ? "a mapping" : "a list"),
                  "an expression in braces has to be quoted, or the template rendered first");
    }
    if (frames_.size() >= options_.max_depth) {
      return Fail(source, fmt::format("more than {} lists and mappings within each other", options_.max_depth),
                  "--max-depth allows more");
    }
    BeginValue();
    Frame frame;
    frame.is_mapping = is_mapping;
    frame.begin = json_.size();
    frame.first_origin = origins_.size();
    frame.anchor = TextOf(anchor);
    if (const auto intrinsic = IntrinsicOf(TextOf(tag))) {
      AddOrigin(PlaceOf(tag, source));
      json_ += '{';
      AppendJsonString(*intrinsic, &json_);
      json_ += ':';
      frame.closing = is_mapping ? "}}" : "]}";
    } else {
      frame.closing = is_mapping ? "}" : "]";
    }
    if (!frame.anchor.empty()) open_anchors_.push_back(frame.anchor);
    // Rebuilding begins behind the intrinsic.
    frame.begin = json_.size();
    frame.first_origin = origins_.size();
    AddOrigin(source);
    json_ += is_mapping ? '{' : '[';
    frames_.push_back(std::move(frame));
  }

  void Close() {
    if (frames_.empty()) return;
    Frame& frame = frames_.back();
    if (frame.is_mapping) SettleFields(frame);
    if (error_) return;
    json_ += frame.closing;
    if (!frame.anchor.empty()) {
      open_anchors_.pop_back();
      size_t begin = frame.begin, first_origin = frame.first_origin;
      if (frame.closing.size() > 1) {
        --first_origin;
        begin = origins_[first_origin].offset;
      }
      Keep(frame.anchor, begin, first_origin);
    }
    frames_.pop_back();
    EndValue();
  }

  void Keep(std::string_view anchor, size_t begin, size_t first_origin) {
    Piece piece;
    piece.text = json_.substr(begin);
    for (size_t i = first_origin; i < origins_.size(); ++i) {
      piece.origins.push_back({static_cast<uint32_t>(origins_[i].offset - begin), origins_[i].source});
    }
    // An anchored list within anchored lists is kept once for each.
    kept_bytes_ += piece.text.size();
    if (kept_bytes_ > max_alias_bytes_) return FailOfAliases();
    anchors_[std::string(anchor)] = std::move(piece);
  }

  void FailOfAliases() {
    Fail(last_, fmt::format("the anchors and aliases up to here stand for more than {} MB", max_alias_bytes_ >> 20),
         "is this an alias bomb? write the values out");
  }

  /// What the scalar says; valid until the next one. Read piece by piece: fy_token_get_text loses memory where there are many (libfyaml 0.7).
  std::string_view ScalarText(fy_token* token) {
    scalar_.clear();
    if (token == nullptr) return scalar_;
    fy_token_iter_start(token, pieces_.get());
    int error = 0;
    for (const fy_iter_chunk* piece = nullptr;
         (piece = fy_token_iter_chunk_next(pieces_.get(), piece, &error)) != nullptr;)
      scalar_.append(piece->str, piece->len);
    fy_token_iter_finish(pieces_.get());
    return scalar_;
  }

  void Scalar(const fy_event& event) {
    const std::string_view text = ScalarText(event.scalar.value);
    const uint64_t source = PlaceOf(event.scalar.value, last_);
    const std::string_view tag = TextOf(event.scalar.tag);
    const fy_scalar_style style =
        event.scalar.value == nullptr ? FYSS_PLAIN : fy_token_scalar_style(event.scalar.value);
    const bool plain = style == FYSS_PLAIN || style == FYSS_ANY;
    if (ExpectsKey()) {
      const size_t begin = AddKey(text, source, plain && tag.empty() && text == "<<");
      if (event.scalar.anchor != nullptr)
        anchors_[std::string(TextOf(event.scalar.anchor))] = {json_.substr(begin, json_.size() - begin - 1), {}};
      return;
    }
    BeginValue();
    const size_t begin = json_.size(), first_origin = origins_.size();
    AddOrigin(source);
    if (const auto intrinsic = IntrinsicOf(tag)) {
      json_ += '{';
      AppendJsonString(*intrinsic, &json_);
      json_ += ':';
      AddOrigin(source);
      const size_t dot = text.find('.');
      if (tag == "!GetAtt" && dot != std::string_view::npos) {
        json_ += '[';
        AppendJsonString(text.substr(0, dot), &json_);
        json_ += ',';
        AppendJsonString(text.substr(dot + 1), &json_);
        json_ += ']';
      } else {
        AppendJsonString(text, &json_);
      }
      json_ += '}';
    } else {
      AddScalar(text, tag, plain, source);
    }
    if (event.scalar.anchor != nullptr) Keep(TextOf(event.scalar.anchor), begin, first_origin);
    EndValue();
  }

  void AddScalar(std::string_view text, std::string_view tag, bool plain, uint64_t source) {
    static constexpr std::string_view kCore = "tag:yaml.org,2002:";
    std::string_view core;
    if (tag.starts_with("!!")) core = tag.substr(2);
    if (tag.starts_with(kCore)) core = tag.substr(kCore.size());
    if (tag == "!" || core == "str" || core == "binary" || core == "timestamp") {
      AppendJsonString(text, &json_);
    } else if (core == "int" || core == "float" || core == "bool" || core == "null") {
      const size_t begin = json_.size();
      AppendPlainYamlScalar(text, core == "bool" ? YamlVersion::k1_1 : version_, &json_);
      const char first = json_[begin];
      const bool fits = core == "null"   ? first == 'n'
                        : core == "bool" ? first == 't' || first == 'f'
                                         : first == '-' || (first >= '0' && first <= '9');
      if (!fits) Fail(source, fmt::format("`{}` is tagged `!!{}`, and is none", text, core));
    } else if (plain) {
      AppendPlainYamlScalar(text, version_, &json_);
    } else {
      AppendJsonString(text, &json_);
    }
  }

  size_t AddKey(std::string_view text, uint64_t source, bool merges) {
    Frame& frame = frames_.back();
    if (!frame.fields.empty()) json_ += ',';
    Field field;
    field.begin = json_.size();
    field.first_origin = origins_.size();
    field.source = source;
    field.merges = merges;
    AppendJsonString(text, &json_);
    field.key_size = json_.size() - field.begin;
    json_ += ':';
    frame.merges = frame.merges || merges;
    frame.fields.push_back(field);
    frame.expects_key = false;
    return field.begin;
  }

  void Alias(const fy_event& event) {
    const std::string name(TextOf(event.alias.anchor));
    const uint64_t source = PlaceOf(event, last_);
    if (std::find(open_anchors_.begin(), open_anchors_.end(), name) != open_anchors_.end()) {
      return Fail(source, fmt::format("the alias `*{}` stands within what it stands for", name));
    }
    const auto found = anchors_.find(name);
    if (found == anchors_.end())
      return Fail(source, fmt::format("the alias `*{}` has no anchor `&{}` before it", name, name));
    const Piece& piece = found->second;
    alias_bytes_ += piece.text.size();
    if (alias_bytes_ > max_alias_bytes_) {
      last_ = source;
      return FailOfAliases();
    }
    if (ExpectsKey()) {
      const char first = piece.text[0];
      if (first == '{' || first == '[')
        return Fail(source, fmt::format("the alias `*{}` stands for a list or mapping, where a key is expected", name));
      if (first != '"') {
        AddKey(piece.text, source, false);
        return;
      }
      JsonDocument document;
      const auto value = document.Parse(piece.text, JsonDocument::Trust::kValidated);
      AddKey(value.ok() ? value->string().ToString() : std::string(), source, false);
      return;
    }
    BeginValue();
    Append(piece, source);
    EndValue();
  }

  /// Appends a kept value. Its parts keep their places; the value as a whole stands at `source`.
  void Append(const Piece& piece, std::optional<uint64_t> source) {
    const auto begin = static_cast<uint32_t>(json_.size());
    bool first = true;
    for (const Origin& origin : piece.origins) {
      origins_.push_back({begin + origin.offset, first && source ? static_cast<uint32_t>(*source) : origin.source});
      first = false;
    }
    json_ += piece.text;
  }

  std::string_view KeyOf(const Field& field) const {
    return std::string_view(json_).substr(field.begin, field.key_size);
  }

  /// Makes the fields of a mapping that is complete unique: what is merged goes behind its own, and of equal keys the
  /// last one stays.
  void SettleFields(const Frame& frame) {
    std::unordered_map<std::string_view, size_t> last;
    bool repeated = false;
    if (frame.fields.size() > 8) {
      last.reserve(frame.fields.size());
      for (size_t i = 0; i < frame.fields.size(); ++i) {
        if (!frame.fields[i].merges) repeated = !last.insert_or_assign(KeyOf(frame.fields[i]), i).second || repeated;
      }
    } else {
      for (size_t i = 0; i < frame.fields.size(); ++i) {
        for (size_t j = 0; j < i; ++j)
          repeated = repeated || (!frame.fields[i].merges && KeyOf(frame.fields[i]) == KeyOf(frame.fields[j]));
      }
      if (repeated || frame.merges) {
        for (size_t i = 0; i < frame.fields.size(); ++i) {
          if (!frame.fields[i].merges) last.insert_or_assign(KeyOf(frame.fields[i]), i);
        }
      }
    }
    if (!repeated && !frame.merges) return;

    const Piece whole = Cut(frame.begin, frame.first_origin, json_.size(), origins_.size());
    std::vector<Piece> parts;
    std::unordered_set<std::string> keys;
    for (size_t i = 0; i < frame.fields.size(); ++i) {
      const Field& field = frame.fields[i];
      if (field.merges) continue;
      const size_t kept = last.at(KeyOf(field));
      if (kept != i) {
        const LineColumn earlier = file_.Locate(field.source), later = file_.Locate(frame.fields[kept].source);
        warnings_->push_back(fmt::format("{}:{}:{}: the key {} stands again at {}:{}; the last one counts",
                                         file_.name(), earlier.line, earlier.column, KeyOf(field), later.line,
                                         later.column));
        continue;
      }
      keys.emplace(KeyOf(field));
      parts.push_back(CutField(frame, i));
    }
    for (size_t i = 0; i < frame.fields.size(); ++i) {
      if (frame.fields[i].merges) Merge(frame, i, &keys, &parts);
    }
    const uint32_t source = whole.origins.front().source;
    json_.resize(frame.begin);
    origins_.resize(frame.first_origin);
    AddOrigin(source);
    json_ += '{';
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) json_ += ',';
      Append(parts[i], std::nullopt);
    }
  }

  /// The fields of what field `index` merges, or of each of a list of such, that are not there yet.
  void Merge(const Frame& frame, size_t index, std::unordered_set<std::string>* keys, std::vector<Piece>* parts) {
    const Piece piece = CutField(frame, index);
    const size_t skipped = frame.fields[index].key_size + 1;
    const std::string_view text = std::string_view(piece.text).substr(skipped);
    JsonDocument document;
    const auto value = document.Parse(text, JsonDocument::Trust::kValidated, std::numeric_limits<int32_t>::max());
    const auto add = [&](JsonValue from) {
      if (!from.is_object())
        return Fail(frame.fields[index].source,
                    fmt::format("`<<` merges {}, where a mapping is expected", Describe(from.kind())));
      for (JsonField field : from.fields()) {
        std::string key = "\"" + std::string(field.key.raw()) + "\"";
        const size_t begin = skipped + static_cast<size_t>(field.value.offset());
        Piece& part = parts->emplace_back();
        part.text = key + ":" + std::string(field.value.raw());
        const size_t end = begin + field.value.raw().size(), moved = key.size() + 1;
        auto origin = std::lower_bound(piece.origins.begin(), piece.origins.end(), begin,
                                       [](const Origin& o, size_t offset) { return o.offset < offset; });
        for (; origin != piece.origins.end() && origin->offset < end; ++origin) {
          part.origins.push_back({static_cast<uint32_t>(origin->offset - begin + moved), origin->source});
        }
        if (!keys->insert(std::move(key)).second) parts->pop_back();
      }
    };
    if (!value.ok()) return Fail(frame.fields[index].source, "`<<` merges what cannot be read");
    if (!value->is_array()) return add(*value);
    for (JsonValue element : value->elements()) add(element);
  }

  Piece CutField(const Frame& frame, size_t index) const {
    const Field& field = frame.fields[index];
    const bool is_last = index + 1 == frame.fields.size();
    // The comma before the next key is left out.
    const size_t end = is_last ? json_.size() : frame.fields[index + 1].begin - 1;
    return Cut(field.begin, field.first_origin, end, is_last ? origins_.size() : frame.fields[index + 1].first_origin);
  }

  Piece Cut(size_t begin, size_t first_origin, size_t end, size_t end_origin) const {
    Piece piece;
    piece.text = json_.substr(begin, end - begin);
    for (size_t i = first_origin; i < end_origin; ++i)
      piece.origins.push_back({static_cast<uint32_t>(origins_[i].offset - begin), origins_[i].source});
    return piece;
  }

  const InputFile& file_;
  const YamlOptions& options_;
  std::vector<std::string>* warnings_;
  YamlVersion version_;
  const std::unique_ptr<fy_token_iter, TokenIterDelete> pieces_{fy_token_iter_create(nullptr)};
  std::string scalar_;
  uint64_t max_alias_bytes_ = 0, alias_bytes_ = 0, kept_bytes_ = 0;
  std::string json_;
  std::vector<Origin> origins_;
  std::vector<Frame> frames_;
  std::vector<std::string> open_anchors_;
  std::unordered_map<std::string, Piece> anchors_;
  size_t document_begin_ = 0, document_first_origin_ = 0;
  uint64_t last_ = 0;  ///< where the last value stood
  bool ended_ = false;
  std::optional<Error> error_;
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}

/// Whether the text can only be meant as JSON: an object with a quoted key, a list of such things.
bool BeginsAsJson(std::string_view text) {
  text = Trimmed(text);
  while (text.starts_with('[')) text = Trimmed(text.substr(1));
  if (text.starts_with('{')) {
    text = Trimmed(text.substr(1));
    return text.empty() || text.starts_with('"') || text.starts_with('}');
  }
  return false;
}

bool HasEnding(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

Result<std::shared_ptr<const InputFile>> ReadYaml(std::shared_ptr<const InputFile> file, const YamlOptions& options,
                                                  std::vector<std::string>* warnings) {
  if (file->text().size() > std::numeric_limits<uint32_t>::max() / 2) {
    return Error{.message = "is too large for YAML: more than 2 GB", .file = file->name(), .hint = "give it as JSON"};
  }
  // libfyaml takes most of what is not UTF-8 for text, and reads a directive with it for ever.
  if (const auto fault = FindInvalidUtf8(file->text()))
    return file->ErrorAt(fault->offset, fault->message, fault->hint);
  Rewriter rewriter(*file, options, warnings);
  BYLAW_RETURN_IF_ERROR(rewriter.Run());
  std::string text = rewriter.TakeText();
  return InputFile::Derived(std::move(file), std::move(text), rewriter.TakeOrigins(),
                            InputFile::Derivation::kRewritten);
}

Result<std::shared_ptr<const InputFile>> ReadJsonOrYaml(std::shared_ptr<const InputFile> file,
                                                        const YamlOptions& options,
                                                        std::vector<std::string>* warnings) {
  const bool named_yaml = HasEnding(file->name(), {".yaml", ".yml"});
  if (!named_yaml && BeginsAsJson(file->text())) return file;
  const auto fault = FindJsonFault(file->text(), JsonTexts::kMany, std::numeric_limits<uint32_t>::max());
  if (!fault) return file;
  // What is JSON up to somewhere is broken JSON, not YAML: the reader of JSON will say what is wrong with it.
  const bool named_json = HasEnding(file->name(), {".json", ".ndjson", ".jsonl", ".tfstate"});
  auto yaml = ReadYaml(file, options, warnings);
  if (!yaml.ok()) return named_json ? Result<std::shared_ptr<const InputFile>>(std::move(file)) : yaml;
  const std::string_view text = Trimmed((*yaml)->text());
  // Nothing at all is a file of comments; of one that calls itself JSON the reader of JSON will say what stands there.
  const bool holds_values = text.starts_with('{') || text.starts_with('[') || (text.empty() && !named_json);
  if (!holds_values && !named_yaml) return file;
  return yaml;
}

}  // namespace bylaw
