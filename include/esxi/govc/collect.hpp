// SPDX-License-Identifier: Apache-2.0
// Reads what `govc object.collect -json` prints: one document after another, each with some properties of one object.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/govc/guest_addresses.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc {

namespace detail {

/// Puts one collected property where it belongs. A scalar may stand in a `_value`, beside its type's name.
inline void set_property(vm_state& vm, std::string_view name, boost::json::value const* value)
{
    if (auto const* inner = member(value, "_value"); inner != nullptr && !inner->is_array()) {
        value = inner;
    }
    if (name == "name") {
        vm.name = shown_name(text_of(value));
    } else if (name == "runtime.powerState") {
        vm.power_state = text_of(value);
    } else if (name == "runtime.connectionState") {
        vm.connection_state = text_of(value);
    } else if (name == "config.hardware.numCPU") {
        vm.cpu = number_of(value);
    } else if (name == "config.hardware.memoryMB") {
        vm.memory_mb = number_of(value);
    } else if (name == "config.guestId") {
        vm.guest_id = text_of(value);
    } else if (name == "config.instanceUuid") {
        vm.instance_uuid = text_of(value);
    } else if (name == "guest.ipAddress") {
        vm.ip = text_of(value);
        add_first_address(vm.addresses, vm.ip);
    } else if (name == "guest.net") {
        add_addresses(vm.addresses, value);
    }
}

inline void set_properties(vm_state& vm, boost::json::value const* changes)
{
    if (changes == nullptr) {
        return; // nothing of the object is known
    }
    if (!changes->is_array()) {
        refuse_output("the properties of " + (vm.moid.empty() ? std::string("an object") : vm.moid) + " are no list");
    }
    for (auto const& change : changes->get_array()) {
        set_property(vm, text_of(member(&change, "name")), member(&change, "val"));
    }
}

} // namespace detail

/// Reads the output for many objects, in pieces of any size as it arrives. An object that comes again is updated.
class collect_reader {
public:
    /// Ten times what a host can have.
    static constexpr std::size_t most_vms = 20'000;
    /// In bytes, of what is said of one VM at a time; a host says less than one thousandth of that.
    static constexpr std::size_t longest_document = std::size_t{1} << 20;

    /// Has read nothing yet.
    collect_reader() { begin_document(); }
    collect_reader(collect_reader const&) = delete;
    collect_reader& operator=(collect_reader const&) = delete;

    /// Throws `govc` where it is not what the command prints.
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
                detail::refuse_output("it says more than " + std::to_string(longest_document) + " bytes of one VM");
            }
            if (failed) {
                detail::refuse_output("it is not JSON: " + failed.message());
            }
            if (parser_.done()) {
                take();
            }
        }
    }

    /// The VMs, in the order in which they came first. Throws `govc` where a document is cut short.
    [[nodiscard]] std::vector<vm_state> finish()
    {
        if (inside_) {
            detail::refuse_output("it is cut short");
        }
        return std::move(vms_);
    }

private:
    /// A document's memory is used again for the next one.
    void begin_document()
    {
        memory_.release();
        parser_.reset(&memory_);
        inside_ = false;
        length_ = 0;
    }

    void take()
    {
        {
            auto const document = parser_.release();
            auto const* object = detail::member(&document, "obj");
            auto const moid = detail::text_of(detail::member(object, "value"));
            if (moid.empty()) {
                detail::refuse_output("it does not say which object it speaks of");
            }
            auto const [at, is_new] = places_.emplace(moid, vms_.size());
            if (is_new && vms_.size() == most_vms) {
                detail::refuse_output("it speaks of more than " + std::to_string(most_vms) + " VMs");
            }
            if (is_new) {
                vms_.emplace_back().moid = moid;
            }
            detail::set_properties(vms_[at->second], detail::member(&document, "changeSet"));
        }
        begin_document();
    }

    unsigned char buffer_[16384];
    boost::json::monotonic_resource memory_{buffer_, sizeof buffer_};
    boost::json::stream_parser parser_{{}, detail::output_options()};
    bool inside_ = false;
    std::size_t length_ = 0; ///< Of the document, as far as it has come.
    std::map<std::string, std::size_t> places_;
    std::vector<vm_state> vms_;
};

/// Reads the output for one object, which does not repeat what it was asked for. Throws `govc` where it is something else.
[[nodiscard]] inline vm_state read_collected(std::string_view text)
{
    auto const document = detail::parse_output(text);
    auto const* changes = document.is_object() ? detail::member(&document, "changeSet") : &document;
    if (changes == nullptr || !changes->is_array()) {
        detail::refuse_output("it is no list of properties");
    }
    for (auto const& change : changes->get_array()) {
        auto const* fields = change.if_object();
        bool const has_value = fields != nullptr && (fields->contains("val") || fields->contains("Val"));
        if (!has_value || detail::text_of(detail::member(&change, "name")).empty()) {
            detail::refuse_output("a property has no name or no value");
        }
    }
    vm_state vm;
    detail::set_properties(vm, changes);
    return vm;
}

} // namespace esxi::govc
