// SPDX-License-Identifier: Apache-2.0
// What the tool prints: results on standard output, everything else on standard error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include <esxi/error.hpp>
#include <esxi/model/snapshot.hpp>
#include <esxi/ops/operation.hpp>

#include "settings.hpp"

namespace tool {

/// One JSON object, or the message as text; on standard error.
void report_error(settings const& s, esxi::error const& failed);

/// What an operation did: one JSON object, or a few lines.
void report_result(settings const& s, esxi::operation_result const& result);

/// Whether a table's last column is cut as the others are.
enum class last_column { cut, whole };

/// Data that was asked for: as JSON as it is, as text in an aligned table. `columns` are the keys to show of each row.
void report_table(settings const& s, boost::json::value const& data, std::vector<std::string> const& columns,
                  boost::json::array const& rows, last_column last = last_column::cut);

/// A log line: as text, on standard error; debug lines only when verbose.
void report_log(settings const& s, esxi::log_level level, std::string_view text);

/// The progress of an import: one line that changes at a terminal, a line each ten percent elsewhere.
class progress_bar {
public:
    explicit progress_bar(settings const& s);
    void show(esxi::import_progress const& progress);
    /// Leaves the line, so that what follows starts on its own.
    void end();

private:
    bool at_terminal_;
    bool quiet_;
    bool open_ = false;
    int last_ = -1;
    std::string what_;
};

/// What the shell is told: design's table of kinds.
int exit_code(esxi::error const& failed);

} // namespace tool
