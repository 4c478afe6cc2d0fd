# SPDX-License-Identifier: Apache-2.0
# Finds what Boost.JSON and Boost.Process need to be linked with, for this build and, installed, for a consumer's.
# BUILD_INTERFACE keeps where they are here out of the installed package. With OPTIONAL, what is not found leaves the target as it is: using it then fails at the link, not here.

macro(esxi_link_json target)
  find_package(Boost 1.81 CONFIG QUIET COMPONENTS json)
  if(TARGET Boost::json)
    target_link_libraries(${target} INTERFACE "$<BUILD_INTERFACE:Boost::json>")
  elseif(NOT "${ARGN}" STREQUAL "OPTIONAL")
    message(FATAL_ERROR "esxi: Boost.JSON's library was not found; install it, or link esxi::json_source instead")
  endif()
endmacro()

# Boost.Process is a set of headers up to Boost 1.85, and a library to link from 1.86 on.
macro(esxi_link_subprocess target)
  find_package(Threads QUIET)
  if(TARGET Threads::Threads)
    target_link_libraries(${target} INTERFACE "$<BUILD_INTERFACE:Threads::Threads>")
  elseif(NOT "${ARGN}" STREQUAL "OPTIONAL")
    message(FATAL_ERROR "esxi: no threads were found for the subprocess transport")
  endif()
  if(Boost_VERSION VERSION_GREATER_EQUAL 1.86)
    find_package(Boost 1.86 CONFIG QUIET COMPONENTS process)
    if(TARGET Boost::process)
      target_link_libraries(${target} INTERFACE "$<BUILD_INTERFACE:Boost::process>")
    elseif(NOT "${ARGN}" STREQUAL "OPTIONAL")
      message(FATAL_ERROR "esxi: Boost.Process's library was not found, which Boost ${Boost_VERSION} needs for the subprocess transport")
    endif()
  endif()
endmacro()
