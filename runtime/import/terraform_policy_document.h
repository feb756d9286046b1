// The policy document that a data source `aws_iam_policy_document` of a plan makes, where Terraform reads it during apply.
//
// Such a plan lists the data source's arguments, and which of them are known after apply; the document itself is not there.
//
// Thread safety: pure.
#pragma once

#include <string>

#include "runtime/json/json_value.h"

namespace bylaw {

/// The document as JSON, with what is unknown as in builtins/partial_text.h; empty where other documents are merged into it.
/// `arguments` and `unknown` are the change's `after` and `after_unknown`.
std::string TerraformPolicyDocument(JsonValue arguments, JsonValue unknown);

}  // namespace bylaw
