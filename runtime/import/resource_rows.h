// Resource rows: rows that a program gives itself, field by field, instead of an export.
//
//   ResourceRow ──AddResourceRows──► SnapshotBuilder        ResourceRow ──ChangeResourceRows──► builder of a changed snapshot
//
// Fields have the model's names and are converted as values of exports are (convert.h): a reference is the key of what it refers to. But here a value that does not convert is an
// error, since whoever gives it can mend it.
//
// Thread safety: as the builder's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

/// A resource of one model. The texts are JSON objects where it says so; empty: nothing is given.
struct ResourceRow {
  std::string model;    ///< "aws.subnet"
  std::string address;  ///< what reports call it
  std::string fields =
      {};  ///< JSON object: values by the model's field names; null: absent. Fields within fields as objects, or by dotted names
  std::string unknown =
      {};  ///< JSON object of the same shape: `true`, or a text that says why, where a value is not known
  std::string id = {}, account = {}, region = {};
  std::string tags = {};  ///< JSON object of texts
};

/// Adds the rows. Models and fields that the program does not read are left out, with a warning for each.
/// Errors: JSON that is malformed, a value that is not of its field's type, a row without an address.
Status AddResourceRows(std::span<const ResourceRow> rows, SnapshotBuilder& builder, std::vector<std::string>* warnings);

/// Changes what `rows` give; other fields stay. `builder` is one of a changed snapshot. Fields that the program does not read: a warning.
/// Errors: also a model that the program does not read, an address that makes no row of it or several; another key, id, account or region than the row has.
Status ChangeResourceRows(std::span<const ResourceRow> rows, SnapshotBuilder& builder,
                          std::vector<std::string>* warnings);

/// The one row of `model` whose record has this address, as a reference. Errors: none, or several.
Result<Cell> FindResourceRow(const Program& program, const Snapshot& snapshot, const std::string& model,
                             const std::string& address);

}  // namespace bylaw
