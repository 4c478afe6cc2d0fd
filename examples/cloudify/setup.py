# SPDX-License-Identifier: Apache-2.0
"""For `wagon create`, which asks a setup.py for the name and the version. What builds the package is in pyproject.toml."""
import pathlib
import re
import sys

project = (pathlib.Path(__file__).resolve().parent / 'pyproject.toml').read_text()
print(re.search(rf'^{sys.argv[1].lstrip("-")} = "(.+)"$', project, re.M)[1])
