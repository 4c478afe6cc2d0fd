# SPDX-License-Identifier: Apache-2.0
"""A message of the library that a page quotes is one that the sources can make.

Quoted is what stands between backticks in a column `message`. What differs from case to case is in backticks or in `<...>`; each piece of
text between must be made of string literals of the sources. Each kind of failure has a section of docs/troubleshooting.md, which quotes each
message that the sources throw.
"""

import re
import sys
from pathlib import Path

import markdown

SOURCES = ("include/**/*.hpp", "examples/esxi/*.cpp")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'


def literals(text):
    """The string literals of C++ source; those that stand side by side are one."""
    text = re.sub(r"^\s*//.*$|^\s*#include.*$", "", text, flags=re.M)
    for group in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", text):
        joined = "".join(part[1:-1] for part in re.findall(LITERAL, group[0]))
        yield joined.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def pieces(message):
    """The texts between what differs from case to case."""
    return [piece for piece in re.split(r"`[^`]*`|<[^<>]*>", message) if re.search(r"\w", piece)]


def can_be_made(piece, known, parts=4):
    """Whether the piece is part of a literal, or several put together: the end of one, whole ones, the beginning of one."""
    if any(piece in literal for literal in known):
        return True
    return any(goes_on(piece[size:], known, parts - 1) for size in range(2, len(piece) - 1)
               if any(literal.endswith(piece[:size]) for literal in known))


def goes_on(rest, known, parts):
    if any(literal.startswith(rest) for literal in known):
        return True
    return parts > 1 and any(goes_on(rest[len(literal) :], known, parts - 1) for literal in known
                             if len(literal) > 1 and rest.startswith(literal))


def quoted(page):
    """The messages in the page's tables, as (number, message)."""
    column = None
    for number, line in markdown.prose(page):
        if not line.startswith("|"):
            column = None
            continue
        cells = re.split(r"(?<!\\)\|", line)
        if column is None:
            names = [cell.strip() for cell in cells]
            column = names.index("message") if "message" in names else -1
        elif column > 0 and not re.match(r"\|[-| :]+$", line):
            for message in markdown.code_spans(cells[column]):
                yield number, message


def kinds(root):
    text = (root / "include/esxi/error.hpp").read_text(encoding="utf-8")
    return re.findall(r"^    (\w+), +///<", text[text.index("enum class error_kind") :], re.M)


def thrown(text):
    """The literals of each message that C++ source gives to an error of a kind that it names."""
    text = re.sub(r"^\s*//.*$|^\s*#include.*$", "", text, flags=re.M)
    for begin in re.finditer(r"\berror\(\s*(?:esxi::)?error_kind::\w+,", text):
        depth, end = 1, begin.end()
        for part in re.finditer(rf"{LITERAL}|'\\?.'|[()]", text[begin.end() :]):
            depth += {"(": 1, ")": -1}.get(part[0], 0)
            if depth == 0:
                end += part.start()
                break
        yield list(literals(text[begin.end() : end]))


def is_explained(message, explained):
    """Whether a page has the longest text of which the message is made. One with none to speak of is worded where it is thrown from."""
    longest = max((text.replace("`", "").strip() for text in message), key=len, default="")
    return len(re.findall(r"\w", longest)) < 6 or longest in explained


def main(root):
    known = {literal for pattern in SOURCES for file in root.glob(pattern) for literal in literals(file.read_text(encoding="utf-8"))}
    problems, count = [], 0
    for page in markdown.pages(root):
        for number, message in quoted(page):
            count += 1
            problems += [f"{page}:{number}: no source says `{piece}`, of: {message}" for piece in pieces(message)
                         if not can_be_made(piece, known) and not can_be_made(piece.strip(), known)]
    page = root / "docs/troubleshooting.md"
    explained = "\n".join(message.replace("`", "") for _, message in quoted(page))
    messages = [(file, message) for pattern in SOURCES for file in sorted(root.glob(pattern)) for message in thrown(file.read_text(encoding="utf-8"))]
    problems += [f"{file}: docs/troubleshooting.md does not have this message: {'...'.join(message)}" for file, message in messages
                 if not is_explained(message, explained)]
    sections = page.read_text(encoding="utf-8")
    problems += [f"docs/troubleshooting.md has no section for `{kind}`" for kind in kinds(root) if f"\n## `{kind}`\n" not in sections]
    if len(kinds(root)) != 8 or count < 50 or len(messages) < 50:
        problems.append(f"{len(kinds(root))} kinds, {count} messages in pages and {len(messages)} in sources were found")
    markdown.report(problems, f"{count} messages in pages, {len(messages)} in sources")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else markdown.ROOT)
