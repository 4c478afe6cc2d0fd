# SPDX-License-Identifier: Apache-2.0
"""Doxygen finds nothing wrong with the comments of the public headers, and every public name has one.

Doxygen itself does not miss the comment of a concept, a value of an enumeration, a macro, or anything in a namespace without one: so its
XML is read too, of everything there is.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

import markdown

# What has no comment of its own to be given: what the compiler makes, and comparisons of all members.
SELF_EVIDENT = ("operator==", "operator=")


def doxygen(root, settings):
    """Runs it with docs/Doxyfile and these settings; what it complained of."""
    text = (root / "docs/Doxyfile").read_text(encoding="utf-8") + "\n" + settings
    done = subprocess.run(["doxygen", "-"], input=text, cwd=root, capture_output=True, text=True)
    if done.returncode != 0 and not done.stderr:
        raise SystemExit(f"doxygen ended with {done.returncode}")
    return done.stderr.replace(f"{root}/", "").splitlines()


def has_comment(element):
    return any("".join(part.itertext()).strip() for name in ("briefdescription", "detaileddescription") for part in element.findall(name))


def is_made_by_compiler(member):
    arguments = member.findtext("argsstring") or ""
    return arguments.endswith(("=default", "=delete")) or member.findtext("name").startswith("~")


def names_without_comment(folder):
    """The public names in Doxygen's XML that have no comment, and how many there are in all."""
    missing, count = [], 0
    for file in sorted(Path(folder).glob("*.xml")):
        for compound in xml.parse(file).getroot().iter("compounddef"):
            if compound.get("prot") == "private":
                continue
            own = compound.findtext("compoundname")
            if compound.get("kind") in ("class", "struct", "union", "namespace", "concept") and "::detail" not in own:
                count += 1
                if not has_comment(compound):
                    missing.append(own)
            if compound.get("kind") in ("file", "dir", "page") or "::detail" in own:
                continue
            for member in compound.iter("memberdef"):
                name = member.findtext("name")
                if member.get("prot") != "public" or name in SELF_EVIDENT or member.get("kind") == "friend":
                    continue
                if is_made_by_compiler(member) or name.startswith("@"):
                    continue
                for part in [member, *member.findall("enumvalue")]:
                    count += 1
                    if not has_comment(part):
                        missing.append(f"{own}::{name}" + ("" if part is member else f"::{part.findtext('name')}"))
    return missing, count


def main(root):
    with tempfile.TemporaryDirectory() as folder:
        problems = doxygen(root, f"OUTPUT_DIRECTORY={folder}\n")
        doxygen(root, f"OUTPUT_DIRECTORY={folder}\nGENERATE_HTML=NO\nGENERATE_XML=YES\nEXTRACT_ALL=YES\nWARN_AS_ERROR=NO\n")
        missing, count = names_without_comment(Path(folder) / "xml")
    problems += [f"{name} has no comment" for name in sorted(set(missing))]
    if count < 100:
        problems.append(f"only {count} public names were found")
    markdown.report(problems, f"{count} public names")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else markdown.ROOT)
