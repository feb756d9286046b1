# What `cmake --install` gives: the command, the evaluator's headers and library, a CMake package and a pkg-config file, the shipped policies.
include(CMakePackageConfigHelpers)

set(BYLAW_POLICIES_DIR ${CMAKE_INSTALL_DATADIR}/bylaw/policies)
install(TARGETS bylaw RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/policies/ DESTINATION ${BYLAW_POLICIES_DIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/runtime DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

set_target_properties(bylaw_runtime_archive PROPERTIES EXCLUDE_FROM_ALL FALSE)
install(TARGETS bylaw_runtime_archive EXPORT bylaw ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT bylaw NAMESPACE bylaw:: FILE bylaw-targets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/bylaw-config.cmake.in ${CMAKE_BINARY_DIR}/bylaw-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bylaw-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bylaw-config.cmake ${CMAKE_BINARY_DIR}/bylaw-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
configure_file(${CMAKE_SOURCE_DIR}/cmake/bylaw.pc.in ${CMAKE_BINARY_DIR}/bylaw.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/bylaw.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# A build tree looks like an installed one, so the command finds its policies in both.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/bylaw)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/policies ${CMAKE_BINARY_DIR}/share/bylaw/policies SYMBOLIC)
