# SPDX-License-Identifier: Apache-2.0
"""What the tests of the plugin share: esxi-sim, the real govc to look at it, and deployments on the real engine of cloudify-common.

    with Simulator() as host, Deployment(BLUEPRINTS / 'adopt-vm.yaml', host, inputs={...}) as deployment:
        deployment.execute('install')
        deployment.runtime('vm')['moid']

A deployment lives in a folder, so that a workflow can also be run in a process of its own, which can be killed:

        worker = deployment.start('install')
        worker.kill()
        deployment.execute('install', resume=True)

Properties are evaluated as a manager does (get_secret, get_attribute); cloudify-common alone hands them over as they are.
ESXI_BIN_DIR says where govc and esxi-sim are.
"""
import contextlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from types import SimpleNamespace

from cloudify import dispatch, endpoint, utils
from cloudify.plugins import lifecycle
from cloudify.workflows import local, tasks, workflow_context
from dsl_parser.import_resolver.default_import_resolver import DefaultImportResolver

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / 'tests' / 'support'))

from produced import keep_produced, keep_secret  # noqa: E402

PLUGIN = ROOT / 'examples' / 'cloudify'
BLUEPRINTS = PLUGIN / 'blueprints'
BIN = pathlib.Path(os.environ.get('ESXI_BIN_DIR', ROOT / 'build' / 'bin'))
PASSWORD = 'correct horse battery "staple" \u00e9'
GUEST_IP = '10.0.0.42'
# Properties that are the engine's and not the library's.
PLUGIN_ONLY = {'connection_config', 'recreate_on_update', 'scale_suffix'}
# The SOAP methods that change something on a host.
CHANGES = {'ImportVApp', 'CreateSnapshot_Task', 'RemoveSnapshot_Task', 'PowerOnVM_Task', 'PowerOffVM_Task', 'ReconfigVM_Task', 'Destroy_Task',
           'ShutdownGuest'}


# ---- The host -------------------------------------------------------------------------------------------------------------


