# The grammar's generated code, made in the build tree.

find_program(BYLAW_ANTLR antlr4 REQUIRED)
find_path(BYLAW_ANTLR_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
# The archive, where there is one: loading and relocating the shared library costs every process about a millisecond.
find_library(BYLAW_ANTLR_RUNTIME NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)

# bylaw_antlr_grammar(name path/Parser.g4): the library bylaw_NAME of Parser.g4 and the ParserLexer.g4 beside it.
# Its headers, `Parser.h` and `ParserLexer.h`, and ANTLR's are system headers to whoever links it. `ParserLexerTokens.h` and
# `ParserRules.h` have the tokens and rules without ANTLR.
function(bylaw_antlr_grammar name parser_file)
  get_filename_component(folder ${parser_file} DIRECTORY)
  get_filename_component(parser ${parser_file} NAME_WE)
  set(lexer ${parser}Lexer)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(patch ${CMAKE_CURRENT_SOURCE_DIR}/cmake/AntlrPatch.cmake)
  set(antlr ${BYLAW_ANTLR} -Dlanguage=Cpp -no-listener -no-visitor -package bylaw::compiler::grammar -Xexact-output-dir
      -o ${out})

  # Clang takes one header of the 4.9 runtime for an error in C++20, which we need least of all: a copy of the umbrella header
  # without it stands in the way of the installed one.
  file(READ ${BYLAW_ANTLR_INCLUDE}/antlr4-runtime.h umbrella)
  string(REPLACE "#include \"misc/InterpreterDataReader.h\"" "" umbrella "${umbrella}")
  file(CONFIGURE OUTPUT ${out}/antlr4-runtime.h CONTENT "${umbrella}" @ONLY)

  add_custom_command(
    OUTPUT ${out}/${lexer}.cpp ${out}/${lexer}.h ${out}/${lexer}.tokens ${out}/${lexer}Tokens.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND ${antlr} ${lexer}.g4
    COMMAND ${CMAKE_COMMAND} -DCLASS=${lexer} -DFOLDER=${out} -P ${patch}
    DEPENDS ${folder}/${lexer}.g4 ${patch}
    WORKING_DIRECTORY ${folder}
    COMMENT "Generating ${lexer}")
  add_custom_command(
    OUTPUT ${out}/${parser}.cpp ${out}/${parser}.h ${out}/${parser}Rules.h
    COMMAND ${antlr} -lib ${out} ${parser}.g4
    COMMAND ${CMAKE_COMMAND} -DCLASS=${parser} -DFOLDER=${out} -P ${patch}
    DEPENDS ${folder}/${parser}.g4 ${out}/${lexer}.tokens ${patch}
    WORKING_DIRECTORY ${folder}
    COMMENT "Generating ${parser}")

  add_library(bylaw_${name} STATIC ${out}/${lexer}.cpp ${out}/${parser}.cpp)
  target_include_directories(bylaw_${name} SYSTEM PUBLIC ${out} ${BYLAW_ANTLR_INCLUDE})
  target_link_libraries(bylaw_${name} PUBLIC ${BYLAW_ANTLR_RUNTIME})
  # The 4.9 runtime takes u8"" for char; the generated code is not ours to mend.
  target_compile_options(bylaw_${name} PRIVATE -w -fno-char8_t)
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/compiler/syntax/antlr_bridge.cc
                              PROPERTIES COMPILE_OPTIONS -fno-char8_t SKIP_PRECOMPILE_HEADERS ON)
endfunction()
