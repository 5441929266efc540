# SPDX-License-Identifier: Apache-2.0
# One folder = one library = one namespace. A folder's CMakeLists.txt says which layers it stands on and which
# third-party libraries are its own; cmake/layers.txt holds the same edges for the test lint.layers.

macro(xingu_find_packages)
  find_package(PkgConfig REQUIRED)
  find_package(Threads REQUIRED)
  find_package(Python3 COMPONENTS Interpreter)
  find_package(fmt REQUIRED)
  find_package(spdlog REQUIRED)
  find_package(Eigen3 3.4 REQUIRED NO_MODULE)
  find_package(TBB REQUIRED)
  pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
  find_package(nlohmann_json 3 REQUIRED)
  find_package(tl-expected REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(GTest REQUIRED)
  pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
  # Debian's DCMTK configuration insists on the development files of every optional codec, so name the parts we use.
  add_library(xingu_dcmtk INTERFACE)
  foreach(part dcmnet dcmjpeg ijg8 ijg12 ijg16 dcmjpls dcmtkcharls dcmimage dcmimgle dcmdata oflog ofstd)
    find_library(DCMTK_${part} ${part} REQUIRED)
    target_link_libraries(xingu_dcmtk INTERFACE ${DCMTK_${part}})
  endforeach()
  pkg_check_modules(OPENJPEG REQUIRED IMPORTED_TARGET libopenjp2)
  pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
  pkg_check_modules(MPI REQUIRED IMPORTED_TARGET ompi-c)
  pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial)
  pkg_check_modules(IPOPT REQUIRED IMPORTED_TARGET ipopt)
  find_package(fcl 0.7 REQUIRED)
  find_package(OpenSSL 3 REQUIRED)
  find_package(SQLite3 REQUIRED)
  pkg_check_modules(URDFDOM REQUIRED IMPORTED_TARGET urdfdom)
endmacro()

add_library(xingu_options INTERFACE)
target_include_directories(xingu_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(xingu_options INTERFACE EIGEN_DONT_PARALLELIZE
  "XINGU_VERSION=\"${PROJECT_VERSION}\"" $<$<NOT:$<CONFIG:Release>>:XINGU_CHECK_PROMISES>)
target_compile_options(xingu_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Wimplicit-fallthrough -ffp-contract=off
  $<$<BOOL:${XINGU_WARNINGS_AS_ERRORS}>:-Werror>)
if(XINGU_SANITIZE)
  target_compile_options(xingu_options INTERFACE -fsanitize=${XINGU_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(xingu_options INTERFACE -fsanitize=${XINGU_SANITIZE})
endif()

# xingu_units(<target>): several sources at a time, which takes a third of the time; which go together is computed, and the
# same wherever the sources are the same. Without python3 each is compiled alone, as in the presets without XINGU_UNITS.
function(xingu_units target)
  if(NOT XINGU_UNITS OR NOT Python3_Interpreter_FOUND)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^\\$<")
  execute_process(COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/cmake/compile_units.py --largest 8 ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(STRIP "${lines}" lines)
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([0-9]+)\t(.*)$" _ "${line}")
    set_source_files_properties(${CMAKE_MATCH_2} PROPERTIES UNITY_GROUP ${CMAKE_MATCH_1})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # In a unit, what a source has for itself alone is, to gcc, in a header.
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
endfunction()

# xingu_library(<folder> LAYERS a b  PUBLIC targets…  PRIVATE targets…): all sources of the folder, one static library.
function(xingu_library name)
  cmake_parse_arguments(arg "" "" "LAYERS;PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(xingu_${name} STATIC ${sources})
  target_link_libraries(xingu_${name} PUBLIC xingu_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  foreach(layer ${arg_LAYERS})
    target_link_libraries(xingu_${name} PUBLIC xingu_${layer})
  endforeach()
  xingu_units(xingu_${name})
endfunction()

# xingu_tests(<folder> LABEL unit  LINK targets…  [LIGHT]): all *_test.cpp of the current folder in one program. LIGHT: what
# the tests themselves compute is little, so they are compiled with few optimisations, which takes a quarter less time.
# The headers that most tests include are compiled once for each of the two kinds, by its first program.
function(xingu_tests name)
  cmake_parse_arguments(arg "LIGHT" "LABEL" "LINK" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources} $<TARGET_OBJECTS:xingu_test_paths>)
  target_link_libraries(test_${name} PRIVATE ${arg_LINK} xingu_test_support GTest::gmock_main)
  if(NOT arg_LABEL STREQUAL unit)
    target_link_libraries(test_${name} PRIVATE xingu_program_memory)  # long work, as the programs do it
  endif()
  xingu_units(test_${name})
  if(arg_LIGHT)
    target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  target_compile_options(test_${name} PRIVATE -fpch-preprocess)  # else ccache keeps nothing
  get_property(first GLOBAL PROPERTY xingu_test_headers_LIGHT_${arg_LIGHT})
  if(first)
    target_precompile_headers(test_${name} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY xingu_test_headers_LIGHT_${arg_LIGHT} test_${name})
    target_precompile_headers(test_${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <Eigen/Core> <Eigen/Geometry>
      <fmt/format.h> <algorithm> <array> <cmath> <filesystem> <fstream> <functional> <map> <numeric> <set> <thread>)
  endif()
  set(prefix "")
  if(arg_LABEL STREQUAL "full")
    set(prefix "full.")  # two programs may hold one test: by equal names the one would take the other's label
  endif()
  set_property(TARGET test_${name} PROPERTY RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${prefix}" PROPERTIES LABELS ${arg_LABEL}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
