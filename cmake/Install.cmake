# What `cmake --install` gives: the command, the evaluator's headers and library, a CMake package and a pkg-config file, the shipped policies.
include(CMakePackageConfigHelpers)

set(BYLAW_POLICIES_DIR ${CMAKE_INSTALL_DATADIR}/bylaw/policies)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS bylaw RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/policies/ DESTINATION ${BYLAW_POLICIES_DIR} COMPONENT command)
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/bylaw/bundles DESTINATION ${CMAKE_INSTALL_DATADIR}/bylaw COMPONENT command OPTIONAL)
install(FILES ${CMAKE_SOURCE_DIR}/bindings/c/bylaw.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/runtime DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

foreach(library runtime signature)
  set_target_properties(bylaw_${library}_archive PROPERTIES EXCLUDE_FROM_ALL FALSE)
  install(TARGETS bylaw_${library}_archive EXPORT bylaw-${library} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT bylaw-${library} NAMESPACE bylaw:: FILE bylaw-${library}-targets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
endforeach()
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/bylaw-config.cmake.in ${CMAKE_BINARY_DIR}/bylaw-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bylaw-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bylaw-config.cmake ${CMAKE_BINARY_DIR}/bylaw-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
file(RELATIVE_PATH BYLAW_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(package bylaw bylaw-signature)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/${package}.pc.in ${CMAKE_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

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

  # The manual page and the completion scripts, as the command prints them.
  set(printed "")
  foreach(page "man>man/man1/bylaw.1" "completion bash>bash-completion/completions/bylaw" "completion zsh>zsh/vendor-completions/_bylaw"
               "completion fish>fish/vendor_completions.d/bylaw.fish")
    string(REGEX MATCH "^(.*)>(.*)/([^/]*)$" ignored ${page})
    separate_arguments(arguments UNIX_COMMAND "${CMAKE_MATCH_1}")
    set(folder ${CMAKE_BINARY_DIR}/share/${CMAKE_MATCH_2})
    add_custom_command(OUTPUT ${folder}/${CMAKE_MATCH_3} COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
                       COMMAND $<TARGET_FILE:bylaw> ${arguments} > ${folder}/${CMAKE_MATCH_3} DEPENDS bylaw COMMENT "Printing ${CMAKE_MATCH_3}")
    list(APPEND printed ${folder}/${CMAKE_MATCH_3})
    install(FILES ${folder}/${CMAKE_MATCH_3} DESTINATION ${CMAKE_INSTALL_DATADIR}/${CMAKE_MATCH_2} COMPONENT command)
  endforeach()
  add_custom_target(printed_pages ALL DEPENDS ${printed})
endif()

# Debian packages: `cpack -G DEB` gives bylaw (command, policies, manual page, completion) and libbylaw-dev (headers, library).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bylaw)
set(CPACK_PACKAGE_VENDOR Bylaw)
set(CPACK_PACKAGE_CONTACT "Bylaw <bylaw@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "policy as code for cloud exports")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_DEB_COMPONENT_INSTALL TRUE)
set(CPACK_COMPONENTS_ALL command development)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME bylaw)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION admin)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "judges Terraform plans, AWS Config snapshots and other exports with typed policies")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libbylaw-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libfmt-dev, libsimdjson-dev, libre2-dev, libfyaml-dev, zlib1g-dev, libzstd-dev, libsodium-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Bylaw's evaluator as a library: headers and archive")
include(CPack)
