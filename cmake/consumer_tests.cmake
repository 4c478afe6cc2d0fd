# SPDX-License-Identifier: Apache-2.0
# The ways to use the library, each a project of somebody else's: a folder of tests/consumer, built and run here against this build, installed
# and moved, or against the source tree.
set(consumers "${CMAKE_CURRENT_SOURCE_DIR}/consumer")
set(consumer_builds "${PROJECT_BINARY_DIR}/consumer")
set(consumer_prefix "${consumer_builds}/prefix")
set(launcher "CMAKE_CXX_COMPILER_LAUNCHER=${ESXI_CCACHE}")
if(NOT ESXI_CCACHE)
  set(launcher "")
endif()
# What the compiler and Boost are here, they are there. The list of places is one argument.
string(REPLACE ";" "\\;" places "${consumer_prefix};${CMAKE_PREFIX_PATH}")
set(surroundings "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}" "-DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}" "-DCMAKE_PREFIX_PATH=${places}")
if(CMAKE_CXX_STANDARD)
  list(APPEND surroundings "-DCMAKE_CXX_STANDARD=${CMAKE_CXX_STANDARD}")
endif()
get_target_property(boost_folder Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
list(GET boost_folder 0 boost_folder)

add_test(NAME consumer/install COMMAND Python3::Interpreter "${consumers}/install.py" --cmake "${CMAKE_COMMAND}" --build "${PROJECT_BINARY_DIR}"
                                       --source "${PROJECT_SOURCE_DIR}" --prefix "${consumer_prefix}")
set_tests_properties(consumer/install PROPERTIES LABELS consumer FIXTURES_SETUP installed RESOURCE_LOCK build_tree)

# esxi_add_consumer_test(<folder> [INSTALLED] [VERIFY] [NEEDS <fixture>...] [OPTIONS <argument of CMake's>...])
function(esxi_add_consumer_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INSTALLED;VERIFY" "" "NEEDS;OPTIONS")
  add_test(
    NAME consumer/${folder}
    COMMAND
      "${CMAKE_CTEST_COMMAND}" --build-and-test "${consumers}/${folder}" "${consumer_builds}/${folder}" --build-generator Ninja --build-noclean
      --build-options ${surroundings} ${arg_OPTIONS} --test-command "${CMAKE_CTEST_COMMAND}" --output-on-failure --no-tests=error)
  if(arg_INSTALLED)
    list(APPEND arg_NEEDS installed)
  endif()
  set(labels consumer)
  if(arg_VERIFY)
    list(APPEND labels verify)
  endif()
  set_tests_properties(consumer/${folder} PROPERTIES LABELS "${labels}" TIMEOUT 900 COST 900 ENVIRONMENT "${launcher}" FIXTURES_REQUIRED "${arg_NEEDS}")
endfunction()

esxi_add_consumer_test(find_package INSTALLED)
esxi_add_consumer_test(add_subdirectory VERIFY OPTIONS "-DESXI_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
esxi_add_consumer_test(fetch_content VERIFY OPTIONS "-DESXI_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
esxi_add_consumer_test(replay_only INSTALLED VERIFY OPTIONS "-DBOOST=${boost_folder}")
if(ESXI_BUILD_VENDOR)
  esxi_add_consumer_test(own_policies INSTALLED VERIFY OPTIONS "-DBIN=${ESXI_BIN_DIR}")
endif()
# With the pybind11 and the cloudify-common that the plugin's tests have.
if(TEST cloudify/prepare)
  esxi_add_consumer_test(
    cloudify INSTALLED VERIFY
    NEEDS cloudify_plugin
    OPTIONS "-DPython_EXECUTABLE=${esxi_plugin_work}/tools/bin/python" "-DENGINE=${esxi_plugin_work}/tests/bin/python")
endif()

# With a compiler and no CMake. Where Boost's Process is a library, it has to be named.
if(esxi_boost_version VERSION_LESS 1.86)
  add_test(NAME consumer/plain_include COMMAND "${consumers}/plain_include/build" "${PROJECT_SOURCE_DIR}" "${consumer_builds}/plain_include")
  set_tests_properties(consumer/plain_include PROPERTIES LABELS "consumer;verify" TIMEOUT 900 ENVIRONMENT "CXX=${CMAKE_CXX_COMPILER};CXXFLAGS=${CMAKE_CXX_FLAGS}")
endif()

add_test(
  NAME consumer/components
  COMMAND Python3::Interpreter "${consumers}/components/check.py" --cmake "${CMAKE_COMMAND}" --prefix "${consumer_prefix}" --source "${PROJECT_SOURCE_DIR}"
          --work "${consumer_builds}/components" -- -G Ninja ${surroundings})
set_tests_properties(consumer/components PROPERTIES LABELS "consumer;verify" TIMEOUT 900 FIXTURES_REQUIRED installed)
