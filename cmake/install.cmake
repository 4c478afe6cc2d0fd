# SPDX-License-Identifier: Apache-2.0
# The installed package, find_package(esxi), which may be moved: it looks for what it needs where it is used.
include(CMakePackageConfigHelpers)

set(esxi_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/esxi")

set_target_properties(esxi_json_source PROPERTIES EXPORT_NAME json_source)
install(
  TARGETS esxi esxi_json_source
  EXPORT esxi-targets
  FILE_SET HEADERS COMPONENT library
  FILE_SET plugin_headers COMPONENT library)
install(EXPORT esxi-targets NAMESPACE esxi:: DESTINATION "${esxi_package_dir}" COMPONENT library)
configure_package_config_file(cmake/esxiConfig.cmake.in "${PROJECT_BINARY_DIR}/esxiConfig.cmake" INSTALL_DESTINATION "${esxi_package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/esxiConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)
install(
  FILES "${PROJECT_BINARY_DIR}/esxiConfig.cmake" "${PROJECT_BINARY_DIR}/esxiConfigVersion.cmake" cmake/esxi-components.cmake
        cmake/json_source.cpp
  DESTINATION "${esxi_package_dir}"
  COMPONENT library)
