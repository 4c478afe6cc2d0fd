# SPDX-License-Identifier: Apache-2.0
# The installed package: find_package(esxi), with the components json and subprocess.
include(CMakePackageConfigHelpers)

set(esxi_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/esxi")

# The exported targets carry no trace of where Boost was here: the package's configuration links it anew.
set_target_properties(esxi_json PROPERTIES EXPORT_NAME json)
set_target_properties(esxi_json_source PROPERTIES EXPORT_NAME json_source)
set_target_properties(esxi_subprocess PROPERTIES EXPORT_NAME subprocess)
install(
  TARGETS esxi esxi_json esxi_json_source esxi_subprocess
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
  FILES "${PROJECT_BINARY_DIR}/esxiConfig.cmake" "${PROJECT_BINARY_DIR}/esxiConfigVersion.cmake" cmake/esxi-dependencies.cmake
        cmake/json_source.cpp
  DESTINATION "${esxi_package_dir}"
  COMPONENT library)