class Simulator:
    """One simulated host: esxi-sim with these options. Ends with the block."""

    def __init__(self, *options, password=PASSWORD, guest_ip=True):
        self.password = password
        keep_secret(password)
        self.files = pathlib.Path(tempfile.mkdtemp(prefix='esxi-cloudify-'))
        self._calls = self.files / 'calls'
        self._calls.touch()
        options = list(options) + ['--calls', str(self._calls)]
        if guest_ip:
            options += ['--guest-ip', f'0={GUEST_IP}']
        self._process = subprocess.Popen(
            [BIN / 'esxi-sim', *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={'PATH': os.environ['PATH'], 'ESXI_SIM_PASSWORD': password, 'TMPDIR': str(self.files)})
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f'{BIN}/esxi-sim did not start; `./dev build` makes it')
        ready = json.loads(line)
        self.host, self.ca_file, self.thumbprint = ready['host'], ready['ca_file'], ready['thumbprint']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.files, ignore_errors=True)

    @property
    def inputs(self):
        """The inputs of the example blueprints that reach it."""
        return {'host': self.host, 'ca_bundle': self.ca_file}

    def calls(self, method=None):
        """The SOAP methods that were called so far, or those of one name."""
        return [name for name in self._calls.read_text().split() if method in (None, name)]

    def changes(self):
        """The SOAP methods that were called so far and change something."""
        return [name for name in self.calls() if name in CHANGES]

    def govc(self, *argv):
        """Runs the real govc on it, behind the plugin's back; its JSON."""
        environment = {'PATH': os.environ['PATH'], 'HOME': str(self.files), 'GOVMOMI_HOME': str(self.files / 'govmomi'),
                       'GOVC_URL': self.host, 'GOVC_USERNAME': 'root', 'GOVC_PASSWORD': self.password, 'GOVC_INSECURE': 'true'}
        run = subprocess.run([BIN / 'govc', *argv], env=environment, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise RuntimeError(f'govc {" ".join(argv)}: {run.stderr}')
        return json.loads(run.stdout) if '-json' in argv and run.stdout.strip() else run.stdout

    def vms(self):
        """All VMs: name: what `vm.info` says of it."""
        return {vm['name']: vm for vm in self.govc('vm.info', '-json', '*')['virtualMachines'] or []}

    def power(self, name):
        """poweredOn, poweredOff or suspended."""
        return self.vms()[name]['runtime']['powerState']

    def snapshots(self, name):
        """The names of a VM's snapshots."""
        found, rest = [], [self.vms()[name].get('snapshot') or {}]
        while rest:
            node = rest.pop()
            if 'name' in node:
                found.append(node['name'])
            rest += (node.get('rootSnapshotList') or []) + (node.get('childSnapshotList') or [])
        return sorted(found)

    def make_ova(self, name='appliance.ova', *settings):
        """The path of a small OVA; settings as of examples/demo/make-ova."""
        path = self.files / name
        subprocess.run([ROOT / 'examples' / 'demo' / 'make-ova', path, *settings], check=True, capture_output=True)
        return str(path)


# ---- The engine -----------------------------------------------------------------------------------------------------------


class Resolver(DefaultImportResolver):
    """Answers the imports of a blueprint as a manager does: the types, and the plugin."""

    def __init__(self, plugin_yaml='plugin.yaml'):
        super().__init__()
        self.plugin_yaml = plugin_yaml

    def fetch_import(self, import_url, **kwargs):
        url = import_url.removeprefix('resource:')
        if url == 'cloudify/types/types.yaml':
            return (HERE / 'types.yaml').read_text()
        if url.startswith('plugin:'):
            return (PLUGIN / self.plugin_yaml).read_text()
        return super().fetch_import(import_url, **kwargs)


class Workflow(SimpleNamespace):
    """How a workflow ended: `error` (the exception, or None), `output` (all that the engine logged and sent)."""

    @property
    def ok(self):
        return self.error is None


class Worker:
    """A workflow in a process of its own."""

    def __init__(self, folder, arguments):
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'harness', str(folder), json.dumps(arguments)], cwd=HERE,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def kill(self):
        """As the kernel does to a worker that takes too much memory."""
        self.process.kill()
        return self._said()

    def wait(self, timeout=300):
        """Its exit code (0: the workflow succeeded) and its output."""
        output = self._said(timeout)
        return self.process.returncode, output

    def _said(self, timeout=None):
        output, _ = self.process.communicate(timeout=timeout)
        keep_produced('a workflow in a process of its own', output)
        return output


class _Storage(local.FileStorage):
    """Replaces an instance as a whole, as a manager's database does: a kill leaves the old one or the new one."""

    def store_instance(self, deployment_id, instance):
        path = pathlib.Path(self._instance_path(deployment_id, instance.id))
        new = path.with_name(f'.{path.stem}.{threading.get_ident()}.new')
        new.write_text(json.dumps(instance, cls=local.JSONEncoderWithDatetime))
        os.replace(new, path)
        return local.NodeInstance(instance)

    def _instance_ids(self, deployment_id):
        return [name for name in super()._instance_ids(deployment_id) if not name.startswith('.')]


# Properties of a host that reach it, with the inputs of a Simulator.
REACHED = 'host: {get_input: host}, password: {get_secret: esxi_password}, ca_bundle: {get_input: ca_bundle}'
IMPORTS = ('tosca_definitions_version: cloudify_dsl_1_4\n'
           'imports: [cloudify/types/types.yaml, "plugin:cloudify-esxi-plugin"]\n')


