# ANTLR's generated code unpacks its tables in a static initialiser, so that every process pays for them, even one that
# compiles nothing. This makes that a function, CLASS::Initialize(), which the bridge calls before its first parse.
# Run as: cmake -DCLASS=Bylaw -DFOLDER=out -P AntlrLazy.cmake

file(READ ${FOLDER}/${CLASS}.h header)
string(REPLACE "  static Initializer _init;" " public:\n  static void Initialize();" patched "${header}")
if(patched STREQUAL header)
  message(FATAL_ERROR "${CLASS}.h has no `static Initializer _init`: has the generator changed?")
endif()
file(WRITE ${FOLDER}/${CLASS}.h "${patched}")

# file(READ) and string(REPLACE) keep brackets and semicolons as they are when the text is quoted.
file(READ ${FOLDER}/${CLASS}.cpp source)
string(REPLACE "${CLASS}::Initializer ${CLASS}::_init;"
       "void ${CLASS}::Initialize() {\n  static const Initializer once;\n}" patched "${source}")
if(patched STREQUAL source)
  message(FATAL_ERROR "${CLASS}.cpp has no `${CLASS}::_init`: has the generator changed?")
endif()
file(WRITE ${FOLDER}/${CLASS}.cpp "${patched}")
