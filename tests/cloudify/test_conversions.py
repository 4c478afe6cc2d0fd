# SPDX-License-Identifier: Apache-2.0
"""Values of Python go through the library without loss, or are refused with where they stand."""
import math
import unittest

from cloudify.exceptions import NonRecoverableError
from cloudify.manager import DirtyTrackingDict
from cloudify.mocks import MockCloudifyContext

from esxi_plugin import _native

DEEPEST = 200


def nested(depth, inner=None):
    value = inner
    for level in range(depth):
        value = [value] if level % 2 else {'k': value}
    return value


class Kept(unittest.TestCase):

    def assert_kept(self, value):
        came_back = _native._round_trip(value)
        self.assertEqual(came_back, value)
        self.assertIs(type(came_back), type(value))

    def test_plain(self):
        for value in (None, True, False, 0, 1, -1, '', 'text', [], {}, 0.5, -0.0, 1.0):
            self.assert_kept(value)
        self.assertEqual(math.copysign(1, _native._round_trip(-0.0)), -1)

    def test_whole_numbers(self):
        for value in (2**31, -2**31, 2**53 + 1, 2**63 - 1, -2**63, 2**63, 2**64 - 1):
            self.assert_kept(value)

    def test_floating_numbers(self):
        for value in (5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 1e22, 2.0**63):
            self.assert_kept(value)

    def test_text(self):
        for value in ('\0', 'a\0b', '"\\/\b\f\n\r\t', '\x7f\x80\u2028', 'é', 'e\u0301', '\uffff', '\U0001f600', '\U0010ffff', '\ufeff', 'x' * 100_000):
            self.assert_kept(value)

    def test_every_character(self):
        everything = ''.join(chr(c) for c in range(0x110000) if not 0xd800 <= c < 0xe000)
        self.assertEqual(_native._round_trip(everything), everything)
        self.assertEqual(_native._round_trip({everything: 1}), {everything: 1})

    def test_maps_and_lists(self):
        value = {'b': [1, [2, {'': {}}], None], 'a': {'x': True, 'é': [0.5, 2**64 - 1]}}
        self.assert_kept(value)
        self.assertEqual(list(_native._round_trip(value)), ['b', 'a'])  # in order
        self.assertEqual(_native._round_trip((1, (2,))), [1, [2]])
        self.assertEqual(_native._round_trip(DirtyTrackingDict({'a': 1})), {'a': 1})
        self.assert_kept(nested(DEEPEST))
        shared = [1]
        self.assertEqual(_native._round_trip([shared, shared]), [[1], [1]])

    def test_true_is_no_number(self):
        self.assertIs(_native._round_trip([True])[0], True)
        self.assertIs(type(_native._round_trip([1])[0]), int)


class Refused(unittest.TestCase):

    def assert_refused(self, value, where, why):
        with self.assertRaises(NonRecoverableError) as caught:
            _native._round_trip(value)
        self.assertIn(why, str(caught.exception))
        self.assertTrue(str(caught.exception).startswith(where), str(caught.exception))
        self.assertEqual(caught.exception.causes[0]['type'], 'config')

    def test_no_json(self):
        self.assert_refused(b'secret', 'the value', 'bytes')
        self.assert_refused({'a': [1, {'b': b''}]}, 'the value.a[1].b', 'bytes')
        self.assert_refused([{1, 2}], 'the value[0]', 'set')
        self.assert_refused(object(), 'the value', 'object')
        self.assert_refused(1j, 'the value', 'complex')

    def test_numbers(self):
        self.assert_refused(math.nan, 'the value', 'infinite')
        self.assert_refused({'n': [math.inf]}, 'the value.n[0]', 'infinite')
        self.assert_refused(-math.inf, 'the value', 'infinite')
        self.assert_refused(2**64, 'the value', '64 bits')
        self.assert_refused([-2**63 - 1], 'the value[0]', '64 bits')
        self.assert_refused(10**5000, 'the value', '64 bits')

    def test_keys(self):
        self.assert_refused({'a': {1: 2}}, 'the value.a', 'key of type int')
        self.assert_refused({None: 2}, 'the value', 'key of type NoneType')
        self.assert_refused({'\ud800': 2}, 'the value', 'half a surrogate pair')

    def test_half_a_surrogate_pair(self):
        self.assert_refused(['\udfff'], 'the value[0]', 'half a surrogate pair')

    def test_too_deep(self):
        self.assert_refused(nested(DEEPEST + 1), 'the value.k[0].k[0].k', 'deeper than 200')
        loop = {}
        loop['again'] = [loop]
        self.assert_refused(loop, 'the value.again[0].again[0].again', 'holds itself')

    def test_what_a_node_has(self):
        ctx = MockCloudifyContext(node_id='vm_1', node_name='vm', properties={'host': 'h', 'password': b'hunter22'},
                                  runtime_properties={})
        with self.assertRaises(NonRecoverableError) as caught:
            _native.probe_host(ctx)
        self.assertIn('node `vm`: ', str(caught.exception))
        self.assertIn('bytes', str(caught.exception))
        self.assertNotIn('hunter22', str(caught.exception))

    def test_what_a_node_has_learned(self):
        ctx = MockCloudifyContext(node_id='vm_1', node_name='vm', properties={'host': 'h', 'password': 'p'},
                                  runtime_properties={'mine': [math.nan]})
        with self.assertRaises(NonRecoverableError) as caught:
            _native.probe_host(ctx)
        self.assertIn('the runtime properties.mine[0]', str(caught.exception))


if __name__ == '__main__':
    unittest.main()
