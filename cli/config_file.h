// A TOML file as plain data, each value and each key with its place. One file includes the TOML library: config_file.cc.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw::cli {

struct ConfigPlace {
  uint32_t line = 0, column = 0;  ///< from 1
};

struct ConfigMember;

struct ConfigValue {
  enum class Kind : uint8_t { kText, kBool, kInt, kFloat, kTime, kList, kTable } kind = Kind::kTable;
  std::string text;                   ///< of a scalar: as text, a time in ISO 8601
  std::vector<ConfigValue> items;     ///< kList
  std::vector<ConfigMember> members;  ///< kTable, in the order written
  ConfigPlace place;                  ///< of the value
  ConfigPlace key_place;              ///< of the key, if it is a member

  const ConfigValue* Find(const std::string& key) const;
  /// "a text", "a list", …: for errors.
  std::string KindName() const;
  /// As JSON, but a text without its quotes: how `--param` takes a value.
  std::string AsParam() const;
};

struct ConfigMember {
  std::string key;
  ConfigValue value;
};

/// Errors: the file cannot be read, or is no TOML: with line and column.
Result<ConfigValue> ReadConfigFile(const std::string& path);

}  // namespace bylaw::cli
