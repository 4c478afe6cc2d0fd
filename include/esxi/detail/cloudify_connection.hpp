// SPDX-License-Identifier: Apache-2.0
// What a Cloudify node of a host leaves to its `connection_config`, and that to the plugin's properties.
#pragma once

#include <string>

#include <pybind11/pybind11.h>

#include <boost/json/object.hpp>

#include <esxi/detail/cloudify_json.hpp>
#include <esxi/detail/connection_config.hpp>
#include <esxi/model/host_properties.hpp>

namespace esxi::detail {

/// The properties of hosts that are set once for the plugin, where the blueprint imports it (`ctx.plugin.properties`: name: {value}).
[[nodiscard]] inline boost::json::object read_plugin_properties(pybind11::handle ctx)
{
    namespace py = pybind11;
    boost::json::object found;
    auto const all = py::getattr(py::getattr(ctx, "plugin", py::none()), "properties", py::none());
    if (!py::isinstance<py::dict>(all)) {
        return found;
    }
    for (auto const name : host_property_names) {
        py::object const property = all.attr("get")(std::string(name));
        py::object const value = py::isinstance<py::dict>(property) ? property.attr("get")("value") : py::object(py::none());
        if (!value.is_none()) {
            auto const what = "property `" + std::string(name) + "` of the plugin";
            found.emplace(boost::json::string_view(name.data(), name.size()), python_reader(what).read(value));
        }
    }
    return found;
}

/// What holds for a host if its own properties leave it open: its `connection_config`, and for the rest the plugin's properties.
[[nodiscard]] inline boost::json::object read_outer_connection(pybind11::handle ctx, pybind11::handle node_properties)
{
    namespace py = pybind11;
    auto const of_plugin = read_plugin_properties(ctx);
    py::object const config = node_properties.attr("get")("connection_config");
    return config.is_none() ? of_plugin
                            : over(read_connection_config(python_reader("property `connection_config`").read(config)), of_plugin);
}

} // namespace esxi::detail
