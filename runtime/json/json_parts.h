// GuessElementStarts: where to cut a large array of objects, so that several threads can read it at once.
//
// A guess is a place that looks like the start of an element (`, { "first key of the first element" :`), found without
// reading what lies before it. It may be wrong: the key may also stand first in some inner object, or in a string. So
// the parts are checked when they are put together: each is read by a stream of its own (JsonStream::Options::begin,
// in_array), from its start until the offset of the next element is at or past the start of the next part. If it is
// exactly there, the next part was guessed right. If it is past it, the guess was wrong: what was read of that part is
// thrown away, and this stream reads on to the part after it.
//
// A stream started at a wrong guess may also fail; its status then says nothing about the file.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/json/input_file.h"

namespace bylaw {

/// Starts of at most `num_parts` parts of about the same size, ascending, the first of them `first_element`: the offset
/// of the first element of an array that fills most of the rest of `file`. Only that one if its elements are not
/// objects with fields, or nothing that looks like an element is found.
std::vector<uint64_t> GuessElementStarts(const InputFile& file, uint64_t first_element, uint32_t num_parts);

}  // namespace bylaw
