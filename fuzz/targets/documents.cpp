// SPDX-License-Identifier: Apache-2.0
// Text that may be JSON, as a tape keeps it; and base64, as it keeps bytes.
#include <esxi/detail/tape_reader.hpp>

#include <esxi/detail/tape_match.hpp>

#include "../support.hpp"

using namespace esxi::detail;

void fuzz::one_input(std::string_view input)
{
    auto const documents = read_documents(input);
    promise(documents.empty() || read_documents(write_documents(documents)) == documents, "documents are kept to the last bit");
    auto const unchanged = change_text(input, [](std::string_view text) { return std::string(text); });
    promise(documents.empty() ? unchanged == input : read_documents(unchanged) == documents,
            "a change that is none changes nothing");

    boost::json::object kept;
    put_text(kept, "stdout", std::string(input));
    // Through text, as a file holds it.
    auto const file = parse_strictly(boost::json::serialize(kept), "kept");
    auto const read = tape_object(file, "kept", {"stdout", "stdout_documents", "stdout_base64"}).kept_text("stdout");
    promise(same_input(read, input), "a text that was kept is the same");

    promise(from_base64(to_base64(input)) == input, "base64 gives back what was put in");
    if (auto const bytes = from_base64(input)) {
        promise(to_base64(*bytes) == input, "base64 has one form");
    }
}
