# SPDX-License-Identifier: Apache-2.0
# The pinned govc, the one of the old dialect that the tests read, and the simulator: built by Go from vendor/.
set(esxi_govc_version v0.56.0)

if(NOT EXISTS "${PROJECT_SOURCE_DIR}/vendor/go.mod")
  message(WARNING "vendor/ is not there: govc and the simulator are not built")
  return()
endif()
include(cmake/go.cmake)
if(NOT ESXI_GO)
  message(FATAL_ERROR "No Go ${esxi_go_minimum} or newer was found. `./dev test` and `./dev demo` install one, `cmake -P cmake/go.cmake` does "
                      "just that, ESXI_GO names one; or switch ESXI_BUILD_VENDOR off")
endif()

# One at a time: a Go build uses all cores by itself.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS go=1)

# esxi_add_go_program(<name> MODULE <folder> PACKAGE <package> [LDFLAGS <more flags>] [GOARCH <machine>]): one program in ESXI_BIN_DIR.
function(esxi_add_go_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODULE;PACKAGE;LDFLAGS;GOARCH" "")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${arg_MODULE}/*.go")
  list(APPEND sources "${arg_MODULE}/go.mod" "${arg_MODULE}/go.sum")
  set(program "${ESXI_BIN_DIR}/${name}")
  add_custom_command(
    OUTPUT "${program}"
    COMMAND "${CMAKE_COMMAND}" -E env GOTOOLCHAIN=local GOWORK=off GOFLAGS= CGO_ENABLED=0 GOARCH=${arg_GOARCH} #
            "${ESXI_GO}" build -C "${arg_MODULE}" -mod=readonly -buildvcs=false -trimpath -ldflags "-s -w ${arg_LDFLAGS}" -o "${program}"
            "${arg_PACKAGE}"
    DEPENDS ${sources}
    COMMENT "Building ${name} with Go"
    JOB_POOL go
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS "${program}")
endfunction()

set(esxi_govc MODULE "${PROJECT_SOURCE_DIR}/vendor" PACKAGE ./govc LDFLAGS
              "-X github.com/vmware/govmomi/cli/flags.BuildVersion=${esxi_govc_version}")
esxi_add_go_program(govc ${esxi_govc})
esxi_add_go_program(esxi-sim MODULE "${PROJECT_SOURCE_DIR}/vendor" PACKAGE ./esxi-sim)

# The module in legacy/ requires the old govc as a tool; nothing of ours is in it.
if(ESXI_BUILD_TESTS AND EXISTS "${PROJECT_SOURCE_DIR}/vendor/legacy/go.mod")
  esxi_add_go_program(govc-0.18 MODULE "${PROJECT_SOURCE_DIR}/vendor/legacy" PACKAGE github.com/vmware/govmomi/govc)
endif()

# The plugin has wheels for two machines: the govc of the other one.
if(CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(esxi_other_machine amd64)
else()
  set(esxi_other_machine arm64)
endif()
esxi_add_go_program(govc-${esxi_other_machine} ${esxi_govc} GOARCH ${esxi_other_machine})
esxi_build_for_verify(govc-${esxi_other_machine})
add_custom_target(plugin_programs DEPENDS govc govc-${esxi_other_machine})
