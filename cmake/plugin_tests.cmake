# SPDX-License-Identifier: Apache-2.0
# The tests of the Cloudify plugin, tests/cloudify/test_*.py: one test of ctest's for each class. They run in a virtual environment that the
# first one, cloudify/prepare, makes: it fails where something cannot be had, and then none of the others is run.
cmake_path(GET ESXI_BIN_DIR PARENT_PATH esxi_plugin_top)
set(esxi_plugin_work "${esxi_plugin_top}/plugin")
set(esxi_plugin_dist "${esxi_plugin_top}/dist")

add_test(NAME cloudify/prepare COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/cloudify/prepare" --govc "${ESXI_BIN_DIR}/govc"
                                       --work "${esxi_plugin_work}" --dist "${esxi_plugin_dist}")
set_tests_properties(cloudify/prepare PROPERTIES LABELS cloudify TIMEOUT 900 COST 2000 FIXTURES_SETUP cloudify_plugin)

file(GLOB sources CONFIGURE_DEPENDS cloudify/test_*.py)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM module)
  string(REGEX REPLACE "^test_" "" name "${module}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} classes REGEX "^class .*TestCase\\)")
  foreach(class IN LISTS classes)
    string(REGEX REPLACE "^class ([A-Za-z0-9_]+).*" "\\1" class "${class}")
    add_test(
      NAME cloudify/${name}/${class}
      COMMAND "${esxi_plugin_work}/tests/bin/python" -m unittest -v ${module}.${class}
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/cloudify")
    set_tests_properties(
      cloudify/${name}/${class}
      PROPERTIES LABELS cloudify
                 TIMEOUT 300
                 FIXTURES_REQUIRED "cloudify_plugin;produced"
                 ENVIRONMENT "ESXI_BIN_DIR=${ESXI_BIN_DIR};ESXI_PRODUCED_DIR=${esxi_produced_dir};ESXI_DIST_DIR=${esxi_plugin_dist};PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endforeach()
