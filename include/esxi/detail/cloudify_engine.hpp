// SPDX-License-Identifier: Apache-2.0
// Which engine runs the operations. Cloudify's successors differ from it in the name of the Python package that all else is in.
#pragma once

#include <string>

#include <pybind11/pybind11.h>

namespace esxi {

/// Cloudify, or one of its successors: `nativeedge`, `dell`.
struct cloudify_engine {
    std::string root = "cloudify"; ///< The engine's Python package.

    /// A module of it, as `exceptions`. The interpreter lock is held. Throws what Python's import does.
    [[nodiscard]] pybind11::module_ module(std::string const& name) const
    {
        return pybind11::module_::import((root + "." + name).c_str());
    }

    /// A module of it, if it is loaded already; else null. The interpreter lock is held.
    [[nodiscard]] pybind11::handle loaded_module(std::string const& name) const
    {
        auto* const modules = PyImport_GetModuleDict();
        return modules == nullptr ? nullptr : PyDict_GetItemString(modules, (root + "." + name).c_str());
    }
};

} // namespace esxi
