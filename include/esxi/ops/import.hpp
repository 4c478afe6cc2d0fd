// SPDX-License-Identifier: Apache-2.0
// The import of an OVA, marked so that whatever is left of a killed one can be told apart.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/ova_file.hpp>
#include <esxi/detail/running_imports.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/govc/ova_spec.hpp>
#include <esxi/govc/ovf_descriptor.hpp>
#include <esxi/govc/progress.hpp>
#include <esxi/model/import_mark.hpp>
#include <esxi/ops/guest_properties.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// One import: pre-flight, mark, upload, find, reshape, unmark.
template <transport Transport, context Context>
class import_run {
public:
    import_run(operation_run<Transport, Context>& operation, vm_properties const& wished) : operation_(operation), wished_(wished)
    {
    }

    /// What can be refused before anything is sent to the host.
    void check() { static_cast<void>(preflight()); }

    /// Calls `record` with the VM as soon as it is whole, to have it persisted before its mark is taken away.
    template <class Record>
    void run(Record&& record)
    {
        auto const checked = preflight();
        auto& context = operation_.context();
        auto const process = context.process();
        mark_ = {std::string(import_token_prefix) + std::string(context.random_token()), process.machine, process.pid,
                 process.started,
                 std::chrono::duration_cast<std::chrono::seconds>(context.wall_time().time_since_epoch()).count()};
        running_import const running(mark_.token);
        operation_.persist({{"import", to_json(mark_)}});
        try {
            upload(checked.told.hosts);
            auto vm = imported();
            record(vm);
            reshape(vm, checked);
        } catch (error const& failed) {
            clean_up(failed.kind());
            throw;
        } catch (...) {
            clean_up(error_kind::govc);
            throw;
        }
        operation_.persist({{"import", nullptr}});
    }

private:
    struct checked_import {
        std::string annotation; ///< That the VM is to have.
        guest_properties told;
    };

    /// Refuses what govc would go on with: a property or network that the OVA does not have, and a value that it does not allow.
    checked_import preflight()
    {
        auto const ova = known_of_ova();
        if (ova) {
            check_known("network_map", wished_.network_map, ova->networks);
        } else {
            operation_.log(log_level::warning,
                           "the OVA's name does not end in .ova: its properties and networks cannot be checked before "
                           "the import, and its guest is told of those properties alone that are given");
        }
        return {wished_annotation(ova ? ova->annotation : std::string()),
                tell_guest(operation_, wished_, ova ? *ova : as_given())};
    }

    /// The descriptor, of a local OVA; else as much of it as govc tells. Unset: nothing is known before the import.
    [[nodiscard]] std::optional<ovf_descriptor> known_of_ova()
    {
        std::optional<ovf_descriptor> told;
        if (wished_.ova_url.ends_with(".ova")) {
            told = operation_.client().read(govc::import_spec(wished_.ova_url),
                                            [](std::string_view text) { return govc::read_import_spec(text); });
        }
        std::string text;
        if (!wished_.ova_is_remote() && what_is_wrong_with_ova(wished_.ova_url, wished_.verify_manifest, &text).empty()) {
            return govc::read_ovf_descriptor(text, "the descriptor of " + in_quotes(wished_.ova_url));
        }
        return told;
    }

    /// An OVA that has just the properties that are given.
    [[nodiscard]] ovf_descriptor as_given() const
    {
        ovf_descriptor assumed;
        for (auto const& entry : wished_.ovf_properties) {
            assumed.properties.emplace_back().key = entry.first;
        }
        return assumed;
    }

    template <class Map>
    void check_known(char const* property, Map const& given, std::vector<std::string> const& known) const
    {
        for (auto const& entry : given) {
            if (std::find(known.begin(), known.end(), entry.first) == known.end()) {
                std::string names;
                for (auto const& name : known) {
                    names += (names.empty() ? "" : ", ") + printable(name);
                }
                throw error(error_kind::config, std::string("property `") + property + "` of VM " + in_quotes(wished_.name) +
                                                    " names " + printable(entry.first) +
                                                    ", which the OVA does not have; it has " + (names.empty() ? "none" : names));
            }
        }
    }

