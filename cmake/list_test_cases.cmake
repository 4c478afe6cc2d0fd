# SPDX-License-Identifier: Apache-2.0
# Run after a test program was linked: asks it for its cases and writes a ctest test for each to OUTPUT. A program without cases
# is an error. Cases that come from data, and instances of one template, are one test.
execute_process(
  COMMAND "${PROGRAM}" --list_content=HRF --color_output=no
  OUTPUT_VARIABLE content
  ERROR_VARIABLE content
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${NAME} cannot list its test cases (${status}):\n${content}")
endif()

# A line is four spaces for each suite around it, a name, a star if it is enabled, and perhaps a description.
string(REGEX REPLACE "<[^\n]*\n" "<**\n" content "${content}") # case<type>* -> case<**: any type, enabled
string(REGEX REPLACE "[^*\n]*\n" "\\0" content "${content}")
string(REGEX MATCHALL "[^\n]+" lines "${content}")
set(cases "")
set(path "")
set(previous_depth -1)
set(previous "")
foreach(line IN LISTS lines ITEMS "end*")
  if(NOT line MATCHES "^( *)([A-Za-z0-9_]+<?\\*?)\\*")
    continue() # disabled
  endif()
  string(LENGTH "${CMAKE_MATCH_1}" spaces)
  set(name "${CMAKE_MATCH_2}")
  math(EXPR depth "${spaces} / 4")
  if(previous AND depth LESS_EQUAL previous_depth) # nothing is inside the previous one: it is a case
    if(previous MATCHES "^(.+)/_[0-9]+$")
      set(previous "${CMAKE_MATCH_1}")
    endif()
    list(APPEND cases "${previous}")
  endif()
  list(SUBLIST path 0 ${depth} path)
  list(APPEND path "${name}")
  list(JOIN path "/" previous)
  set(previous_depth ${depth})
endforeach()
list(REMOVE_DUPLICATES cases)
if(NOT cases)
  message(FATAL_ERROR "${NAME} has no enabled test case")
endif()

# Adds the tests of one way to run the program, under a name and labels of their own.
set(script "")
function(esxi_list_tests as labels environment)
  set(properties "LABELS \"${labels}\" TIMEOUT ${TIMEOUT}")
  if(PRODUCED_DIR) # looked through when all that require this have ended
    string(APPEND environment ";ESXI_PRODUCED_DIR=${PRODUCED_DIR}")
    string(APPEND properties " FIXTURES_REQUIRED produced")
  endif()
  string(APPEND properties " ENVIRONMENT \"ESXI_BIN_DIR=${BIN_DIR}${environment}\"")
  if(SERIAL)
    string(APPEND properties " RUN_SERIAL TRUE")
  endif()
  if(WHOLE)
    string(APPEND script "add_test(${as} \"${PROGRAM}\")\nset_tests_properties(${as} PROPERTIES ${properties})\n")
  else()
    foreach(case IN LISTS cases)
      string(REGEX REPLACE "<\\*$" "" test "${as}/${case}")
      string(APPEND script "add_test(${test} \"${PROGRAM}\" \"--run_test=${case}\")\n"
             "set_tests_properties(${test} PROPERTIES ${properties})\n")
    endforeach()
  endif()
  set(script "${script}" PARENT_SCOPE)
endfunction()
set(labels "${LABEL}")
if(VERIFY)
  list(APPEND labels verify)
endif()
if(SWEEP)
  esxi_list_tests("${NAME}" "${labels}" ";ESXI_SWEEP=one")
  string(REGEX REPLACE "^([a-z]+)_" "\\1_sweep_" as "${NAME}")
  esxi_list_tests("${as}" "${LABEL}_sweep;verify" "")
else()
  esxi_list_tests("${NAME}" "${labels}" "")
endif()
if(SERVED)
  string(REGEX REPLACE "^([a-z]+)_" "\\1_served_" as "${NAME}")
  esxi_list_tests("${as}" "${LABEL}_served;verify" ";ESXI_TEST_TRANSPORT=served")
endif()
# Each test of live/ runs on hosts of real releases too. That of the newest is quick if PERSONA asks for it. An attack is on us, and what is
# one test for a whole program puts a load on us, whatever the host's release.
if(NAME MATCHES "^live_" AND NOT WHOLE)
  foreach(persona IN ITEMS esxi-6.7 esxi-8)
    set(labels "${LABEL}_persona")
    if(VERIFY OR NOT PERSONA OR NOT persona STREQUAL esxi-8)
      list(APPEND labels verify)
    endif()
    string(REGEX REPLACE "^live_" "live_${persona}_" as "${NAME}")
    esxi_list_tests("${as}" "${labels}" ";ESXI_SWEEP=one;ESXI_TEST_PERSONA=${persona}")
  endforeach()
endif()
file(WRITE "${OUTPUT}" "${script}")
