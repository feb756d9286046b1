// Intrinsic functions of CloudFormation, over values of one stack.
//
// Thread safety: none.
#pragma once

#include <string>
#include <string_view>

#include "runtime/import/cloudformation_stack.h"

namespace bylaw {

class TemplateFunctions {
 public:
  explicit TemplateFunctions(TemplateStack& stack) : stack_(stack) {}

  /// Whether `key`, as the only key of an object, makes it a function.
  static bool IsFunction(std::string_view key) { return key == "Ref" || key.starts_with("Fn::"); }

  /// The value of {`function`: `argument`}.
  TemplateValue Call(const std::string& function, const TemplateValue& argument, uint64_t offset);
  /// A condition: Fn::And, Fn::Or, Fn::Not, Fn::Equals, {"Condition": name}.
  TemplateValue Decide(const TemplateValue& condition);

 private:
  TemplateValue If(const TemplateValue& argument, uint64_t offset);
  TemplateValue FindInMap(const TemplateValue& argument, uint64_t offset);
  TemplateValue Join(const TemplateValue& argument, uint64_t offset);
  TemplateValue Split(const TemplateValue& argument, uint64_t offset);
  TemplateValue Select(const TemplateValue& argument, uint64_t offset);
  TemplateValue Substitute(const TemplateValue& argument, uint64_t offset);
  TemplateValue GetAttribute(const TemplateValue& argument, uint64_t offset);
  TemplateValue Cidr(const TemplateValue& argument, uint64_t offset);
  TemplateValue Connect(const TemplateValue& argument, bool conjunction, uint64_t offset);

  TemplateStack& stack_;
};

}  // namespace bylaw
