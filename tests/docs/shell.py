# SPDX-License-Identifier: Apache-2.0
"""Command lines on the pages are ones that the programs take: the tool parses each of its own, ./dev and esxi-sim know theirs."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import markdown

NOWHERE = "/nowhere/tape.json"  # parsed to the end, the tool misses this one
SEPARATORS = {";", "&&", "||", "|", "&", ">", "2>"}


def commands(text):
    """The simple commands of a shell line, as argument lists, without assignments and redirections."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.commenters = "#"
    lexer.wordchars += ":%{}@,^+!"
    lexer.whitespace_split = True
    found, current = [], []
    for word in lexer:
        if word in SEPARATORS or set(word) <= set("();<>|&"):
            found.append(current)
            current = []
        elif current or not re.match(r"[A-Z_]+=", word):
            current.append(word)
    return [command for command in found + [current] if command]


def lines_of(page):
    """What may be a shell line: of blocks that are no other language, and what stands between backticks, as (place, text)."""
    for block in markdown.blocks(page):
        if block.language in ("", "sh", "shell", "console"):
            joined = re.sub(r"\\\n\s*", " ", block.text)
            for line in joined.split("\n"):
                yield block.place, re.sub(r"^\s*\$ ", "", line).strip()
    for number, line in markdown.prose(page):
        if not line.startswith("    "):
            for span in markdown.code_spans(line):
                yield f"{page}:{number}", span


def is_synopsis(argv):
    return any(re.search(r"^\[|\]$|^<.*>$|\.\.\.$|^(OPTION|COMMAND|ARG…)$", word) for word in argv)


def check_tool(argv, program, pem):
    """What is wrong with the tool's arguments; None: nothing."""
    arguments, given = ["--replay", NOWHERE], iter(argv[1:])
    for word in given:
        if word in ("--replay", "--record"):
            next(given, None)
        elif word == "--ca-bundle":
            next(given, None)
            arguments += [word, pem]
        else:
            arguments.append(word)
    if "tape" in arguments[2:]:
        arguments[-1] = NOWHERE
    if set(arguments) & {"--help", "--version", "-h"}:
        arguments = arguments[2:]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ESXI_")}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    return None if done.returncode == 0 or f"cannot read tape `{NOWHERE}`" in done.stderr else done.stderr.strip()


def check_dev(argv, usage):
    known = set(re.findall(r"^\./dev (\w+)", usage, re.M)) | {"--help", "help", "-h"}
    return None if len(argv) == 1 or argv[1] in known else f"./dev has no command {argv[1]}"


def check_simulator(argv, usage):
    known = set(re.findall(r"(?<![\w-])-{1,2}([a-z][a-z-]+)", usage))
    unknown = [word for word in argv[1:] if word.startswith("--") and word.lstrip("-").partition("=")[0] not in known]
    return f"esxi-sim has no {' '.join(unknown)}" if unknown else None


def usage_of(program):
    done = subprocess.run([program, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


def main(root, bin_dir):
    problems, counts = [], {"esxi": 0, "./dev": 0, "esxi-sim": 0}
    usages = {"./dev": usage_of(root / "dev"), "esxi-sim": usage_of(bin_dir / "esxi-sim")}
    with tempfile.TemporaryDirectory() as folder:
        pem = Path(folder) / "ca.pem"
        pem.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", encoding="ascii")
        for page in markdown.pages(root):
            for place, line in lines_of(page):
                if not re.search(r"(^|[\s;])(\./dev|(build/bin/)?esxi(-sim)?) ", line):
                    continue
                try:
                    found = commands(line)
                except ValueError:
                    continue  # a sentence with an apostrophe
                for argv in found:
                    name = argv[0].removeprefix("build/bin/")
                    if name not in counts or len(argv) < 2 or is_synopsis(argv):
                        continue
                    counts[name] += 1
                    wrong = (check_tool(argv, bin_dir / "esxi", str(pem)) if name == "esxi"
                             else check_dev(argv, usages[name]) if name == "./dev"
                             else check_simulator(argv, usages[name]))
                    if wrong:
                        problems.append(f"{place}: {' '.join(argv)}\n    {wrong}")
    if not all(counts.values()):
        problems.append(f"no command line found of some program: {counts}")
    markdown.report(problems, ", ".join(f"{n} of {name}" for name, n in counts.items()))


if __name__ == "__main__":
    main(markdown.ROOT, Path(sys.argv[1]))
