// SPDX-License-Identifier: Apache-2.0
// Observing one VM, and applying each step of a plan to it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include <esxi/govc/argv.hpp>
#include <esxi/govc/collect.hpp>
#include <esxi/model/address.hpp>
#include <esxi/model/vm_record.hpp>
#include <esxi/ops/import.hpp>
#include <esxi/ops/import_checks.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/preflight.hpp>
#include <esxi/ops/question.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/plan/vm.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// The run of an operation on one VM.
template <transport Transport, context Context>
class vm_run : public operation_run<Transport, Context> {
    using base = operation_run<Transport, Context>;
    using clock = std::chrono::steady_clock;

public:
    vm_run(std::string name, Transport& transport, Context& context, operation_options const& options)
        : base(std::move(name), transport, context, options),
          wished_(read_vm_properties(context.properties())),
          record_(read_vm_record(context.runtime_properties()))
    {
        if (record_.external && !wished_.use_external_resource) { // what was only used is not the node's own: it may be adopted
            record_ = {};
        }
    }

    [[nodiscard]] vm_properties const& wished() const { return wished_; }

    [[nodiscard]] vm_situation situation()
    {
        return {wished_, record_, found_, owner(), this->context().why(), owner_of(this->context())};
    }

    /// Whether there is nothing to be done, whatever the host would say: see `is_left_alone`.
    [[nodiscard]] bool leaves_alone()
    {
        bool const nothing = is_left_alone(record_, this->context().why());
        if (nothing && !record_.moid.empty() && this->context().why() == purpose::update) {
            keep_in_update(*this, "VM " + in_quotes(wished_.name));
        } else if (nothing) {
            this->log(log_level::info, "nothing was recorded for VM " + in_quotes(wished_.name) + ": it is left alone");
        }
        return nothing;
    }

    /// Whether a stop leaves the VM running, and says why: see `left_by_stop_vm`. The host is not even asked.
    [[nodiscard]] bool leaves_running()
    {
        auto const left = left_by_stop_vm(wished_, record_, this->context().why());
        if (!left.empty()) {
            this->log(log_level::warning, left);
        }
        return !left.empty();
    }

    /// Finds the VM. A person means the one of that name. To an engine it is the one recorded, whatever its name is now; by name it
    /// looks for one to create, and for what an unfinished import left. Records what is seen of it.
    void observe(bool to_create = false)
    {
        this->client().require_version();
        bool const person = this->context().why() == purpose::user;
        if (!person && !record_.moid.empty()) {
            found_ = find_recorded_vm(this->client(), record_);
            if (found_ && found_->name != wished_.name) {
                this->log(log_level::warning, "VM " + record_.moid + ", recorded as " + in_quotes(wished_.name) +
                                                  ", is now named " + in_quotes(found_->name));
            }
        }
        bool const has_name_alone = record_.moid.empty() || !record_.import.token.empty();
        if (!found_ && (person || to_create || has_name_alone)) {
            found_ = find_vm_by_name(this->client(), wished_.name, record_);
        }
        if (found_) {
            found_->question = this->client().redact()(found_->question); // before it is cut for a message
        }
        if (found_ && find_import_token(found_->annotation).empty() && (person || record_.is_of(*found_))) {
            see(*found_);
        }
    }

    /// Reads the OVA if it is on this machine. Throws `config` if it cannot be imported.
    void read_package() { package_ = detail::read_package(wished_); }

    /// For a dry run: refuses what the import would refuse before it sends anything. A remote OVA is not read for that.
    void check_import(plan const& steps)
    {
        auto const imports = [](action const& step) { return std::holds_alternative<import_vm>(step); };
        if (std::any_of(steps.begin(), steps.end(), imports) && !wished_.ova_is_remote()) {
            on_the_vm([this] { static_cast<void>(detail::check_import(*this, wished_, package())); });
        }
    }

    /// Throws as an adoption does, for one that was made before.
    void require_sole_holder()
    {
        if (found_ && record_.adopted && record_.is_of(*found_)) {
            require_no_other_holder(false);
        }
    }

    void carry_out(plan steps)
    {
        if (steps.empty() && !found_) {
            this->log(log_level::info, "the host has no VM " + in_quotes(wished_.name));
        }
        is_power_cycle_ = !steps.empty() && std::holds_alternative<power_off_vm>(steps.front()) && steps.size() > 1;
        base::carry_out(std::move(steps), [this](auto const& step) { on_the_vm([&] { apply(step); }); });
        if (found_ && record_.is_of(*found_) && find_import_token(found_->annotation).empty()) {
            this->persist({{"import", nullptr}}); // the VM is whole
        }
    }

    /// A power-on that is owed to a VM which was stopped to be reshaped is not owed any more.
    void cancel_power_on() { this->persist({{"power_cycle", nullptr}}); }

    /// Clears all runtime properties of a VM.
    void forget()
    {
        this->persist({{"moid", nullptr},
                       {"instance_uuid", nullptr},
                       {"name", nullptr},
                       {"adopted", nullptr},
                       {"external", nullptr},
                       {"ip", nullptr},
                       {"power_state", nullptr},
                       {"import", nullptr},
                       {"power_cycle", nullptr},
                       {"update_refused", nullptr},
                       {"kept_in_update", nullptr}});
    }

private:
    [[nodiscard]] checked_package const* package() const { return package_ ? &*package_ : nullptr; }

