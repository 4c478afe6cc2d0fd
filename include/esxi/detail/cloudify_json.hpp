// SPDX-License-Identifier: Apache-2.0
// Python's values as JSON, and back, without loss; what JSON cannot hold is a `config` error that says where it is.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pybind11/pybind11.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// How deep maps and lists may stand in one another; what refers to itself is deeper than any depth.
inline constexpr int deepest_python_value = 200;

/// Where a value stands in those around it.
struct python_place {
    python_place const* around = nullptr;
    std::string_view key{};
    std::size_t index = 0;
    bool in_list = false;

    /// `what` of the outermost, then keys and indices: `properties.ovf_properties.disks[2]`.
    [[nodiscard]] std::string describe(std::string_view what) const
    {
        if (around == nullptr) {
            return std::string(what);
        }
        auto const outer = around->describe(what);
        if (outer.size() > 300) {
            return outer.ends_with("...") ? outer : outer + "...";
        }
        return outer + (in_list ? "[" + std::to_string(index) + "]" : "." + printable(key));
    }
};

/// Reads values of Python. The interpreter lock is held.
class python_reader {
public:
    /// `what` names the whole in messages. Values are never in them.
    explicit python_reader(std::string_view what) : what_(what) {}

    [[nodiscard]] boost::json::value read(pybind11::handle value) const { return read(value, {}, 0); }

    /// A map as a whole. Throws `config` for anything else.
    [[nodiscard]] boost::json::object read_map(pybind11::handle value) const
    {
        if (PyDict_Check(value.ptr()) == 0) {
            refuse({}, "is a " + type_name(value) + " and no map");
        }
        return read_map(value, {}, 0);
    }

private:
    [[noreturn]] void refuse(python_place const& place, std::string const& why) const
    {
        throw error(error_kind::config, place.describe(what_) + " " + why);
    }

    [[nodiscard]] static std::string type_name(pybind11::handle value) { return printable(Py_TYPE(value.ptr())->tp_name); }

    [[nodiscard]] boost::json::value read(pybind11::handle value, python_place const& place, int depth) const
    {
        auto* const object = value.ptr();
        if (object == Py_None) {
            return nullptr;
        }
        if (PyBool_Check(object) != 0) {
            return object == Py_True;
        }
        if (PyLong_Check(object) != 0) {
            return read_integer(object, place);
        }
        if (PyFloat_Check(object) != 0) {
            double const number = PyFloat_AS_DOUBLE(object);
            if (!std::isfinite(number)) {
                refuse(place, "is an infinite number or none, which JSON cannot hold");
            }
            return number;
        }
        if (PyUnicode_Check(object) != 0) {
            auto const text = read_text(object, place, "is a text with half a surrogate pair, which is no Unicode");
            return boost::json::value(boost::json::string_view(text.data(), text.size()));
        }
        if (PyDict_Check(object) != 0) {
            return read_map(value, place, depth);
        }
        if (PyList_Check(object) != 0 || PyTuple_Check(object) != 0) {
            return read_list(value, place, depth);
        }
        refuse(place, "is of type " + type_name(value) +
                          ", which JSON cannot hold; it can hold null, true, false, numbers, texts, lists and maps");
    }

    [[nodiscard]] boost::json::value read_integer(PyObject* object, python_place const& place) const
    {
        int overflow = 0;
        auto const number = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (overflow == 0) {
            return static_cast<std::int64_t>(number);
        }
        if (overflow > 0) {
            auto const larger = PyLong_AsUnsignedLongLong(object);
            if (PyErr_Occurred() == nullptr) {
                return static_cast<std::uint64_t>(larger);
            }
            PyErr_Clear();
        }
        refuse(place, "is a whole number of more than 64 bits");
    }

    [[nodiscard]] std::string_view read_text(PyObject* object, python_place const& place, char const* complaint) const
    {
        Py_ssize_t size = 0;
        auto const* text = PyUnicode_AsUTF8AndSize(object, &size);
        if (text == nullptr) {
            PyErr_Clear();
            refuse(place, complaint);
        }
        return {text, static_cast<std::size_t>(size)};
    }

    void go_deeper(python_place const& place, int depth) const
    {
        if (depth >= deepest_python_value) {
            refuse(place,
                   "is deeper than " + std::to_string(deepest_python_value) + " maps and lists in one another, or holds itself");
        }
    }

    [[nodiscard]] boost::json::object read_map(pybind11::handle value, python_place const& place, int depth) const
    {
        go_deeper(place, depth);
        boost::json::object map;
        PyObject* key = nullptr;
        PyObject* entry = nullptr;
        Py_ssize_t position = 0;
        while (PyDict_Next(value.ptr(), &position, &key, &entry) != 0) {
            if (PyUnicode_Check(key) == 0) {
                refuse(place, "has a key of type " + type_name(key) + "; keys of JSON are texts");
            }
            auto const name = read_text(key, place, "has a key with half a surrogate pair, which is no Unicode");
            map.emplace(boost::json::string_view(name.data(), name.size()), read(entry, {&place, name, 0, false}, depth + 1));
        }
        return map;
    }

    [[nodiscard]] boost::json::array read_list(pybind11::handle value, python_place const& place, int depth) const
    {
        go_deeper(place, depth);
        boost::json::array list;
        auto const size = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(value.ptr()));
        list.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
            list.push_back(
                read(PySequence_Fast_GET_ITEM(value.ptr(), static_cast<Py_ssize_t>(i)), {&place, {}, i, true}, depth + 1));
        }
        return list;
    }

    std::string_view what_;
};

/// Text as Python's; what is no UTF-8 is replaced.
[[nodiscard]] inline pybind11::object to_python_text(std::string_view text)
{
    auto* const made = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (made == nullptr) {
        throw pybind11::error_already_set();
    }
    return pybind11::reinterpret_steal<pybind11::object>(made);
}

/// A new value of Python's. The interpreter lock is held.
[[nodiscard]] inline pybind11::object to_python(boost::json::value const& value)
{
    switch (value.kind()) {
    case boost::json::kind::null: return pybind11::none();
    case boost::json::kind::bool_: return pybind11::bool_(value.get_bool());
    case boost::json::kind::int64: return pybind11::int_(value.get_int64());
    case boost::json::kind::uint64: return pybind11::int_(value.get_uint64());
    case boost::json::kind::double_: return pybind11::float_(value.get_double());
    case boost::json::kind::string: {
        auto const& text = value.get_string();
        return to_python_text({text.data(), text.size()});
    }
    case boost::json::kind::array: {
        pybind11::list list;
        for (auto const& entry : value.get_array()) {
            list.append(to_python(entry));
        }
        return list;
    }
    case boost::json::kind::object: break;
    }
    pybind11::dict map;
    for (auto const& entry : value.get_object()) {
        map[to_python_text({entry.key().data(), entry.key().size()})] = to_python(entry.value());
    }
    return map;
}

} // namespace esxi::detail
