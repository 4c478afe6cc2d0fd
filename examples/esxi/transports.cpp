// SPDX-License-Identifier: Apache-2.0
#include "transports.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>
#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>

#include "report.hpp"

namespace tool {

struct chosen_transport::parts {
    settings const& wished;
    std::optional<esxi::any_transport> govc;
    std::optional<esxi::record_transport<esxi::any_transport>> recorder;
    std::optional<esxi::replay_transport> player;
    std::optional<esxi::any_transport> chosen;
    bool saved = false;

    void save()
    {
        if (recorder && !std::exchange(saved, true)) {
            recorder->save(wished.record);
        }
    }
};

namespace {

/// On a tape the OVA stands as a placeholder: it is elsewhere on the next machine.
std::vector<std::pair<std::string, std::string>> paths(settings const& s)
{
    if (s.ova.empty() || s.ova.starts_with("http://") || s.ova.starts_with("https://")) {
        return {};
    }
    std::error_code failed;
    return {{"ova", std::filesystem::absolute(s.ova, failed).string()}};
}

/// The values of OVF properties are passwords as often as not: on a tape, those that can be told from other text are redacted.
std::vector<std::string> secrets(settings const& s)
{
    std::vector<std::string> values;
    for (auto const& property : s.ovf_properties) {
        auto const value = property.substr(std::min(property.find('='), property.size() - 1) + 1);
        bool const is_a_name = (s.vm + "\n" + s.snapshot + "\n" + s.host).find(value) != std::string::npos;
        if (!is_a_name && esxi::govc::redactor::can_be_told_apart(value)) {
            values.push_back(value);
        }
    }
    return values;
}

} // namespace

chosen_transport::chosen_transport(settings const& s) : parts_(new parts{s, {}, {}, {}, {}, false})
{
    auto& p = *parts_;
    if (!s.replay.empty()) {
        p.player.emplace(esxi::load_tape(s.replay), esxi::replay_options{paths(s), {}, secrets(s)});
        p.chosen.emplace(*p.player);
        return;
    }
    esxi::govc_options options;
    options.govc = s.govc;
    options.memory_mb = s.govc_memory_mb;
    options.on_note = [&s](std::string_view text) { report_log(s, esxi::log_level::debug, text); };
    if (s.transport == "served") {
        p.govc.emplace(std::make_unique<esxi::served_transport>(options));
    } else {
        p.govc.emplace(std::make_unique<esxi::subprocess_transport>(options));
    }
    if (s.record.empty()) {
        p.chosen = std::move(p.govc);
        return;
    }
    esxi::detail::check_private_file(s.record); // before the host is changed
    p.recorder.emplace(*p.govc, esxi::record_options{paths(s), secrets(s)});
    p.chosen.emplace(*p.recorder);
}

chosen_transport::~chosen_transport()
{
    try {
        if (parts_->recorder && !parts_->recorder->recorded().entries.empty()) {
            parts_->save();
        }
    } catch (esxi::error const& failed) {
        report_error(parts_->wished, failed); // the failure that led here is the one the exit code tells of
    }
}

esxi::any_transport& chosen_transport::get()
{
    return *parts_->chosen;
}

void chosen_transport::finish()
{
    if (parts_->player) {
        parts_->player->finish();
    }
}

void chosen_transport::save()
{
    parts_->save();
}

} // namespace tool
