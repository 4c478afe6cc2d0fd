// SPDX-License-Identifier: Apache-2.0
// Several instances of one Cloudify node: the name of each one's VM, and which instance a VM belongs to.
#pragma once

#include <string>
#include <string_view>

#include <pybind11/pybind11.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/detail/cloudify_engine.hpp>
#include <esxi/detail/cloudify_json.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// The text of an attribute; empty if there is none, or it is no text.
[[nodiscard]] inline std::string python_text_of(pybind11::handle from, char const* attribute)
{
    auto const value = pybind11::getattr(from, attribute, pybind11::none());
    return PyUnicode_Check(value.ptr()) != 0 ? std::string(pybind11::str(value)) : std::string();
}

/// Whether a workflow of `workflows.local` runs the operation, without a manager.
[[nodiscard]] inline bool is_local_workflow(pybind11::handle ctx)
{
    return pybind11::hasattr(pybind11::getattr(ctx, "_endpoint", pybind11::none()), "storage"); // not public
}

/// A client of the manager's REST API, with the rights of the execution.
[[nodiscard]] inline pybind11::object rest_client(cloudify_engine const& engine)
{
    return engine.module("manager").attr("get_rest_client")();
}

/// The part of an instance's id that is its own: `x1c9yq` of `vm_x1c9yq`.
[[nodiscard]] inline std::string own_part_of_id(std::string const& id, std::string const& node)
{
    return id.size() > node.size() + 1 && id.starts_with(node + "_") ? id.substr(node.size() + 1) : id;
}

/// Appends the node's `scale_suffix` to the property `name`, with `{index}` replaced by the instance's number among those of its node,
/// and `{id}` by its own part of its id. Does nothing if the node has no such property. Throws `config` if the suffix is none, or if the
/// engine does not number instances and `{index}` is used.
inline void add_scale_suffix(boost::json::object& properties, pybind11::handle node, pybind11::handle instance)
{
    auto const all = pybind11::reinterpret_borrow<pybind11::object>(node.attr("properties"));
    auto* const name = properties.if_contains("name");
    if (!all.contains("scale_suffix") || name == nullptr || !name->is_string()) {
        return;
    }
    pybind11::object const given = all["scale_suffix"];
    if (given.is_none() || given.equal(pybind11::str(""))) {
        return;
    }
    auto suffix = PyUnicode_Check(given.ptr()) != 0 ? std::string(pybind11::str(given)) : std::string();
    bool names_instance = false;
    auto const replace = [&suffix, &names_instance](std::string_view placeholder, std::string const& value) {
        for (auto at = suffix.find(placeholder); at != std::string::npos; at = suffix.find(placeholder, at + value.size())) {
            suffix.replace(at, placeholder.size(), value);
            names_instance = true;
        }
    };
    if (suffix.find("{index}") != std::string::npos) {
        auto const index = pybind11::getattr(instance, "index", pybind11::none());
        if (PyLong_Check(index.ptr()) == 0) {
            throw error(error_kind::config,
                        "property `scale_suffix` has {index} in it, and this engine does not number the instances "
                        "of a node; use {id}");
        }
        replace("{index}", pybind11::str(index));
    }
    replace("{id}", own_part_of_id(python_text_of(instance, "id"), python_text_of(node, "name")));
    if (!names_instance) {
        throw error(error_kind::config, "property `scale_suffix` is " +
                                            printable(std::string(pybind11::repr(given)).substr(0, 120)) +
                                            "; allowed is a text with {index} or {id} in it");
    }
    *name = std::string(name->get_string()) + suffix;
}

/// The id of another node instance of the deployment that has recorded this VM as its own; empty if none has. One that only uses it, with
/// `use_external_resource`, does not count. Throws what the engine does.
[[nodiscard]] inline std::string other_instance_with_vm(cloudify_engine const& engine, pybind11::handle ctx,
                                                        std::string_view moid, std::string_view instance_uuid)
{
    namespace py = pybind11;
    auto const self = python_text_of(ctx.attr("instance"), "id");
    py::object const instances = is_local_workflow(ctx)
                                     ? py::object(ctx.attr("_endpoint").attr("storage").attr("get_node_instances")())
                                     : py::object(rest_client(engine)
                                                      .attr("node_instances")
                                                      .attr("list")(py::arg("deployment_id") = ctx.attr("deployment").attr("id"),
                                                                    py::arg("_get_all_results") = true));
    auto const is_text = [](py::handle map, char const* key, std::string_view text) {
        auto const value = map.attr("get")(key);
        return PyUnicode_Check(value.ptr()) != 0 && std::string(py::str(value)) == text;
    };
    for (auto const instance : instances) {
        auto const id = python_text_of(instance, "id");
        auto const recorded = py::getattr(instance, "runtime_properties", py::none());
        if (id != self && !recorded.is_none() && is_text(recorded, "moid", moid) &&
            is_text(recorded, "instance_uuid", instance_uuid) && recorded.attr("get")("external").ptr() != Py_True) {
            return id;
        }
    }
    return {};
}

} // namespace esxi::detail
