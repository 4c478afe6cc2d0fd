# SPDX-License-Identifier: Apache-2.0
"""Code on the pages is code that works.

A block after a line that ends in `[name](path):` is an excerpt of that file, word for word; a file named so that ends in .cpp or .hpp is
one that some target builds. Any other block of C++ is compiled, in a function of its own among the names of `PRELUDE`; one after the line
`<!-- compile: declarations -->` outside of any function. A block of JSON can be read, and so can a line of JSON in an indented block. A block of language `text` after a line that
links to a file of tests/compile_fail is, line by line, what g++ says of that file, without line numbers; `...` is what was left out.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import markdown

QUOTED = (".cpp", ".hpp", ".json", ".yaml", ".py", ".cmake")
DECLARATIONS = "<!-- compile: declarations -->"
PRELUDE = """
namespace docs {
extern std::string password;
extern esxi::subprocess_transport govc;
extern esxi::plain_context host, vm, snapshot;
}
"""


def public_headers(root):
    """All that a fragment may use: every public header that needs no Python."""
    headers = sorted((root / "include").rglob("*.hpp"))
    names = [str(header.relative_to(root / "include")) for header in headers]
    return [name for name in names if "/detail/" not in name and "cloudify" not in name and not name.endswith("/src.hpp")]


def translation_unit(fragments, headers):
    lines = [f"#include <{name}>" for name in headers] + [PRELUDE]
    for number, block in enumerate(fragments, 1):
        inside = block.before.strip() != DECLARATIONS
        lines.append(f"namespace docs::fragment_{number} {{" + (" void run() {" if inside else ""))
        lines.append(f'#line {block.line} "{block.page}"')
        lines.append(block.text)
        lines.append("}" + ("}" if inside else ""))
    return "\n".join(lines) + "\n"


def compile_fragments(fragments, root, compiler, flags):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "fragments.cpp"
        source.write_text(translation_unit(fragments, public_headers(root)), encoding="utf-8")
        done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-w", *flags, str(source)], capture_output=True, text=True)
    return [] if done.returncode == 0 else [done.stderr]


def is_excerpt(text, file):
    """Whether the text stands in the file as whole lines, perhaps indented there."""
    wanted = text.rstrip("\n").split("\n")
    lines = file.read_text(encoding="utf-8").split("\n")
    for start in range(len(lines) - len(wanted) + 1):
        indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
        own = wanted[0][: len(wanted[0]) - len(wanted[0].lstrip())]
        shift = indent[: len(indent) - len(own)]
        if all(line == (shift + want if want else "") for line, want in zip(lines[start:], wanted)):
            return True
    return False


def wrong_quote(block, file):
    if not file.is_file():
        return f"{block.place}: there is no {file}"
    if not is_excerpt(block.text, file):
        return f"{block.place}: this is not what stands in {file}"
    return None


def json_lines(block):
    return [line for line in block.text.split("\n") if not block.language and line.startswith('{"')]


def wrong_json(block, text):
    try:
        json.loads(text)
    except json.JSONDecodeError as failed:
        return f"{block.place}: {failed}"
    return None


def compiler_says(file, root, flags):
    done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", *flags, str(file.relative_to(root))],
                          cwd=root, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    # Without line numbers: a page does not change with each line that is added to a header.
    return re.sub(r"^( +)\d+ \|", r"\1|", re.sub(r"(\.[ch]pp):\d+:\d+:", r"\1:", done.stderr.replace(f"{root}/", "")), flags=re.M)


def wrong_message(block, file, root, flags):
    said = [line.strip() for line in compiler_says(file.resolve(), root, flags).split("\n")]
    missing = [line for line in block.text.split("\n") if line.strip() and line.strip() != "..." and line.strip() not in said]
    return f"{block.place}: g++ does not say of {file}:\n" + "\n".join(missing) if missing else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=markdown.ROOT)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("flags", nargs="*")
    given = parser.parse_args()
    root = given.root.resolve()

    problems, fragments, counts = [], [], {"excerpts": 0, "JSON": 0, "messages": 0}
    for page in markdown.pages(root):
        for block in markdown.blocks(page):
            file = markdown.linked_file(block, QUOTED)
            if block.language == "text" and file and file.parent.name == "compile_fail":
                counts["messages"] += 1
                problems.append(wrong_message(block, file, root, given.flags))
            elif block.language and file and block.language != "govc":
                counts["excerpts"] += 1
                problems.append(wrong_quote(block, file))
            elif block.language in ("cpp", "c++", "C++"):
                fragments.append(block)
            for text in [block.text] if block.language == "json" else json_lines(block):
                counts["JSON"] += 1
                problems.append(wrong_json(block, text))
    problems += compile_fragments(fragments, root, given.compiler, given.flags)
    counts["fragments"] = len(fragments)
    markdown.report([p for p in problems if p], ", ".join(f"{n} {what}" for what, n in counts.items()))


if __name__ == "__main__":
    main()