    [[nodiscard]] static govc::fault fault_of(govc_error const& failed)
    {
        return govc::classify({failed.argv()}, {failed.returncode(), {}, failed.stderr_text()});
    }

    [[nodiscard]] static bool says_stopped(govc_error const& failed)
    {
        return failed.kind() == error_kind::absent || fault_of(failed).existing_state == "poweredOff";
    }

    /// Acts on the VM found; where a question of that VM stood in the way, or the VM is gone meanwhile, that is what is thrown.
    template <class Act>
    void on_the_vm(Act const& act)
    {
        try {
            act();
        } catch (govc_error const& failed) {
            look_for_question(failed);
            if (failed.kind() != error_kind::absent) {
                throw;
            }
            throw error(error_kind::conflict, "VM " + in_quotes(wished_.name) + " was there, and is gone: " + failed.what(),
                        std::chrono::seconds{10});
        } catch (error const& failed) { // a timeout
            look_for_question(failed);
            throw;
        }
    }

    void look_for_question(error const& failed)
    {
        if (found_) {
            report_question(*this, failed, govc::moid_argument(found_->moid), wished_.name,
                            [this](vm_state const& vm) { return vm.moid == found_->moid; });
        }
    }

    [[nodiscard]] import_owner owner()
    {
        auto const& mark = record_.import;
        if (mark.token.empty() || mark.pid == 0) {
            return import_owner::ended;
        }
        if (auto const self = this->context().process(); mark.machine == self.machine) {
            if (mark.pid == self.pid && mark.pid_started == self.started) {
                return of_this_process<running_imports>().has(mark.token) ? import_owner::running : import_owner::ended;
            }
            return this->context().is_running({mark.machine, mark.pid, mark.pid_started}) ? import_owner::running
                                                                                          : import_owner::ended;
        }
        auto const started = std::chrono::system_clock::time_point(std::chrono::seconds(mark.started));
        return this->context().wall_time() - started < foreign_import_patience ? import_owner::perhaps_running
                                                                               : import_owner::ended;
    }

    /// Records what changes of itself.
    void see(vm_state const& vm)
    {
        auto const address = first_usable_address(vm.addresses, wished_.ip_version);
        this->persist(
            {{"power_state", vm.power_state}, {"ip", address.empty() ? boost::json::value() : boost::json::value(address)}});
        if (vm.power_state == "poweredOn") {
            cancel_power_on();
        }
    }

    /// Records the VM as the one that this node is.
    void record(vm_state vm, bool adopted)
    {
        if (record_.power_cycle && !record_.owes_power_on(vm)) {
            cancel_power_on(); // what was owed to another VM is not owed to this one
        }
        record_.moid = vm.moid;
        record_.instance_uuid = vm.instance_uuid;
        record_.adopted = adopted;
        this->persist({{"moid", vm.moid},
                       {"instance_uuid", vm.instance_uuid},
                       {"name", this->clean(vm.name)},
                       {"adopted", adopted},
                       {"external", wished_.use_external_resource ? boost::json::value(true) : boost::json::value()}});
        see(vm);
        found_ = std::move(vm);
    }

    void power_state_is(std::string state)
    {
        found_->power_state = std::move(state);
        boost::json::object learned{{"power_state", found_->power_state}};
        learned[found_->power_state == "poweredOn" ? "power_cycle" : "ip"] = nullptr;
        this->persist(std::move(learned));
    }

    /// Throws `config` if another node has recorded the VM found: a VM is one node's. Not so of a VM that no node changes. If both have
    /// recorded it at the same time, each forgets it and throws `conflict`.
    void require_no_other_holder(bool has_recorded)
    {
        if constexpr (knows_other_nodes<Context>) {
            std::string const other =
                wished_.use_external_resource ? "" : this->context().other_holder(found_->moid, found_->instance_uuid);
            if (other.empty()) {
                return;
            }
            std::string const what =
                "VM " + in_quotes(found_->name) + " (" + found_->moid + ") is that of node instance " + in_quotes(other);
            if (has_recorded) {
                record_ = {};
                forget();
                throw error(error_kind::conflict, what + " too, which has recorded it at the same moment",
                            std::chrono::seconds{2});
            }
            throw error(error_kind::config, what + ", and one VM cannot be two; give this node another name, or, if the node has "
                                                   "several instances, scale_suffix, as in `-{index}`");
        }
    }

    void apply(adopt_vm const&)
    {
        require_no_other_holder(false);
        if (this->context().why() != purpose::user && !wished_.use_external_resource &&
            (found_->imported_by.empty() || found_->imported_by != owner_of(this->context()))) {
            this->log(log_level::warning,
                      "VM " + in_quotes(found_->name) + " (" + found_->moid +
                          ") was there before, and this node did not import it: it is adopted" +
                          (found_->imported_by.empty() ? "" : "; it was imported by " + in_quotes(found_->imported_by)));
        }
        record(*found_, true);
        require_no_other_holder(true);
    }

