# SPDX-License-Identifier: Apache-2.0
"""What an uninstall, a rolled-back and a resumed install may do to a VM that was there before."""
import unittest

from harness import BLUEPRINTS, Deployment, Simulator, until

VM = 'ha-host_VM0'


def adopting(host, delete_adopted=False):
    return Deployment(BLUEPRINTS / 'adopt-vm.yaml', host, inputs={**host.inputs, 'vm_name': VM, 'delete_adopted': delete_adopted})


class Adopted(unittest.TestCase):

    def setUp(self):
        self.host = self.enterContext(Simulator())

    def test_uninstall_lets_go(self):
        with adopting(self.host) as deployment:
            deployment.must('install')
            ended = deployment.must('uninstall')
            self.assertIn('we did not import it, and delete_adopted is not set', ended.output)
            self.assertEqual(self.host.power(VM), 'poweredOn')
            self.assertEqual(deployment.runtime('vm'), {})

    def test_uninstall_destroys_with_delete_adopted(self):
        with adopting(self.host, delete_adopted=True) as deployment:
            deployment.must('install')
            deployment.must('uninstall')
            self.assertEqual(set(self.host.vms()), {'ha-host_VM1'})
            self.assertEqual(deployment.runtime('vm'), {})

    def test_install_of_what_is_not_there(self):
        with adopting(self.host) as deployment:
            self.host.govc('vm.destroy', VM)
            ended = deployment.execute('install')
            self.assertFalse(ended.ok)
            self.assertIn('node `vm`: property `ova_url` of VM `ha-host_VM0` is missing', ended.output)

    def test_rolled_back_neither_stops_nor_destroys(self):
        for workflow, state in (('install', 'creating'), ('install', 'deleting'), ('rollback', 'stopping'), ('rollback', 'deleting'),
                                ('uninstall', 'creating'), ('reinstall', 'starting'), ('scale', 'deleting'), ('made_by_the_user', 'deleting'), (None, 'deleting')):
            with self.subTest(workflow=workflow, state=state), adopting(self.host, delete_adopted=True) as deployment:
                deployment.must('install')
                deployment.run('stop', 'vm', workflow=workflow, state=state)
                self.assertEqual(self.host.power(VM), 'poweredOn')
                deployment.run('delete', 'vm', workflow=workflow, state=state)
                self.assertEqual(self.host.power(VM), 'poweredOn')
                self.assertEqual(deployment.runtime('vm'), {})
        self.assertEqual(self.host.calls('Destroy_Task') + self.host.calls('PowerOffVM_Task'), [])

    def test_a_wish_stops_and_destroys(self):
        with adopting(self.host, delete_adopted=True) as deployment:
            deployment.must('install')
            deployment.run('stop', 'vm', workflow='uninstall', state='stopping')
            self.assertEqual(self.host.power(VM), 'poweredOff')
            deployment.run('delete', 'vm', workflow='uninstall', state='deleting')
            self.assertNotIn(VM, self.host.vms())

    def test_nothing_recorded_nothing_looked_for(self):
        for workflow in ('uninstall', 'install', 'rollback'):
            with self.subTest(workflow), adopting(self.host, delete_adopted=True) as deployment:
                before = len(self.host.calls())
                deployment.run('stop', 'vm', workflow=workflow)
                deployment.run('delete', 'vm', workflow=workflow)
                self.assertEqual(len(self.host.calls()), before)
        self.assertIn(VM, self.host.vms())

    def test_rolled_back_by_the_engine(self):
        with adopting(self.host, delete_adopted=True) as deployment:
            deployment.must('install')
            deployment.set_state('vm', 'creating')
            deployment.must('rollback')
            self.assertEqual(self.host.power(VM), 'poweredOn')
            self.assertEqual(deployment.runtime('vm'), {})

    def test_resumed_by_the_engine(self):
        for state in ('creating', 'starting'):
            with self.subTest(state), adopting(self.host, delete_adopted=True) as deployment:
                deployment.must('install')
                deployment.set_state('vm', state)
                ended = deployment.must('install', resume=True)
                self.assertIn('Rolling back prior to resuming install', ended.output)
                self.assertEqual(self.host.power(VM), 'poweredOn')
                self.assertTrue(deployment.runtime('vm')['adopted'])
        self.assertEqual(self.host.calls('Destroy_Task') + self.host.calls('PowerOffVM_Task'), [])


class Imported(unittest.TestCase):

    def test_resumed_install_makes_it_anew(self):
        with Simulator() as host, Deployment(BLUEPRINTS / 'vm-with-snapshot.yaml', host,
                                             inputs={**host.inputs, 'ova_url': host.make_ova()}) as deployment:
            deployment.must('install')
            deployment.set_state('vm', 'creating')
            deployment.must('install', resume=True)
            self.assertEqual(len(host.calls('Destroy_Task')), 1)
            self.assertEqual(host.power('web1'), 'poweredOn')
            self.assertFalse(deployment.runtime('vm')['adopted'])

    def test_killed_import_is_resumed(self):
        with Simulator('--delay', 'upload=60000,max=1') as host, Deployment(
                BLUEPRINTS / 'vm-with-snapshot.yaml', host, inputs={**host.inputs, 'ova_url': host.make_ova()}) as deployment:
            worker = deployment.start('install')
            for line in worker.process.stdout:
                if 'import vm=web1' in line:
                    break
            until(lambda: 'web1' in host.vms())
            worker.kill()
            self.assertIn('import', deployment.runtime('vm'))
            ended = deployment.must('install', resume=True)
            self.assertIn('its import did not finish', ended.output)
            self.assertEqual(sorted(host.vms()), ['ha-host_VM0', 'ha-host_VM1', 'web1'])
            self.assertEqual(host.power('web1'), 'poweredOn')
            self.assertEqual(host.vms()['web1']['config']['annotation'], 'Imported by esxi from appliance.ova')
            self.assertNotIn('import', deployment.runtime('vm'))


if __name__ == '__main__':
    unittest.main()
