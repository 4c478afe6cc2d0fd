# SPDX-License-Identifier: Apache-2.0
"""A wrong password ends a workflow at once, after one login; no password is anywhere where somebody can read it."""
import base64
import json
import logging
import traceback
import unittest
import urllib.parse

from cloudify.exceptions import NonRecoverableError, RecoverableError

from harness import BLUEPRINTS, PASSWORD, Deployment, Simulator

WRONG = 'wrong "horse"/\u00fc battery'


def spellings(password):
    yield password
    yield urllib.parse.quote(password, safe='')
    yield urllib.parse.quote_plus(password)
    yield json.dumps(password)[1:-1]
    yield json.dumps(password, ensure_ascii=False)[1:-1]
    yield repr(password)[1:-1]
    yield base64.b64encode(password.encode()).decode().rstrip('=')[:-1]


class Login(unittest.TestCase):

    def assert_untold(self, password, *texts):
        for text in texts:
            for spelling in spellings(password):
                self.assertNotIn(spelling, text)

    def two_vms(self, host, **secrets):
        return Deployment(BLUEPRINTS / 'several-vms.yaml', host, inputs={**host.inputs, 'ova_url': host.make_ova()}, secrets=secrets)

    def test_wrong_password(self):
        with Simulator() as host, self.two_vms(host, esxi_password=WRONG) as deployment:
            ended = deployment.execute('install', task_retries=5)
            self.assertFalse(ended.ok)
            self.assertEqual(ended.output.count('Task failed'), 2)  # the operation's event, and the workflow's
            self.assertIn('Cannot complete login due to an incorrect user name or password', ended.output)
            self.assertEqual(len(host.calls('Login')), 1)
            with self.assertRaises(NonRecoverableError) as caught:
                deployment.run('create', 'database')
            self.assertEqual(caught.exception.causes[0]['type'], 'auth')
            self.assertEqual(len(host.calls('Login')), 1)  # not tried again, by another node either
            text = ''.join(traceback.format_exception(caught.exception))
            self.assert_untold(WRONG, ended.output, str(ended.error), text, json.dumps(caught.exception.causes), deployment.stored())

    def test_no_password_is_told(self):
        logging.getLogger('ctx').setLevel(logging.DEBUG)
        with Simulator('--fault', 'PowerOnVM_Task=InvalidState,max=2,message=of ' + PASSWORD) as host, self.two_vms(host) as deployment:
            outputs = [deployment.execute('install', task_retries=5, task_retry_interval=0), deployment.execute('uninstall')]
            for ended in outputs:
                self.assertTrue(ended.ok, ended.output)
            self.assertIn('[retry 2/5]', outputs[0].output)
            self.assertIn('<redacted>', outputs[0].output)
            self.assert_untold(PASSWORD, *(ended.output for ended in outputs), deployment.stored())

    def test_errors_of_a_host(self):
        for method in ('ImportVApp', 'PowerOnVM_Task', 'Login'):
            with self.subTest(method), Simulator('--fault', f'{method}=SystemError,message=of {PASSWORD}') as host, self.two_vms(host) as deployment:
                with self.assertRaises((RecoverableError, NonRecoverableError)) as caught:
                    deployment.run('create', 'database')
                text = ''.join(traceback.format_exception(caught.exception))
                self.assert_untold(PASSWORD, text, json.dumps(caught.exception.causes), deployment.stored())

    def test_one_login_for_many_operations(self):
        with Simulator() as host, self.two_vms(host) as deployment:
            deployment.must('install')
            deployment.must('uninstall')
            # probe_host logs in afresh; all others share one session
            self.assertEqual(len(host.calls('Login')), 2)


if __name__ == '__main__':
    unittest.main()
