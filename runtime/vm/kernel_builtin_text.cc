// Built-in functions: text, encodings, secrets, container images.
#include "runtime/builtins/encoding.h"
#include "runtime/builtins/image_ref.h"
#include "runtime/builtins/secrets.h"
#include "runtime/builtins/text.h"
#include "runtime/vm/builtin_call.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"
#include "runtime/vm/format.h"

namespace bylaw {

namespace {

/// The items of a list or set as interpolation prints them.
std::optional<std::string> JoinItems(const BuiltinCall& call, const ListObject& items, std::string_view separator,
                                     bool sorted) {
  TypeId element = call.type(0).element;
  std::vector<Cell> cells(items.cells, items.cells + items.size);
  std::vector<State> states;
  if (items.states != nullptr) states.assign(items.states, items.states + items.size);
  if (sorted) MakeCanonicalSet(call.state(), element, &cells, &states);
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += separator;
    text += FormatValue(call.state(), element, {cells[i], states.empty() ? State::kKnown : states[i]});
    if (text.size() > kMaxTextSize) return std::nullopt;
  }
  return text;
}

/// What a regular expression caught; nothing if the pattern is none.
template <typename F>
void WithRegex(const BuiltinCall& call, const F& f) {
  call.Each([&](const Cell* x, Value* result) {
    const Regex* regex = call.worker().regex(static_cast<StringId>(x[1]));
    if (regex == nullptr) return false;
    *result = f(*regex, call.text(x[0]));
    return true;
  });
}

/// A part of an image reference; absent where there is none.
template <typename F>
void ImagePart(const BuiltinCall& call, const F& part) {
  call.Each([&](const Cell* x, Value* result) {
    std::optional<ImageRef> image = ParseImageRef(call.text(x[0]));
    if (!image) return false;
    std::optional<std::string> text = part(*image);
    *result = text ? call.Put(*text) : Value{0, State::kAbsent};
    return true;
  });
}

}  // namespace