    void apply(destroy_vm const& step)
    {
        try {
            this->client().run(govc::destroy(step.moid));
        } catch (govc_error const& failed) {
            if (failed.kind() != error_kind::absent) {
                throw;
            }
        }
        found_.reset();
        record_ = {};
        forget();
    }

    void apply(let_go_of_vm const&) {}

    void apply(import_vm const&)
    {
        import_run imported(static_cast<base&>(*this), wished_, package());
        imported.run([this](vm_state vm) { record(std::move(vm), false); });
        record_.import = {};
    }

    void apply(finish_import_of_vm const& step)
    {
        import_run(static_cast<base&>(*this), wished_, package()).finish(*found_, step.is_used);
        found_->annotation.clear(); // the mark is gone
        this->persist({{"import", nullptr}});
        record_.import = {};
    }

    void apply(change_vm const& step)
    {
        this->client().run(govc::change(found_->moid, step.cpu, step.memory_mb, step.annotation));
    }

    void apply(power_on_vm const&)
    {
        try {
            this->client().run(govc::power_on(found_->moid));
        } catch (govc_error const& failed) {
            if (fault_of(failed).existing_state != "poweredOn") {
                throw;
            }
        }
        power_state_is("poweredOn");
    }

    void apply(power_off_vm const& step)
    {
        if (is_power_cycle_) { // killed from here on, the next run owes the VM its power-on
            this->persist({{"power_cycle", true}});
        }
        if (!step.shutdown_timeout || !shut_down(*step.shutdown_timeout)) {
            try {
                this->client().run(govc::power_off(found_->moid));
            } catch (govc_error const& failed) {
                if (!says_stopped(failed)) { // it may be off all the same: its power-on is owed until it is seen running
                    throw;
                }
            }
        }
        power_state_is("poweredOff");
    }

    /// Asks the guest to shut down and waits for that; false where it cannot, or does not in time.
    bool shut_down(std::chrono::seconds timeout)
    {
        bool off = false;
        try {
            this->client().run(govc::shut_down(found_->moid));
            off = until(this->context().now() + timeout, [](vm_state const& vm) { return vm.power_state == "poweredOff"; });
        } catch (govc_error const& failed) {
            if (says_stopped(failed)) {
                return true;
            }
            if (!fault_of(failed).tools_missing) {
                throw;
            }
            this->log(log_level::warning,
                      "VMware Tools are not running in VM " + in_quotes(wished_.name) + ": it is powered off instead");
            return false;
        }
        if (!off) {
            this->log(log_level::warning, "VM " + in_quotes(wished_.name) + " did not shut down within " +
                                              std::to_string(timeout.count()) + " s: it is powered off instead");
        }
        return off;
    }

    /// Polls the VM until `is_done` says so of what is seen, or the deadline is over.
    template <class Predicate>
    bool until(clock::time_point deadline, Predicate const& is_done)
    {
        for (;;) {
            auto const vm = this->client().poll(govc::poll_vm(found_->moid), this->options().command_timeout,
                                                [](std::string_view text) { return govc::read_collected(text); });
            if (is_done(vm)) {
                return true;
            }
            auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - this->context().now());
            if (left.count() <= 0) {
                return false;
            }
            this->context().wait(std::min(left, this->options().poll_interval));
            if (this->context().stop_token().stop_requested()) {
                throw error(error_kind::cancelled, "stopped while waiting for VM " + in_quotes(wished_.name));
            }
        }
    }

    void apply(wait_for_ip const& step)
    {
        constexpr std::size_t longest_quote = 80;
        std::string address;
        std::string other; // what the guest reports and is of no use
        until(this->context().now() + step.timeout, [&](vm_state const& vm) {
            address = first_usable_address(vm.addresses, wished_.ip_version);
            other = vm.addresses.empty() ? "" : vm.addresses.front();
            if (is_off(vm) || is_suspended(vm)) {
                power_state_is(vm.power_state);
                throw error(error_kind::conflict,
                            "VM " + in_quotes(wished_.name) + " was " + (is_off(vm) ? "powered off" : "suspended") +
                                " while its address was awaited; start it again",
                            std::chrono::seconds{10});
            }
            return !address.empty();
        });
        if (address.empty()) {
            throw error(error_kind::unavailable,
                        "VM " + in_quotes(wished_.name) + " reported no usable address within " +
                            std::to_string(step.timeout.count()) + " s" +
                            (other.empty() ? "" : " (only " + printable(other.substr(0, longest_quote)) + ")") +
                            "; check that VMware Tools run in it, or raise ip_timeout",
                        std::chrono::seconds{30});
        }
        this->persist({{"ip", address}});
    }

    void apply(create_vm_snapshot const&) {}
    void apply(remove_vm_snapshot const&) {}

    vm_properties wished_;
    vm_record record_;
    std::optional<checked_package> package_;
    std::optional<vm_state> found_;
    bool is_power_cycle_ = false;
};

} // namespace esxi::detail
