#include "runtime/import/aws_error_text.h"

#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// Takes `what` from the front of `text`, if it is there.
bool Take(std::string_view* text, std::string_view what) {
  if (!text->starts_with(what)) return false;
  text->remove_prefix(what.size());
  return true;
}

/// Takes what stands before `end`, and `end`.
std::optional<std::string_view> TakeUpTo(std::string_view* text, std::string_view end) {
  const size_t at = text->find(end);
  if (at == std::string_view::npos || at > 200) return std::nullopt;
  const std::string_view taken = text->substr(0, at);
  text->remove_prefix(at + end.size());
  return taken;
}

}  // namespace

std::optional<std::string> AwsErrorToJson(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  Take(&text, "aws: [ERROR]: ");
  if (!Take(&text, "An error occurred (")) return std::nullopt;
  const auto code = TakeUpTo(&text, ")");
  if (!code || !Take(&text, " when calling the ")) return std::nullopt;
  const auto operation = TakeUpTo(&text, " operation");
  if (!operation) return std::nullopt;
  const size_t colon = text.find(": ");  // `(reached max retries: 4)` may stand before it
  std::string_view message = colon == std::string_view::npos
                                 ? std::string_view()
                                 : text.substr(text.find("): ") < colon ? text.find("): ") + 3 : colon + 2);
  message = message.substr(0, message.find_last_not_of(kSpace) + 1);
  std::string json = "{\"Error\":{\"Code\":";
  AppendJsonString(*code, &json);
  json += ",\"Operation\":";
  AppendJsonString(*operation, &json);
  json += ",\"Message\":";
  AppendJsonString(message, &json);
  return json + "}}";
}

}  // namespace bylaw
