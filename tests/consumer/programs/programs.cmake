# SPDX-License-Identifier: Apache-2.0
# The programs that each way to have the library builds and runs. Each consists of two translation units that include all headers.
enable_testing()
set(sources "${CMAKE_CURRENT_LIST_DIR}")

# Of the library, nothing but its headers.
add_executable(replay "${sources}/replay.cpp" "${sources}/other.cpp")
target_link_libraries(replay PRIVATE esxi::esxi esxi::json_source)
add_test(NAME replay COMMAND replay "${sources}/probe.json")

add_executable(subprocess "${sources}/subprocess.cpp" "${sources}/other.cpp")
target_compile_definitions(subprocess PRIVATE WITH_SUBPROCESS)
target_link_libraries(subprocess PRIVATE esxi::subprocess esxi::json)
add_test(NAME subprocess COMMAND subprocess)