    /// `own` is the OVA's.
    [[nodiscard]] std::string wished_annotation(std::string const& own) const
    {
        if (!wished_.annotation.empty()) {
            return wished_.annotation;
        }
        if (!own.empty() && find_import_token(own).empty()) {
            return own;
        }
        // The mark can only be replaced, not emptied.
        auto const source = without_url_credentials(wished_.ova_url);
        auto const file = source.substr(0, wished_.ova_is_remote() ? source.find_first_of("?#") : std::string::npos);
        auto const name = file.substr(file.find_last_of('/') + 1);
        return "Imported by esxi" + (find_import_token(name).empty() ? " from " + name : "");
    }

    void upload(std::map<std::string, std::string> const& host_properties)
    {
        import_progress last;
        operation_.client().run(govc::import_ova(wished_, mark_.token, host_properties), operation_.options().import_timeout,
                                [this, &last](std::string_view line) {
                                    auto const progress = govc::read_progress(line);
                                    if (!progress) {
                                        auto const said = govc::without_stamp(line);
                                        if (said.starts_with("Warning:") || said.starts_with("warning:")) {
                                            operation_.log(log_level::warning, printable(said));
                                        }
                                        return false;
                                    }
                                    if (operation_.options().on_progress) {
                                        operation_.options().on_progress(*progress);
                                    }
                                    // Of a large disk, 1 % can take longer than the timeout: that its rate is not 0 counts too.
                                    bool const moved = progress->what != last.what || progress->percent != last.percent ||
                                                       (!progress->detail.empty() && progress->detail != "0B/s");
                                    last = *progress;
                                    return moved;
                                });
    }

    [[nodiscard]] std::vector<vm_state> marked()
    {
        auto vms = look_up_vms(operation_.client(), govc::name_argument(wished_.name));
        std::erase_if(vms, [this](vm_state const& vm) { return find_import_token(vm.annotation) != mark_.token; });
        return vms;
    }

    [[nodiscard]] vm_state imported()
    {
        auto vms = marked();
        if (vms.empty()) {
            throw gone();
        }
        return std::move(vms.front());
    }

    /// Takes the mark away, together with whatever else is to be changed before the VM first runs.
    void reshape(vm_state const& vm, checked_import const& checked)
    {
        try {
            operation_.client().run(govc::change(vm.moid, wished_.cpu != vm.cpu ? wished_.cpu : std::nullopt,
                                                 wished_.memory_mb != vm.memory_mb ? wished_.memory_mb : std::nullopt,
                                                 checked.annotation, checked.told.environment));
        } catch (govc_error const& failed) {
            if (failed.kind() != error_kind::absent) {
                throw;
            }
            throw gone();
        }
    }

    [[nodiscard]] error gone() const
    {
        return {error_kind::conflict,
                "the import of VM " + in_quotes(wished_.name) + " succeeded, and the VM is gone; somebody destroyed it",
                std::chrono::seconds{10}};
    }

    /// Destroys what this import left, and nothing else. Never throws: the failure that led here is the one to report.
    void clean_up(error_kind failure)
    {
        // From here on nobody is importing. After a broken connection the host may still show the VM later: the mark then tells.
        bool keep_mark = failure == error_kind::unavailable || failure == error_kind::cancelled;
        try {
            if (failure != error_kind::cancelled) {
                for (auto const& vm : marked()) {
                    operation_.log(log_level::warning, "destroying VM " + vm.moid + ", which the failed import left");
                    operation_.client().run(govc::destroy(vm.moid));
                    operation_.persist({{"moid", nullptr},
                                        {"instance_uuid", nullptr},
                                        {"name", nullptr},
                                        {"adopted", nullptr},
                                        {"power_state", nullptr},
                                        {"ip", nullptr}});
                }
            }
        } catch (std::exception const& failed) {
            keep_mark = true;
            operation_.log(log_level::warning, "what the failed import left could not be removed, and is at the next run: " +
                                                   std::string(failed.what()));
        }
        try {
            mark_.pid = 0;
            operation_.persist({{"import", keep_mark ? boost::json::value(to_json(mark_)) : boost::json::value(nullptr)}});
        } catch (std::exception const& failed) {
            operation_.log(log_level::error, std::string("the end of the import could not be recorded: ") + failed.what());
        }
    }

    operation_run<Transport, Context>& operation_;
    vm_properties const& wished_;
    import_mark mark_;
};

} // namespace esxi::detail
