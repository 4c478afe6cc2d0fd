// SPDX-License-Identifier: Apache-2.0
// Runtime properties, whoever wrote them: the record of a VM, and the mark of an import.
#include <esxi/model/vm_record.hpp>

#include <boost/json/parse.hpp>

#include "../support.hpp"

using namespace esxi;

void fuzz::one_input(std::string_view input)
{
    auto const token = find_import_token(input);
    promise(token.empty() || (token.size() == import_token_prefix.size() + 32 && input.find(token) != std::string_view::npos),
            "a token is of the right length and stands in the text");
    promise(find_import_token(token) == token, "a token is found in itself");

    boost::json::error_code failed;
    auto const document = boost::json::parse({input.data(), input.size()}, failed);
    if (failed) {
        return;
    }
    auto const mark = read_import_mark(&document);
    auto const written = to_json(mark);
    boost::json::value const again(written);
    promise(to_json(read_import_mark(&again)) == written, "a mark that was written is read as it was");
    if (auto const* runtime = document.if_object()) {
        auto const record = read_vm_record(*runtime);
        promise(record.empty() == (record.moid.empty() && record.import.token.empty()), "nothing recorded is nothing known");
        vm_state vm;
        promise(!record.is_of(vm), "a VM that is not there was not recorded");
        vm.moid = record.moid;
        vm.instance_uuid = record.instance_uuid;
        promise(record.is_of(vm) == !record.moid.empty(), "the recorded VM is known again");
        vm.instance_uuid += "x";
        promise(!record.is_of(vm), "a moid is believed only with its instance uuid");
    }
}