class Deployment:
    """A deployment of a blueprint: the path of one, or its text without what it begins with, `imports`."""

    retries = {'task_retries': 2, 'task_retry_interval': 0}

    def __init__(self, blueprint, host=None, inputs=None, secrets=None, plugin_yaml='plugin.yaml', imports=IMPORTS):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='esxi-cloudify-'))
        if isinstance(blueprint, str):
            path = self.folder / 'blueprint' / 'blueprint.yaml'
            path.parent.mkdir()
            path.write_text(imports + blueprint)
        else:
            path = blueprint
        self.secrets = dict({} if host is None else {'esxi_password': host.password}, **(secrets or {}))
        for secret in self.secrets.values():
            keep_secret(str(secret))
        (self.folder / 'secrets.json').write_text(json.dumps(self.secrets))
        try:
            with _secrets_allowed(self.secrets):
                local.init_env(str(path), name='deployment', inputs=inputs or {}, storage=self._storage(), resolver=Resolver(plugin_yaml))
        except BaseException:
            self.__exit__()
            raise

    @classmethod
    def of(cls, folder):
        """The deployment that another process made in this folder."""
        deployment = cls.__new__(cls)
        deployment.folder = pathlib.Path(folder)
        deployment.secrets = json.loads((deployment.folder / 'secrets.json').read_text())
        return deployment

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):  # where there is no such deployment
            keep_produced('runtime properties', json.dumps([dict(instance.runtime_properties) for instance in self.instances()]))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _storage(self):
        return _Storage(str(self.folder / 'storage'))

    def _environment(self):
        environment = local.load_env('deployment', self._storage())
        environment.storage.get_secret = lambda key: SimpleNamespace(value=self.secrets[key])
        return environment

    def execute(self, workflow, resume=False, **options):
        """Runs a workflow here and tells how it ended. Options are those of the engine: `parameters`, `task_retries`, ..."""
        environment = self._environment()
        options = {**self.retries, **options}
        error, output = None, io.StringIO()
        with contextlib.redirect_stdout(output), _as_a_manager(), _resuming(resume):
            try:
                environment.execute(workflow, **options)
            except Exception as failed:  # pylint: disable=broad-except
                error = failed
        keep_produced('workflow ' + workflow, f'{output.getvalue()}\n{error}')
        return Workflow(error=error, output=output.getvalue())

    def must(self, workflow, **options):
        """Like `execute`, of what must succeed."""
        ended = self.execute(workflow, **options)
        if not ended.ok:
            raise AssertionError(f'{workflow} failed: {ended.error}\n{ended.output}')
        return ended

    def start(self, workflow, **options):
        """Runs a workflow in a process of its own."""
        return Worker(self.folder, {'workflow': workflow, **self.retries, **options})

    def run(self, operation, node, workflow='execute_operation', state=None):
        """Runs one operation (`delete`) of a node by itself, as this workflow does. Returns what it returns, throws what it throws."""
        environment = self._environment()
        if state is not None:
            self.set_state(node, state)
        instance, = environment.storage.get_node_instances(node)
        name = operation if '.' in operation else f'cloudify.interfaces.lifecycle.{operation}'
        mapped = environment.storage.get_node(node)['operations'][name]
        context = {'type': 'operation', 'local': True, 'storage': environment.storage, 'deployment_id': 'deployment',
                   'blueprint_id': 'deployment', 'execution_id': utils.uuid4(), 'workflow_id': workflow, 'task_id': utils.uuid4(),
                   'task_name': mapped['operation'], 'node_id': instance.id, 'node_name': node,
                   'operation': {'name': name, 'retry_number': 0, 'max_retries': 0}, 'plugin': {'name': 'esxi'}}
        with contextlib.redirect_stdout(io.StringIO()), _as_a_manager():
            try:
                return dispatch.dispatch(context)
            except Exception as failed:  # pylint: disable=broad-except
                keep_produced('operation ' + operation, repr(failed))
                raise getattr(failed, 'wrapped_exc', failed) from None

    def instances(self, node=None):
        """The node instances, as stored."""
        return self._environment().storage.get_node_instances(node)

    def runtime(self, node):
        """The runtime properties of the one instance of a node, as stored."""
        instance, = self.instances(node)
        return dict(instance.runtime_properties)

    def set_runtime(self, node, properties):
        """Stores other ones."""
        storage = self._environment().storage
        instance, = storage.get_node_instances(node)
        storage.update_node_instance(instance.id, version=instance['version'], runtime_properties=properties)

    def set_properties(self, node, properties):
        """Gives a node other properties, unchecked by the parser."""
        self._environment().storage.update_node('deployment', node, properties=properties)

    def change(self, node, **properties):
        """Gives a node these properties beside those that it has, unchecked by the parser."""
        self.set_properties(node, {**self._environment().storage.get_node(node).properties, **properties})

    def system(self, node, key='configuration_drift'):
        """A system property of the one instance of a node, as stored."""
        instance, = self.instances(node)
        return instance.system_properties.get(key)

    def set_state(self, node, state):
        """Gives the one instance of a node this state."""
        storage = self._environment().storage
        instance, = storage.get_node_instances(node)
        storage.update_node_instance(instance.id, version=instance['version'], state=state)

    def stored(self):
        """All that the engine has stored, as one text."""
        return '\n'.join(path.read_text() for path in sorted((self.folder / 'storage').rglob('*.json')))


