# SPDX-License-Identifier: Apache-2.0
"""Keeps the arrows between the headers: asks the compiler (-M) what each one really includes, and compares with the rules.

Also held here: a header's second line says what it is for, and one of more than 250 lines is named in docs/decisions.md.

A header is named by its path under include/esxi. A rule says what a header that matches `who` (and not `but`), or a program that
includes several, must not include, however indirectly. Patterns are regular expressions over the whole path.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

PROCESS = r"boost/(process|asio)[./].*"
PYTHON = r"pybind11/.*|(.*/)?Python\.h"
TRANSPORT = r"esxi/transport/.*"
CONTEXT = r"esxi/context/.*"
OPERATION = r"esxi/(ops/.*|client\.hpp|esxi\.hpp)"
CONCEPT = r"esxi/concepts/.*"
PURE = r"esxi/(govc|plan)/.*"
TESTING = r"esxi/testing/.*"


class Rule(NamedTuple):
    who: str
    never: tuple[str, ...]
    but: str = r"(?!)"


RULES = (
    # What a consumer does not name is not compiled.
    Rule(r".*", (PROCESS,), but=r"transport/(subprocess|served)\.hpp|detail/.*"),
    Rule(r".*", (PYTHON,), but=r"context/cloudify.*\.hpp|detail/cloudify.*\.hpp"),
    Rule(r".*", (r"boost/json/src\.hpp",), but=r"src\.hpp"),
    # What is made for tests is for tests alone; it may stand on transports.
    Rule(r".*", (TESTING,), but=r"testing/.*"),
    Rule(r"testing/.*", (CONTEXT, OPERATION)),
    # error, command, model <- govc, plan <- client, ops <- esxi.hpp
    Rule(r"(error|command|purpose)\.hpp|model/.*", (PURE, CONCEPT, OPERATION, TRANSPORT, CONTEXT)),
    Rule(r"(govc|plan)/.*", (CONCEPT, OPERATION, TRANSPORT, CONTEXT)),
    Rule(r"ops/.*|client\.hpp|esxi\.hpp|operations\.hpp|instantiate\.hpp", (TRANSPORT, CONTEXT)),
    # Who only calls operations does not read how they are done.
    Rule(r"(operations|instantiate)\.hpp", (OPERATION,)),
    # error, command <- concepts <- transport, context
    Rule(r"concepts/.*", (PURE, OPERATION, TRANSPORT, CONTEXT)),
    Rule(r"transport/.*", (TRANSPORT, CONTEXT, OPERATION)),
    Rule(r"context/.*", (TRANSPORT, CONTEXT, OPERATION)),
    # A user's tests name the transport and the context that they use.
    Rule(r"testing/fault_overlay\.hpp", (PURE, TRANSPORT, CONTEXT, OPERATION)),
)

# Programs of several headers: what a consumer who names just these compiles.
PROGRAMS = (
    (("esxi.hpp", "transport/replay.hpp", "context/plain.hpp"), (PROCESS, PYTHON)),
    (("esxi.hpp", "transport/record.hpp", "transport/any.hpp", "context/plain.hpp"), (PROCESS, PYTHON)),
    (("esxi.hpp", "testing/scripted_transport.hpp", "testing/taped_transport.hpp", "context/plain.hpp"), (PROCESS, PYTHON)),
    (("esxi.hpp", "transport/subprocess.hpp", "context/plain.hpp"), (PYTHON,)),
    (("operations.hpp", "transport/any.hpp", "context/plain.hpp"), (PROCESS, PYTHON, OPERATION)),
)

LONGEST = 250  # lines, of a header that needs no reason
DECISIONS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "decisions.md"

# How many headers a program may include, by where they are from; kept with a margin of a few, measured with Boost 1.81 and g++ 12.
BUDGET = pathlib.Path(__file__).with_name("budget.json")


def included(compiler: list[str], include: pathlib.Path, headers: tuple[str, ...]) -> set[str]:
    """The paths, as one would write them after #include, of all that a translation unit of these headers includes."""
    text = "".join(f"#include <esxi/{header}>\n" for header in headers)
    # -MG: a header of somebody else's that is not installed here (pybind11) is named as it was written.
    argv = [*compiler, "-std=c++20", "-M", "-MG", "-x", "c++", "-"]
    run = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(argv)} of {', '.join(headers)}:\n{run.stderr}")
    found = set()
    for path in run.stdout.replace("\\\n", " ").split()[1:]:
        path = os.path.normpath(path)
        for root in (str(include), r".*?/include(?=/boost/|/pybind11/)"):
            path = re.sub(rf"^(?:{root if root.startswith('.') else re.escape(root)})/", "", path)
        found.add(path)
    gone = [path for path in found if path.startswith("esxi/") and not (include / path).exists()]
    if gone:
        sys.exit(f"{', '.join(headers)}: includes what is not there: {', '.join(sorted(gone))}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", required=True, type=pathlib.Path)
    parser.add_argument("flags", nargs="*", help="further arguments of the compiler, after --")
    arguments = parser.parse_args()
    include = arguments.include.resolve()
    compiler = [arguments.compiler, *arguments.flags]

    headers = sorted(str(path.relative_to(include / "esxi")) for path in (include / "esxi").rglob("*.hpp"))
    if not headers:
        sys.exit(f"no header under {include}/esxi")
    programs = [(names, never) for names, never in PROGRAMS if all(name in headers for name in names)]
    units = [(header,) for header in headers] + [names for names, _ in programs]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        units_found = dict(zip(units, pool.map(lambda unit: included(compiler, include, unit), units)))

    broken = []

    def check(unit: tuple[str, ...], never: tuple[str, ...]) -> None:
        own = {f"esxi/{name}" for name in unit}
        for path in sorted(units_found[unit] - own):
            if any(re.fullmatch(pattern, path) for pattern in never):
                broken.append(f"{' + '.join(unit)} includes {path}")

    for header in headers:
        for rule in RULES:
            if re.fullmatch(rule.who, header) and not re.fullmatch(rule.but, header):
                check((header,), rule.never)
    for names, never in programs:
        check(names, never)

    # Of detail/, only what the transports over the real govc include may bring Boost.Process or Asio (and then nobody else may
    # include that).
    of_real_govc = units_found.get(("transport/subprocess.hpp",), set()) | units_found.get(("transport/served.hpp",), set())
    for header in headers:
        if header.startswith("detail/") and f"esxi/{header}" not in of_real_govc:
            check((header,), (PROCESS,))

    decisions = DECISIONS.read_text()
    for header in headers:
        lines = (include / "esxi" / header).read_text().splitlines()
        if len(lines) < 2 or not re.match(r"// \w", lines[1]):
            broken.append(f"{header}: its second line does not say what it is for")
        if len(lines) > LONGEST and f"`{header.removesuffix('.hpp')}`" not in decisions:
            broken.append(f"{header} has {len(lines)} lines, more than {LONGEST}: split it, or give the reason in {DECISIONS.name}")

    budget = json.loads(BUDGET.read_text())
    for names, _ in programs:
        unit = " + ".join(names)
        counts = {whose: sum(path.startswith(f"{whose}/") for path in units_found[names]) for whose in ("esxi", "boost")}
        print(f"{unit}: {counts}")
        for whose, count in counts.items():
            if count > budget[unit][whose]:
                broken.append(f"{unit} includes {count} headers of {whose}, more than the {budget[unit][whose]} in {BUDGET.name}: "
                              "include less, or raise the number and say why")

    print(f"{len(headers)} headers, {len(programs)} programs, {len(RULES)} rules")
    if broken:
        shown = broken[:40]
        sys.exit("\n".join(shown) + (f"\n… and {len(broken) - len(shown)} more" if broken[40:] else ""))


if __name__ == "__main__":
    main()
