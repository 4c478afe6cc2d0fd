# SPDX-License-Identifier: Apache-2.0
"""Reads the project's Markdown: its pages, their blocks of code, links and headings."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "node_modules"}


@dataclass
class Block:
    """A block of code. `language` is empty for one that is indented; `before` is the line of text before it."""

    page: Path
    line: int  # of its first line of code, from 1
    language: str
    text: str
    before: str

    @property
    def place(self):
        return f"{self.page}:{self.line}"


def pages(root=ROOT):
    """All Markdown files of the project."""
    found = []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - NOT_OURS)
        found += [Path(folder) / name for name in sorted(files) if name.endswith(".md")]
    if not found:
        raise SystemExit(f"no Markdown in {root}")
    return found


def blocks(page):
    """The blocks of code of a page, in order."""
    found, before, fence, begun, code = [], "", None, 0, []
    lines = page.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        mark = re.match(r"( *)(```+|~~~+) *(\S*)", line)
        if fence:
            if mark and mark[2].startswith(fence[2]) and not mark[3]:
                found.append(Block(page, begun, fence[3], "\n".join(code), before))
                fence, before = None, ""
            else:
                code.append(line[len(fence[1]) :] if line.startswith(fence[1]) else line)
        elif mark:
            fence, begun, code = mark, number + 1, []
        elif line.startswith("    ") and (not before or found_just_before(found, number) or lines[number - 2] == ""):
            if found_just_before(found, number):
                found[-1].text += "\n" + line[4:]
            else:
                found.append(Block(page, number, "", line[4:], before))
        elif line.strip():
            before = line
    if fence:
        raise SystemExit(f"{page}:{begun}: this block of code has no end")
    return found


def found_just_before(found, number):
    """Whether the line with this number goes on with the last indented block."""
    return bool(found) and not found[-1].language and found[-1].line + found[-1].text.count("\n") + 1 == number


def prose(page):
    """The page's lines with all code blanked, as (number, line)."""
    fence = None
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        mark = re.match(r" *(```+|~~~+)", line)
        if mark:
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = None
        elif not fence:
            yield number, line


def without_code(line):
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)


def code_spans(text):
    """The texts between backticks, of one, two or more."""
    return [span[1].strip() for span in re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", text)]


def links(page):
    """The targets of the page's links, as (number, target)."""
    for number, line in prose(page):
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(line)):
            yield number, target


def anchors(page):
    """What a link can name after `#`: GitHub's way of making it from a heading."""
    names = set()
    for _, line in prose(page):
        heading = re.match(r"#{1,6} +(.*?) *#*$", line)
        if heading:
            name = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            name = re.sub(r"[^\w\- ]", "", name).replace(" ", "-")
            unique, count = name, 0
            while unique in names:
                count += 1
                unique = f"{name}-{count}"
            names.add(unique)
    return names


def linked_file(block, suffixes):
    """The file that the line before the block says it is taken from: `... [name](path) ... :`; None where it says none."""
    if block.before.rstrip().endswith(":"):
        for target in reversed(re.findall(r"\]\(([^)\s#]+)\)", block.before)):
            if target.endswith(suffixes):
                return block.page.parent / target
    return None


def report(problems, what):
    """Ends the program: with 1 and the problems, or with how much was looked at."""
    for problem in problems:
        print(problem)
    if problems:
        raise SystemExit(f"{len(problems)} problem(s)")
    print(what)
