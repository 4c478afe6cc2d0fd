// SPDX-License-Identifier: Apache-2.0
// Reads what `govc object.collect -json -type m -R -` prints for an `inventory_filter`: one document after another, each about one object.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/govc/inventory_filter.hpp>
#include <esxi/govc/inventory_properties.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/model/inventory.hpp>

namespace esxi::govc {

namespace detail {

/// The objects of one type that are there, in the order in which they came.
template <class State>
class collected_objects {
public:
    /// Ten times what a host can have.
    static constexpr std::size_t most = 20'000;

    /// Creates the object unless it is there.
    State& enter(std::string const& moid)
    {
        if (auto const known = places_.find(moid); known != places_.end()) {
            return *known->second;
        }
        if (objects_.size() == most) {
            refuse_output("it speaks of more than " + std::to_string(most) + " objects of one type");
        }
        return *places_.emplace(moid, objects_.emplace(objects_.end())).first->second;
    }

    /// Null if it is not there.
    [[nodiscard]] State* find(std::string const& moid)
    {
        auto const known = places_.find(moid);
        return known == places_.end() ? nullptr : &*known->second;
    }

    void leave(std::string const& moid)
    {
        if (auto const known = places_.find(moid); known != places_.end()) {
            objects_.erase(known->second);
            places_.erase(known);
        }
    }

    [[nodiscard]] std::list<State>& all() noexcept { return objects_; }

private:
    std::list<State> objects_;
    std::map<std::string, typename std::list<State>::iterator> places_;
};

} // namespace detail

/// Reads the stream in pieces of any size as it arrives. Objects enter, are modified, and leave; what remains is the answer.
class inventory_reader {
public:
    /// In bytes, of one document. A host says less than one hundredth of that about a VM.
    static constexpr std::size_t longest_document = std::size_t{1} << 20;

    /// Has read nothing yet. The filter was for this root folder.
    explicit inventory_reader(std::string_view root = standalone_root) : root_(root) { begin_document(); }
    inventory_reader(inventory_reader const&) = delete;
    inventory_reader& operator=(inventory_reader const&) = delete;

    /// Throws `govc` if it is not what the command prints.
    void write(std::string_view text)
    {
        while (!text.empty()) {
            if (!inside_) {
                text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
                if (text.empty()) {
                    return;
                }
                inside_ = true;
            }
            boost::system::error_code failed;
            auto const read = parser_.write_some(text.data(), text.size(), failed);
            text.remove_prefix(read);
            length_ += read;
            if (length_ > longest_document) {
                detail::refuse_output("it says more than " + std::to_string(longest_document) + " bytes of one object");
            }
            if (failed) {
                detail::refuse_output("it is not JSON: " + failed.message());
            }
            if (parser_.done()) {
                {
                    auto const document = parser_.release();
                    take(document);
                }
                begin_document();
            }
        }
    }

    /// Everything that is there at the end. Throws `govc` if the output is cut short, or does not say what the host is.
    [[nodiscard]] inventory finish()
    {
        if (inside_) {
            detail::refuse_output("it is cut short");
        }
        inventory all{std::move(about_), {}, {}, {}};
        if (all.about == host_about{}) {
            detail::refuse_output("it does not say what the host is");
        }
        all.datastores = {datastores_.all().begin(), datastores_.all().end()};
        all.networks = {networks_.all().begin(), networks_.all().end()};
        for (auto& vm : vms_.all()) {
            all.vms.push_back(detail::finished(std::move(vm)));
        }
        return all;
    }

    /// Whether the host has the root folder below which its objects were looked for.
    [[nodiscard]] bool has_root() const noexcept { return has_root_; }
    /// How many objects came.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    /// A document's memory is used again for the next one.
    void begin_document()
    {
        memory_.release();
        parser_.reset(&memory_);
        inside_ = false;
        length_ = 0;
    }

    void take(boost::json::value const& document)
    {
        using detail::text_of;
        auto const* object = detail::member(&document, "obj");
        auto const type = text_of(detail::member(object, "type"));
        auto const moid = text_of(detail::member(object, "value"));
        auto const kind = text_of(detail::member(&document, "kind"));
        if (type.empty() || moid.empty()) {
            detail::refuse_output("it does not say which object it speaks of");
        }
        if (kind != "enter" && kind != "modify" && kind != "leave") {
            detail::refuse_output("it does not say whether " + moid + " is there");
        }
        count_ += kind == "enter" ? 1 : 0;
        auto const* changes = detail::member(&document, "changeSet");
        if (type == "ServiceInstance") {
            detail::set_properties(about_, detail::about_properties, changes, moid);
        } else if (type == "Folder" && moid == root_) {
            has_root_ = kind != "leave";
        } else if (type == "Datastore") {
            keep(datastores_, detail::datastore_properties, kind, moid, changes);
        } else if (type == "VirtualMachine") {
            keep(vms_, detail::vm_properties, kind, moid, changes);
        } else if (type == "Network" || type == "DistributedVirtualPortgroup" || type == "OpaqueNetwork") {
            keep(networks_, detail::network_properties, kind, moid, changes);
        }
    }

    static std::string& moid_of(detail::collected_vm& vm) { return vm.state.moid; }
    template <class State>
    static std::string& moid_of(State& state)
    {
        return state.moid;
    }

    template <class State, class Properties>
    static void keep(detail::collected_objects<State>& objects, Properties const& properties, std::string const& kind,
                     std::string const& moid, boost::json::value const* changes)
    {
        if (kind == "leave") {
            objects.leave(moid);
            return;
        }
        auto* object = kind == "enter" ? &objects.enter(moid) : objects.find(moid);
        if (object != nullptr) { // else it is modified after it has left
            moid_of(*object) = moid;
            detail::set_properties(*object, properties, changes, moid);
        }
    }

    std::string_view root_;
    unsigned char buffer_[16384];
    boost::json::monotonic_resource memory_{buffer_, sizeof buffer_};
    boost::json::stream_parser parser_{{}, detail::output_options()};
    bool inside_ = false;
    std::size_t length_ = 0; ///< Of the document, as far as it has come.
    host_about about_;
    bool has_root_ = false;
    std::size_t count_ = 0;
    detail::collected_objects<datastore_state> datastores_;
    detail::collected_objects<network_state> networks_;
    detail::collected_objects<detail::collected_vm> vms_;
};

} // namespace esxi::govc
