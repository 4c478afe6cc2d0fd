# SPDX-License-Identifier: Apache-2.0
"""Every relative link of every page leads to a file of the project, and its anchor to a heading. Others are not fetched."""

import sys
from pathlib import Path
from urllib.parse import unquote

import markdown


def problems_of(page, root):
    problems, count = [], 0
    for number, target in markdown.links(page):
        if "://" in target or target.startswith("mailto:"):
            continue
        count += 1
        path, _, anchor = target.partition("#")
        to = (page.parent / unquote(path)).resolve() if path else page
        if not to.is_relative_to(root):
            problems.append(f"{page}:{number}: {target} leads out of the project")
        elif not to.exists():
            problems.append(f"{page}:{number}: {target} leads nowhere")
        elif anchor and to.suffix == ".md" and unquote(anchor) not in markdown.anchors(to):
            problems.append(f"{page}:{number}: {target}: no such heading")
    return problems, count


def main(root):
    problems, total, linked = [], 0, {root / "README.md"}
    pages = markdown.pages(root)
    for page in pages:
        found, count = problems_of(page, root)
        problems += found
        total += count
        linked |= {(page.parent / target.partition("#")[0]).resolve() for _, target in markdown.links(page) if "://" not in target}
    reached = linked | {place / "README.md" for place in linked}  # a folder shows its own
    problems += [f"{page}: no page leads here" for page in pages if page.resolve() not in reached]
    markdown.report(problems, f"{total} links of {len(pages)} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else markdown.ROOT)