_patching = threading.RLock()


def number_of(storage, instance_id, node):
    """The number of an instance among those of its node, which a manager has in its database."""
    return sorted(one.id for one in storage.get_node_instances(node)).index(instance_id) + 1


def _numbered(get_node_instance):
    def get(self, node_instance_id):
        instance = get_node_instance(self, node_instance_id)
        instance._index = number_of(self.storage, node_instance_id, instance._node_id)
        return instance
    return get


@contextlib.contextmanager
def _as_a_manager():
    """The engine evaluates the properties that it hands to an operation, numbers the instances of a node, and knows the plugin's properties."""
    with _patching:
        before = endpoint.LocalEndpoint.get_node, endpoint.LocalEndpoint.get_node_instance
        handler = workflow_context.LocalCloudifyWorkflowContextHandler
        plugin_properties = handler.get_plugin_properties
        handler.get_plugin_properties = lambda self, deployment_id, spec: plugin_properties(self, deployment_id or 'deployment', spec)
        endpoint.LocalEndpoint.get_node = lambda self, node_id, **_: self.storage.get_node(node_id, evaluate_functions=True)
        endpoint.LocalEndpoint.get_node_instance = _numbered(before[1])
        try:
            yield
        finally:
            endpoint.LocalEndpoint.get_node, endpoint.LocalEndpoint.get_node_instance = before
            handler.get_plugin_properties = plugin_properties


@contextlib.contextmanager
def _secrets_allowed(secrets):
    """A plan with get_secret in it, or with an input that names a secret, is made, which cloudify-common refuses without a manager."""
    before = local.dsl_tasks.prepare_deployment_plan
    local.dsl_tasks.prepare_deployment_plan = lambda plan, **kwargs: before(
        plan, get_secret_method=lambda key, *_: SimpleNamespace(key=key, value=secrets[key]),
        values_getter=SimpleNamespace(get=lambda *_, **__: list(secrets)), **kwargs)
    try:
        yield
    finally:
        local.dsl_tasks.prepare_deployment_plan = before


@contextlib.contextmanager
def _resuming(resume):
    """The engine takes the next workflow for one that is resumed, and sends a delete before a create, and a stop before a start, that it
    sends again. Left alone it does so only for tasks that go through a manager's queue.
    """
    before = local.dispatch.dispatch, lifecycle._would_resend
    if resume:
        local.dispatch.dispatch = lambda __cloudify_context, **kwargs: before[0]({**__cloudify_context, 'resume': True}, **kwargs)
        lifecycle._would_resend = lambda subgraph, operation: any(
            (getattr(task, 'cloudify_context', None) or {}).get('operation', {}).get('name') == operation
            and task.get_state() == tasks.TASK_PENDING for task in subgraph.tasks.values())
    try:
        yield
    finally:
        local.dispatch.dispatch, lifecycle._would_resend = before


def until(is_so, seconds=60):
    """Waits until it is so."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f'it is not so after {seconds} s')
        time.sleep(0.02)


def children(name):
    """The processes of that name that this one has started and that still run."""
    listed = subprocess.run(['ps', '-o', 'pid=,comm=', '--ppid', str(os.getpid())], capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if line.split()[1] == name]


def _main():
    deployment, options = Deployment.of(sys.argv[1]), json.loads(sys.argv[2])
    environment, resume, workflow = deployment._environment(), options.pop('resume', False), options.pop('workflow')
    with _as_a_manager(), _resuming(resume):
        environment.execute(workflow, **options)


if __name__ == '__main__':
    _main()
