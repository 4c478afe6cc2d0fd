// SPDX-License-Identifier: Apache-2.0
// What a `govc serve` says: a stream of documents in pieces of any size, of which one command's outputs are made; and outputs that
// it sends, however they are cut.
#include <esxi/detail/served_command.hpp>
#include <esxi/detail/served_documents.hpp>

#include <functional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "../support.hpp"

using namespace esxi::detail;
using esxi::output;

namespace {

constexpr std::int64_t id = 7;
constexpr std::size_t most = 4096;

/// What came of the command, as the transport would learn it.
struct outcome {
    bool made_sense = true;
    served_end end = served_end::died;
    output answer{};
    std::vector<std::string> lines{}; ///< As `on_line` had them, where it was asked for.
    std::string passed_on{}; ///< As `on_output` had it, likewise.
    bool operator==(outcome const&) const = default;
};

enum class sink { none, lines, pieces };

/// Reads it as `govc_server` does, in pieces of up to so many bytes.
outcome read(std::string_view said, std::size_t longest_piece, sink wanted = sink::none)
{
    outcome all;
    std::function<bool(std::string_view)> const on_line = [&all](std::string_view line) {
        all.lines.emplace_back(line);
        return line.size() % 2 == 0;
    };
    std::function<void(std::string_view)> const on_output = [&all](std::string_view piece) { all.passed_on += piece; };
    process_limits const limits{.deadline = std::chrono::steady_clock::time_point::max(),
                                .on_line = wanted == sink::lines ? &on_line : nullptr,
                                .on_output = wanted == sink::pieces ? &on_output : nullptr,
                                .max_output = most};
    served_command current(id, limits);
    served_lines lines;
    for (auto const piece : fuzz::pieces(said, longest_piece)) {
        all.made_sense = lines.take(piece, [&current](std::string_view line) {
            fuzz::promise(line.find('\n') == std::string_view::npos && line.size() <= served_lines::longest, "a line is one");
            auto const reply = read_reply(line);
            if (!reply || current.is_over() || reply->greeting != 0 || reply->id != id) {
                return false;
            }
            current.take(*reply);
            return true;
        });
        if (!all.made_sense) {
            break;
        }
    }
    auto result = current.take_result();
    all.end = result.end;
    all.answer = std::move(result.answer);
    fuzz::promise(all.answer.out.size() <= most && all.answer.err.size() <= most && all.passed_on.size() <= most,
                  "no more is kept or passed on than was let");
    return all;
}

/// One document with a piece of an output, as a server writes it.
std::string document(char const* key, std::string_view piece)
{
    return boost::json::serialize(boost::json::object{{"id", id}, {key, to_base64(piece)}}) + "\n";
}

/// Both outputs and an exit code, sent in pieces of up to so many bytes.
std::string send(output const& answer, std::size_t longest)
{
    std::string said;
    auto const errors = fuzz::pieces(answer.err, longest);
    std::size_t next = 0;
    for (auto const piece : fuzz::pieces(answer.out, longest)) {
        said += document("out", piece);
        said += next < errors.size() ? document("err", errors[next++]) : "";
    }
    for (; next < errors.size(); ++next) {
        said += document("err", errors[next]);
    }
    return said + boost::json::serialize(boost::json::object{{"id", id}, {"exit", answer.exit_code}}) + "\n";
}

void check_stream(std::string_view said)
{
    for (auto const wanted : {sink::none, sink::lines, sink::pieces}) {
        auto const whole = read(said, said.size() + 1, wanted);
        fuzz::promise(read(said, 3, wanted) == whole, "how a stream is cut into pieces changes nothing");
    }
}

/// What a server sends arrives, if there is not too much of it.
void check_outputs(output const& answer)
{
    bool const fits = answer.out.size() <= most && answer.err.size() <= most;
    for (std::size_t const longest : {1 + (answer.out.size() + answer.err.size()) / 16, std::size_t{64 * 1024}}) {
        auto const said = send(answer, longest);
        auto const got = read(said, longest);
        fuzz::promise(got.made_sense, "what a server says makes sense");
        fuzz::promise(fits ? got.end == served_end::answered && got.answer == answer : got.end == served_end::flooded,
                      "outputs arrive as they were printed, or there is too much");
        auto const passed = read(said, longest, sink::pieces);
        fuzz::promise(!fits || (passed.passed_on == answer.out && passed.answer.out.empty()),
                      "what is passed on is what was printed");
    }
}

/// A document that goes to a server is one line, whatever is in the command.
void check_command(esxi::command const& c)
{
    if (fits_document(c)) {
        auto const text = command_document(id, c, true);
        fuzz::promise(text.find('\n') == text.size() - 1, "a command is one line");
        auto const read = boost::json::parse(text).as_object();
        fuzz::promise(boost::json::value_to<std::vector<std::string>>(read.at("argv")) == c.argv,
                      "arguments are sent as they are");
        fuzz::promise(read.contains("input") == !c.input.empty() && (c.input.empty() || read.at("input").as_string() == c.input),
                      "the input is sent as it is");
    }
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    check_stream(input);
    auto rest = input;
    auto out = take_field(rest);
    check_outputs({static_cast<int>(out.size() % 256), out, std::string(rest)});
    check_command({split(out, '\n'), std::string(rest)});
}
