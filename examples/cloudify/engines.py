# SPDX-License-Identifier: Apache-2.0
"""The engines that the plugin is packed for, and what each calls things."""
import dataclasses
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Engine:
    """`root` begins the names of its node types, interfaces and relationships, and is its Python package."""
    root: str
    package: str
    version_parts: int

    @property
    def version(self) -> str:
        """The plugin's, in so many parts as this engine's plugins have."""
        of_package = re.search(r'^version = "(.+)"$', (HERE / 'pyproject.toml').read_text(), re.M)[1]
        return '.'.join((of_package.split('.') + ['0'] * self.version_parts)[:self.version_parts])

    @property
    def stem(self) -> str:
        """What the name of a wheel, a wagon or a .dist-info begins with."""
        return f'{self.package.replace("-", "_")}-{self.version}'

    def words(self, text: str) -> str:
        """A text that is written for Cloudify, in this engine's words."""
        if self.root == 'cloudify':
            return text
        text = re.sub(r'\besxi\.(nodes|relationships|datatypes|types)\.', rf'{self.root}.\1.esxi.', text)
        text = re.sub(r'\bcloudify\.(nodes|relationships|datatypes|types|interfaces)\.', rf'{self.root}.\1.', text)
        return text.replace('cloudify/types/', f'{self.root}/types/').replace(CLOUDIFY.package, self.package)


CLOUDIFY = Engine('cloudify', 'cloudify-esxi-plugin', 3)
NATIVEEDGE = Engine('nativeedge', 'nativeedge-esxi-plugin', 4)
DELL = Engine('dell', 'esxi-plugin', 4)
SUCCESSORS = (NATIVEEDGE, DELL)
