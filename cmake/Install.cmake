# What `cmake --install` gives: the command, the evaluator's headers and library, a CMake package and a pkg-config file.
