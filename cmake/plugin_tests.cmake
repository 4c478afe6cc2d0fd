# SPDX-License-Identifier: Apache-2.0
# The tests of the Cloudify plugin, tests/cloudify/test_*.py: one test of ctest's for each class. They run in a virtual environment that the
# first one, cloudify/prepare, makes: it fails if something cannot be had, and then none of the others is run. A line `# ctest: packages` in
# a file says that its tests need the packages for managers as well, which cloudify/packages makes for one Python.
cmake_path(GET ESXI_BIN_DIR PARENT_PATH esxi_plugin_top)
set(esxi_plugin_work "${esxi_plugin_top}/plugin")
set(esxi_plugin_dist "${esxi_plugin_top}/dist")
set(esxi_plugin_native "${esxi_plugin_work}/native")

add_test(NAME cloudify/prepare COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/cloudify/prepare" --govc "${ESXI_BIN_DIR}/govc"
                                       --work "${esxi_plugin_work}" --dist "${esxi_plugin_native}")
set_tests_properties(cloudify/prepare PROPERTIES LABELS cloudify TIMEOUT 900 COST 2000 FIXTURES_SETUP cloudify_plugin)
add_test(NAME cloudify/packages COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/examples/cloudify/make-package" --govc
                                        "${ESXI_BIN_DIR}/govc" --work "${esxi_plugin_work}" --dist "${esxi_plugin_dist}")
set_tests_properties(
  cloudify/packages PROPERTIES LABELS "cloudify;verify" TIMEOUT 1800 COST 1900 PROCESSORS 2 FIXTURES_REQUIRED cloudify_plugin
                               FIXTURES_SETUP cloudify_packages)

esxi_add_python_tests(
  cloudify PYTHON "${esxi_plugin_work}/tests/bin/python" TIMEOUT 1200 FIXTURES cloudify_plugin
  ENVIRONMENT "ESXI_NATIVE_DIR=${esxi_plugin_native}" "ESXI_DIST_DIR=${esxi_plugin_dist}" "ESXI_PLUGIN_WORK=${esxi_plugin_work}")
