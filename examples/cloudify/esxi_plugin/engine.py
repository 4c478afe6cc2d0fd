# SPDX-License-Identifier: Apache-2.0
"""The engine that runs the plugin: Dell Automation Platform, NativeEdge or Cloudify. They are the same to it but for the name of their
Python package. Nothing else in the plugin knows that name; an exception or a `ctx` of another one would mean nothing to the engine.
"""
import importlib
import sys

ROOTS = ('dell', 'nativeedge', 'cloudify')
PARTS = ('decorators', 'exceptions', 'state')


def _choose():
    """The package's name and those parts of it. A package that lacks one of them is not an engine, and only bears its name."""
    # The engine that called has loaded its own package: another one, such as a dependency in the plugin's wagon, is not meant.
    for root in sorted(ROOTS, key=lambda root: f'{root}.state' not in sys.modules):
        names = [f'{root}.{part}' for part in PARTS]
        try:
            return root, *(importlib.import_module(name) for name in names)
        except ModuleNotFoundError as failed:
            if failed.name not in (root, *names):
                raise  # an engine that is broken must not be taken for one that is not there
    raise ImportError(f'there is no engine to run in: none of {", ".join(ROOTS)} is a package with {", ".join(PARTS)}')


name, _decorators, exceptions, _state = _choose()
operation = _decorators.operation
ctx = _state.ctx
NonRecoverableError = exceptions.NonRecoverableError
RecoverableError = exceptions.RecoverableError
