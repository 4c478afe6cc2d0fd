// SPDX-License-Identifier: Apache-2.0
// The import of an OVA, marked so that whatever is left of a killed one can be told apart.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/running_imports.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/model/import_mark.hpp>
#include <esxi/ops/import_checks.hpp>
#include <esxi/ops/import_progress.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/preflight.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// One import: pre-flight, mark, upload, find, reshape, unmark.
template <transport Transport, context Context>
class import_run {
public:
    /// `package` is null if the OVA is not on this machine.
    import_run(operation_run<Transport, Context>& operation, vm_properties const& wished, checked_package const* package)
        : operation_(operation), wished_(wished), package_(package)
    {
    }

    /// Calls `record` with the VM as soon as it is whole, to have it persisted before its mark is taken away.
    template <class Record>
    void run(Record&& record)
    {
        auto const checked = check_import(operation_, wished_, package_);
        auto& context = operation_.context();
        auto const process = context.process();
        mark_ = {std::string(import_token_prefix) + std::string(context.random_token()), process.machine, process.pid,
                 process.started,
                 std::chrono::duration_cast<std::chrono::seconds>(context.wall_time().time_since_epoch()).count()};
        running_import const running(mark_.token);
        operation_.persist({{"import", to_json(mark_)}});
        try {
            upload(checked);
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

    /// Ends the import that made this VM and was killed before its mark was taken away. Of a VM that is used, only the mark is.
    void finish(vm_state const& vm, bool is_used)
    {
        if (is_used) {
            operation_.client().run(govc::change(vm.moid, std::nullopt, std::nullopt, choose_annotation(wished_, {})));
        } else if (package_ != nullptr) {
            auto const& ovf = package_->descriptor;
            reshape(vm, {{}, choose_annotation(wished_, ovf.annotation), tell_guest(operation_, wished_, ovf)});
        } else if (wished_.ova_url.empty()) {
            reshape(vm, {{}, choose_annotation(wished_, {}), {}});
        } else {
            reshape(vm, check_import(operation_, wished_, nullptr));
        }
    }

private:
    [[nodiscard]] bool is_descriptor() const
    {
        return package_ != nullptr ? !package_->is_archive : shown_source(wished_.ova_url).ends_with(".ovf");
    }

    void upload(checked_import const& checked)
    {
        auto const import = govc::import_package(wished_, {mark_.token, checked.where, checked.told.hosts, is_descriptor()});
        operation_.client().run(checked.logs_in_itself ? govc::with_own_login(import) : import,
                                operation_.options().import_timeout, import_progress_sink(operation_));
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
                                                 checked.annotation, checked.told.environment, mark_of(vm)));
        } catch (govc_error const& failed) {
            if (failed.kind() != error_kind::absent) {
                throw;
            }
            throw gone();
        }
    }

    /// What the VM is marked with, so that a later run with no record of it can tell whose it is; empty if the context names no owner.
    [[nodiscard]] std::string mark_of(vm_state const& vm)
    {
        auto const owner = owner_of(operation_.context());
        return owner.empty() || vm.instance_uuid.empty() ? std::string() : owner_mark(owner, vm.instance_uuid);
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
    checked_package const* package_;
    import_mark mark_;
};

} // namespace esxi::detail
