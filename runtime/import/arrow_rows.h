// Arrow rows: rows out of an Arrow stream (the C data and stream interfaces, https://arrow.apache.org/docs/format/CDataInterface.html): a table of a data frame, say.
//
//   ArrowArrayStream ──AddArrowRows──► SnapshotBuilder
//
// Each column of the stream is the model's field of that name; `address`, `id`, `account`, `region` and `tags` are also what the resource itself is called and where it stands. Null is absent.
// What is copied: 64-bit integers, doubles, timestamps and durations in microseconds stay where they are, if the field is an int, a float, a time or a duration, nothing is null, the stream comes in one
// batch and the table has no other rows; the snapshot then keeps the batch. Of everything else each value is converted: narrower numbers widened, texts interned, the rest read as its JSON would be.
//
// Thread safety: as the builder's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/snapshot/snapshot_builder.h"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

extern "C" {

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_STREAM_INTERFACE

namespace bylaw {

/// Adds the rows of `stream`, which is released in any case. A model or a field that the program does not read is left out, with a warning. `num_borrowed`, if not null, counts the columns that were left where they are.
/// Errors: no column of addresses, a value that is not of its field's type, an Arrow type that has no meaning here, what the stream reports.
Status AddArrowRows(const std::string& model, ArrowArrayStream* stream, SnapshotBuilder& builder,
                    std::vector<std::string>* warnings, uint64_t* num_borrowed = nullptr);

}  // namespace bylaw
