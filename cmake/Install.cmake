# What `cmake --install` gives: the command, the evaluator's headers and library, a CMake package and a pkg-config file, the shipped policies.
include(CMakePackageConfigHelpers)

set(BYLAW_POLICIES_DIR ${CMAKE_INSTALL_DATADIR}/bylaw/policies)
install(TARGETS bylaw RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/policies/ DESTINATION ${BYLAW_POLICIES_DIR})
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/bylaw/bundles DESTINATION ${CMAKE_INSTALL_DATADIR}/bylaw OPTIONAL)
install(FILES ${CMAKE_SOURCE_DIR}/bindings/c/bylaw.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/runtime DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

set_target_properties(bylaw_runtime_archive PROPERTIES EXCLUDE_FROM_ALL FALSE)
install(TARGETS bylaw_runtime_archive EXPORT bylaw ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT bylaw NAMESPACE bylaw:: FILE bylaw-targets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/bylaw-config.cmake.in ${CMAKE_BINARY_DIR}/bylaw-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bylaw-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bylaw-config.cmake ${CMAKE_BINARY_DIR}/bylaw-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
file(RELATIVE_PATH BYLAW_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/bylaw.pc.in ${CMAKE_BINARY_DIR}/bylaw.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/bylaw.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# A build tree looks like an installed one, so the command finds its policies in both.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/bylaw)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/policies ${CMAKE_BINARY_DIR}/share/bylaw/policies SYMBOLIC)

# The shipped packs, compiled (cli/shipped_bundles.h). A command that was linked anew does not trust those of the one before.
if(NOT CMAKE_CROSSCOMPILING)
  file(GLOB_RECURSE policies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/policies/*.bylaw ${CMAKE_SOURCE_DIR}/policies/packs/*.csv
       ${CMAKE_SOURCE_DIR}/policies/packs/*.json ${CMAKE_SOURCE_DIR}/policies/models/*.csv ${CMAKE_SOURCE_DIR}/policies/models/*.json)
  set(digest ${CMAKE_BINARY_DIR}/share/bylaw/bundles/digest)
  add_custom_command(TARGET bylaw POST_BUILD COMMAND ${CMAKE_COMMAND} -E rm -f ${digest})
  add_custom_command(
    OUTPUT ${digest}
    COMMAND ${CMAKE_COMMAND} -E env BYLAW_POLICIES=policies $<TARGET_FILE:bylaw> compile --shipped -o bundles
    DEPENDS bylaw ${policies}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/share/bylaw
    COMMENT "Compiling the shipped packs")
  add_custom_target(shipped_bundles ALL DEPENDS ${digest})
endif()
