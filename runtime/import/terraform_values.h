// What Terraform's plan and state have in common: resources with their values, and the tree of modules that holds them.
//
// Thread safety: none.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/import/extractor.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_stream.h"

namespace bylaw {

/// One resource instance, whatever part of whichever file it comes from.
struct TerraformResource {
  std::string source_type;  ///< "aws_subnet", "data.aws_vpc"
  std::string address;
  std::string_view action = "no-op";
  Located values = {};
  JsonValue sensitive = {};  ///< beside `values`: `true` where they are not to be shown
  JsonValue name, index, mode, provider, module;
  uint64_t offset = 0;
  ReferenceSource* references = nullptr;
  bool omits_unknown = false;
};

/// The synthetic object that mappings call the envelope.
class TerraformEnvelope {
 public:
  /// Valid until the next call.
  JsonValue Make(const TerraformResource& resource);

 private:
  std::string text_;
  JsonDocument document_;
};

/// Marks every text and number in `value` as sensitive.
void AddSensitiveValue(JsonValue value, SnapshotBuilder& builder);
/// Marks every text and number of `value` that `marks` covers as sensitive.
void AddSensitive(JsonValue value, JsonValue marks, SnapshotBuilder& builder);

void AddTerraformResource(const TerraformResource& resource, const SourceDemand* demand, Extractor& extractor,
                          TerraformEnvelope* envelope);

/// An element of `resources` in a tree of modules ({root_module: {resources, child_modules}}).
struct TerraformValue {
  JsonValue whole;
  std::string module_address;

  JsonValue field(std::string_view key) const { return whole.Find(key); }
  bool is_data() const { return field("mode").string().Equals("data"); }
  TerraformResource ToResource(const std::string& source_type, std::string_view action) const;
};

/// Calls `use` for every resource under the value at `offset`: an object with `root_module`, or with `values` that has one.
Status ForEachTerraformValue(const InputFile& file, const JsonStream::Options& options, uint64_t offset,
                             const std::function<void(const TerraformValue&)>& use);

}  // namespace bylaw
