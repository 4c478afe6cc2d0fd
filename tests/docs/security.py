# SPDX-License-Identifier: Apache-2.0
"""Each test that docs/security.md names is one that ctest knows, and each promise names one.

    security.py CTEST BUILD_FOLDER
"""

import fnmatch
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import markdown


def known_tests(ctest, folder):
    # From another folder, where it may begin a log: this is run by a ctest that writes one.
    with tempfile.TemporaryDirectory() as elsewhere:
        (Path(elsewhere) / "CTestTestfile.cmake").write_text(f'subdirs("{Path(folder).resolve()}")\n', encoding="utf-8")
        run = subprocess.run([ctest, "--test-dir", elsewhere, "--show-only=json-v1"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    names = []
    for test in json.loads(run.stdout)["tests"]:
        labels = next((each["value"] for each in test["properties"] if each["name"] == "LABELS"), [])
        # Of a program that is not built, because ./dev verify alone does that, the cases are not known.
        names.append(test["name"])
        if "verify" in labels and test["name"].startswith(("attacks_", "live_")) and "/" not in test["name"]:
            names.append(test["name"] + "/*")
    return names


def promises(page):
    """The rows of the tables with a column `test`: (line, promise, patterns of names)."""
    column = None
    for number, line in markdown.prose(page):
        if not line.startswith("|"):
            column = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if column is None:
            column = cells.index("test") if "test" in cells else -1
        elif column > 0 and not re.match(r"\|[-| :]+$", line):
            yield number, cells[1], markdown.code_spans(cells[column])


def problems(page, tests):
    for number, promise, names in promises(page):
        if not names:
            yield f"{page}:{number}: no test shows that: {promise}"
        for name in names:
            if not fnmatch.filter(tests, name) and not any(fnmatch.fnmatch(name, test) for test in tests if test.endswith("/*")):
                yield f"{page}:{number}: ctest knows no test {name}"


def main(root, tests):
    page = root / "docs/security.md"
    count = len(list(promises(page)))
    found = list(problems(page, tests))
    if count < 10:
        found.append(f"{page}: {count} promises were found")
    markdown.report(found, f"{count} promises, {len(tests)} tests")


if __name__ == "__main__":
    main(markdown.ROOT, known_tests(sys.argv[1], sys.argv[2]))
