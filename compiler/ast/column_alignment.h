// Elastic columns: cells of neighbouring lines are brought into line after the text has been laid out.
#pragma once

#include <string>
#include <string_view>

namespace bylaw::compiler::ast {

/// Stand between two cells of a line. They are control characters, which no policy has. Of one line, each at most once,
/// in this order.
inline constexpr char kFirstColumn = '\x01';
inline constexpr char kSecondColumn = '\x02';
inline constexpr char kCommentColumn = '\x03';

/// Replaces the marks by blanks, so that what follows a mark begins in the same column on all lines of a run: lines one
/// after the other that have the mark. One blank at least, two before a comment. A run that would be spread too far
/// gets just those.
std::string AlignColumns(std::string_view text);

}  // namespace bylaw::compiler::ast