bool BuiltinText(const BuiltinCall& call) {
  auto text = [&](Cell cell) { return call.text(cell); };
  switch (call.info.id) {
    case FunctionId::kStringFromJson:
      call.EachOptional([&](const Cell* x) -> std::optional<std::string> {
        const auto& node = *CellToObject<JsonNode>(x[0]);
        switch (node.kind) {
          case JsonNodeKind::kString: return std::string(node.text);
          case JsonNodeKind::kBool:
          case JsonNodeKind::kInt:
          case JsonNodeKind::kFloat:
          case JsonNodeKind::kBigNumber: return JsonToText(node);
          default: return std::nullopt;
        }
      });
      return true;
    case FunctionId::kStringFromAny:
      call.EachText([&](const Cell* x) { return FormatValue(call.state(), call.type_id(0), {x[0]}); });
      return true;
    case FunctionId::kLower: call.EachText([&](const Cell* x) { return ToLower(text(x[0])); }); return true;
    case FunctionId::kUpper: call.EachText([&](const Cell* x) { return ToUpper(text(x[0])); }); return true;
    case FunctionId::kTrim: call.EachText([&](const Cell* x) { return Trim(text(x[0])); }); return true;
    case FunctionId::kStripPrefix:
      call.EachText([&](const Cell* x) { return StripPrefix(text(x[0]), text(x[1])); });
      return true;
    case FunctionId::kStripSuffix:
      call.EachText([&](const Cell* x) { return StripSuffix(text(x[0]), text(x[1])); });
      return true;
    case FunctionId::kStartsWith:
      call.EachBool([&](const Cell* x) { return text(x[0]).substr(0, text(x[1]).size()) == text(x[1]); });
      return true;
    case FunctionId::kEndsWith:
      call.EachBool([&](const Cell* x) { return text(x[0]).ends_with(text(x[1])); });
      return true;
    case FunctionId::kReplace:
      call.EachOptional([&](const Cell* x) { return Replace(text(x[0]), text(x[1]), text(x[2])); });
      return true;
    case FunctionId::kSubstring:
      call.EachText([&](const Cell* x) { return Substring(text(x[0]), CellToInt(x[1]), CellToInt(x[2])); });
      return true;
    case FunctionId::kSplit:
    case FunctionId::kLines:
      call.Each([&](const Cell* x, Value* result) {
        auto parts = call.info.id == FunctionId::kSplit ? Split(text(x[0]), text(x[1])) : Lines(text(x[0]));
        if (!parts) return false;
        *result = call.PutTexts(*parts);
        return true;
      });
      return true;
    case FunctionId::kJoinList:
      call.EachOptional([&](const Cell* x) { return JoinItems(call, call.list(x[0]), text(x[1]), false); });
      return true;
    case FunctionId::kJoinSet:
      call.EachOptional([&](const Cell* x) { return JoinItems(call, call.list(x[0]), text(x[1]), true); });
      return true;
    case FunctionId::kCapture:
      WithRegex(call, [&](const Regex& regex, std::string_view subject) {
        std::optional<std::string> caught = regex.Capture(subject);
        return caught ? call.Put(*caught) : Value{0, State::kAbsent};
      });
      return true;
    case FunctionId::kCaptures:
      WithRegex(call,
                [&](const Regex& regex, std::string_view subject) { return call.PutTexts(regex.Captures(subject)); });
      return true;
    case FunctionId::kEditDistance:
      call.EachOptional([&](const Cell* x) { return EditDistance(text(x[0]), text(x[1])); });
      return true;
    case FunctionId::kLengthString:
      call.EachOptional([&](const Cell* x) { return std::optional<int64_t>(NumCharacters(text(x[0]))); });
      return true;
    case FunctionId::kIsEmptyString: call.EachBool([&](const Cell* x) { return text(x[0]).empty(); }); return true;
    case FunctionId::kContainsString:
      call.EachBool([&](const Cell* x) { return text(x[0]).find(text(x[1])) != std::string_view::npos; });
      return true;

    case FunctionId::kBase64Encode:
      call.EachOptional([&](const Cell* x) { return Base64Encode(text(x[0])); });
      return true;
    case FunctionId::kBase64Decode:
      call.EachOptional([&](const Cell* x) { return Base64Decode(text(x[0])); });
      return true;
    case FunctionId::kUrlDecode: call.EachOptional([&](const Cell* x) { return UrlDecode(text(x[0])); }); return true;
    case FunctionId::kUrlEncode: call.EachOptional([&](const Cell* x) { return UrlEncode(text(x[0])); }); return true;
    case FunctionId::kSha256: call.EachText([&](const Cell* x) { return Sha256Hex(text(x[0])); }); return true;
    case FunctionId::kMd5: call.EachText([&](const Cell* x) { return Md5Hex(text(x[0])); }); return true;

    case FunctionId::kSecretKind:
      call.Each([&](const Cell* x, Value* result) {
        std::optional<std::string_view> kind = SecretKind(text(x[0]));
        *result = kind ? call.Put(*kind) : Value{0, State::kAbsent};
        return true;
      });
      return true;
    case FunctionId::kEntropy:
      call.EachOptional([&](const Cell* x) { return std::optional(Entropy(text(x[0]))); });
      return true;

    case FunctionId::kImageRegistry:
      ImagePart(call, [](const ImageRef& image) { return std::optional(image.registry); });
      return true;
    case FunctionId::kImageRepository:
      ImagePart(call, [](const ImageRef& image) { return std::optional(image.repository); });
      return true;
    case FunctionId::kImageTag:
      ImagePart(call, [](const ImageRef& image) { return image.effective_tag(); });
      return true;
    case FunctionId::kImageDigest: ImagePart(call, [](const ImageRef& image) { return image.digest; }); return true;
    default: return false;
  }
}

}  // namespace bylaw
