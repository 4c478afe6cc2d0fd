// SPDX-License-Identifier: Apache-2.0
// The transport that the command line asks for. Its own translation unit: the subprocess is the slowest header to compile.
#pragma once

#include <memory>

#include <esxi/transport/any.hpp>

#include "settings.hpp"

namespace tool {

/// A real govc, a recorder around one, or a tape. A tape that is being recorded is saved at the end, also after a failure.
class chosen_transport {
public:
    /// Refers to the settings.
    explicit chosen_transport(settings const& s);
    ~chosen_transport();
    chosen_transport(chosen_transport const&) = delete;
    chosen_transport& operator=(chosen_transport const&) = delete;

    [[nodiscard]] esxi::any_transport& get();
    /// Throws where the tape that answers has entries left.
    void finish();
    /// Writes the tape that is being recorded; after the result is out, which is not to be lost with it.
    void save();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace tool
