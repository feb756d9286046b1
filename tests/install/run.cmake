# The install test. Run as: cmake -DBUILD=… -DSOURCE=… -DSCRATCH=… -DCXX=… -DCC=… -DLIBDIR=… -P run.cmake
cmake_minimum_required(VERSION 3.22)
set(prefix ${SCRATCH}/prefix)
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})

# run(out status command…): the command's standard output; any other status than the one given ends the test.
function(run out status)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${SCRATCH} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
  if(NOT result EQUAL status)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nended with ${result}, not ${status}:\n${output}\n${error}")
  endif()
  set(${out} "${output}" PARENT_SCOPE)
endfunction()

# same(what a b): the two texts are equal.
function(same what a b)
  if(NOT a STREQUAL b)
    message(FATAL_ERROR "${what} differs:\n--- one\n${a}\n--- other\n${b}")
  endif()
endfunction()

run(ignored 0 ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
set(bylaw ${prefix}/bin/bylaw)
configure_file(${SOURCE}/policies/examples/company/plan/orders-containers.json ${SCRATCH}/plan.json COPYONLY)

# 1. What the command says.
run(ignored 0 ${bylaw} compile network -o network.bylawc)
run(json 1 ${bylaw} check plan.json -p network.bylawc --format json --now 1970-01-01)
string(JSON num_results LENGTH "${json}" results)
if(num_results EQUAL 0)
  message(FATAL_ERROR "the example has no findings")
endif()
set(expected "")
math(EXPR last "${num_results} - 1")
foreach(i RANGE ${last})
  set(line "")
  foreach(path "rule" "clause" "verdict" "resource;address" "location;file" "location;line" "fingerprint")
    string(JSON value GET "${json}" results ${i} ${path})
    if(path STREQUAL "location;line")
      string(APPEND line ":${value}")
    else()
      string(APPEND line " ${value}")
    endif()
  endforeach()
  string(STRIP "${line}" line)
  string(APPEND expected "${line}\n")
endforeach()

# 2. Programs found by find_package.
run(ignored 0 ${CMAKE_COMMAND} -S ${SOURCE}/tests/install/program -B by_cmake -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_STANDARD=20)
run(ignored 0 ${CMAKE_COMMAND} --build by_cmake)
run(output 0 by_cmake/outside_cpp network.bylawc plan.json)
same("find_package, C++" "${output}" "${expected}")
run(output 0 by_cmake/outside_c network.bylawc plan.json)
same("find_package, C" "${output}" "${expected}")

# 3. A program found by pkg-config.
set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
run(flags 0 pkg-config --cflags --libs bylaw)
separate_arguments(flags UNIX_COMMAND "${flags}")
run(ignored 0 ${CXX} -std=c++20 -O1 ${SOURCE}/tests/install/program/check.cc -o by_pkg_config ${flags})
run(output 0 ./by_pkg_config network.bylawc plan.json)
same("pkg-config" "${output}" "${expected}")

# 4. The evaluator stays small: with every importer, and the table of the AWS command line's calls.
run(ignored 0 strip -o stripped by_cmake/outside_cpp)
file(SIZE ${SCRATCH}/stripped size)
if(size GREATER 4250000)
  message(FATAL_ERROR "a program with the whole evaluator takes ${size} bytes, more than 4.25 MB")
endif()

# 5. The installed command takes its packs from their bundles; when a policy changes, from the text; the answers are the same.
function(check_shipped out status)
  run(report ${status} ${bylaw} check plan.json --format json --now 1970-01-01)
  string(JSON part GET "${report}" results)
  set(${out} "${part}" PARENT_SCOPE)
endfunction()
set(bundles ${prefix}/share/bylaw/bundles)
check_shipped(from_bundle 1)
file(RENAME ${bundles} ${bundles}.away)
check_shipped(from_text 1)
file(RENAME ${bundles}.away ${bundles})
same("a check from bundles" "${from_bundle}" "${from_text}")
# A bundle that is no good would be noticed: it is not read while the policies are what it was made from, so break one and see the text at work.
file(WRITE ${bundles}/all.bylawc "broken")
check_shipped(from_text 1)
same("a check with a broken bundle" "${from_bundle}" "${from_text}")
file(GLOB_RECURSE rules ${prefix}/share/bylaw/policies/packs/network/rules.bylaw)
file(APPEND ${rules} "\nrule added { id \"ADDED-001\"\n title \"Added\"\n severity low\n for s in aws.subnet require s.cidr_block is absent\n message \"{s}\" }\n")
run(report 1 ${bylaw} check plan.json -p network --rule ADDED-001 --format json)
message(STATUS "programs outside agree with the command; the evaluator takes ${size} bytes stripped")
