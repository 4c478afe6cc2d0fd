# SPDX-License-Identifier: Apache-2.0
"""An operation over a `ctx` of cloudify-common's, on the tape that is named."""
import sys

from cloudify.mocks import MockCloudifyContext

import on_tape

ctx = MockCloudifyContext(node_id='host_1', node_name='host', properties={'host': 'esxi1', 'password': 'not needed'})
assert on_tape.probe(ctx, sys.argv[1]) == 1
assert ctx.instance.runtime_properties['api_type'] == 'HostAgent', ctx.instance.runtime_properties
assert on_tape.greeting() == 'hello\\n', on_tape.greeting()
