// What a type of resource looks like, as a schema or an export tells it; `bylaw schema` writes models from it.
//
// Three readers make it (terraform_schema.cc, cloudformation_schema.cc, inferred_schema.cc), one writer takes it
// (model_writer.cc). Plain data; all functions are pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace bylaw::cli {

/// A type and a field, which hold each other: within one class, as default values of a class's members see all of it.
struct Source {
  struct Field;

  struct Type {
    enum class Kind : uint8_t {
      kBool,
      kInt,
      kFloat,
      kText,
      kTime,
      kEnum,
      kList,
      kSet,
      kMap,
      kRecord,
      kRows,
      kJson
    } kind = Kind::kJson;
    std::vector<Type> element = {};        ///< kList, kSet, kMap: one, a scalar or json
    std::vector<Field> fields = {};        ///< kRecord; kRows: of each element, which is a record
    std::vector<std::string> values = {};  ///< kEnum

    bool is_collection() const { return kind == Kind::kList || kind == Kind::kSet || kind == Kind::kMap; }
  };

  struct Field {
    std::string name;  ///< as the source spells it
    Type type;
    bool optional = true;
    bool computed = false;  ///< the provider may fill it in: that it is not written says nothing
    std::string doc = {};
  };
};
using SourceType = Source::Type;
using SourceField = Source::Field;

struct SourceSchema {
  std::string format;  ///< "terraform", "cloudformation", …
  std::string type;    ///< "aws_msk_cluster", "AWS::MSK::Cluster"
  std::string doc = {};
  bool has_id = false;  ///< resources are known by an id, whether or not there is a field of that name
  std::vector<SourceField> fields = {};
};

/// `terraform providers schema -json`: the resource types that `wants` takes.
std::vector<SourceSchema> ReadTerraformSchemas(const nlohmann::json& document,
                                               const std::function<bool(const std::string& type)>& wants);
/// The names of all its resource types, sorted.
std::vector<std::string> TerraformTypes(const nlohmann::json& document);

/// A resource schema of the CloudFormation registry.
SourceSchema ReadCloudFormationSchema(const nlohmann::json& document);

/// What the records of a source type have in common. `nodes`: the records, as the snapshot keeps them.
SourceSchema InferSchema(std::string format, std::string type, const std::vector<const JsonNode*>& nodes);

struct ModelStyle {
  std::string package = "schema";
  bool docs = false;  ///< the schema's descriptions of fields, too
};

/// A policy with a model for each schema, and one for each list of records inside it. It is not formatted yet.
std::string WriteModels(const std::vector<SourceSchema>& schemas, const ModelStyle& style);

/// `DBInstanceClass`, `dbInstanceClass`, `db-instance-class` → `db_instance_class`.
std::string SnakeCase(std::string_view name);

}  // namespace bylaw::cli
