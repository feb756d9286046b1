# Works over what ANTLR generated. Run as: cmake -DCLASS=Bylaw -DFOLDER=out -P AntlrPatch.cmake

# 1. The generated code unpacks its tables in a static initialiser, so that every process pays for them, even one that
# compiles nothing. This makes that a function, CLASS::Initialize(), which the bridge calls before its first parse.
file(READ ${FOLDER}/${CLASS}.h header)
string(REPLACE "  static Initializer _init;" " public:\n  static void Initialize();" patched "${header}")
if(patched STREQUAL header)
  message(FATAL_ERROR "${CLASS}.h has no `static Initializer _init`: has the generator changed?")
endif()
file(WRITE ${FOLDER}/${CLASS}.h "${patched}")

file(READ ${FOLDER}/${CLASS}.cpp source)
string(REPLACE "${CLASS}::Initializer ${CLASS}::_init;"
       "void ${CLASS}::Initialize() {\n  static const Initializer once;\n}" patched "${source}")
if(patched STREQUAL source)
  message(FATAL_ERROR "${CLASS}.cpp has no `${CLASS}::_init`: has the generator changed?")
endif()
file(WRITE ${FOLDER}/${CLASS}.cpp "${patched}")

# 2. The token types of a lexer as a header without ANTLR.
if(CLASS MATCHES "Lexer$")
  file(STRINGS ${FOLDER}/${CLASS}.tokens lines REGEX "^[A-Z]")
  set(text "// Generated from ${CLASS}.g4.\n#pragma once\n\n#include <cstdint>\n\nnamespace bylaw::compiler::grammar {\n\n")
  string(APPEND text "enum class Tok : uint16_t {\n  kEnd = 0,\n")
  foreach(line IN LISTS lines)
    string(REPLACE "=" " = " line "${line}")
    string(APPEND text "  ${line},\n")
  endforeach()
  string(APPEND text "};\n\n}  // namespace bylaw::compiler::grammar\n")
  file(WRITE ${FOLDER}/${CLASS}Tokens.h "${text}")
endif()

# 3. The rules of a parser, likewise.
string(REGEX MATCHALL "Rule[A-Z][A-Za-z]* = [0-9]+" rules "${header}")
if(rules)
  set(text "// Generated from ${CLASS}.g4.\n#pragma once\n\n#include <cstdint>\n\nnamespace bylaw::compiler::grammar {\n\n")
  string(APPEND text "enum class Rule : uint8_t {\n")
  foreach(rule IN LISTS rules)
    string(REGEX REPLACE "Rule(.*)" "k\\1" rule "${rule}")
    string(APPEND text "  ${rule},\n")
  endforeach()
  string(APPEND text "  kToken = 255,\n};\n\n}  // namespace bylaw::compiler::grammar\n")
  file(WRITE ${FOLDER}/${CLASS}Rules.h "${text}")
endif()
