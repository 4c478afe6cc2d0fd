# SPDX-License-Identifier: Apache-2.0
"""Each page of an operation has the same sections, in the same order; others may stand between them. None is empty."""

import re
import sys
from pathlib import Path

import markdown

SECTIONS = ("Properties", "Runtime properties", "Commands", "Errors", "Example")


def main(root):
    pages = sorted((root / "docs/operations").glob("*.md"))
    problems = []
    for page in pages:
        parts = re.split(r"^## (.*)$", page.read_text(encoding="utf-8"), flags=re.M)
        found = [(name, text) for name, text in zip(parts[1::2], parts[2::2]) if name in SECTIONS]
        names = [name for name, _ in found]
        if names != list(SECTIONS):
            problems.append(f"{page}: has the sections {', '.join(names)}, and not {', '.join(SECTIONS)}")
        problems += [f"{page}: says nothing under {name}" for name, text in found if not text.strip()]
    if len(pages) < 11:
        problems.append(f"{len(pages)} pages were found")
    markdown.report(problems, f"{len(pages)} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else markdown.ROOT)
