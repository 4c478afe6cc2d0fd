# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a manager's REST service, over the storage of a Deployment: as much of it as an operation speaks to. The client is the real one
of cloudify-common, over HTTP.

    with Manager(deployment) as manager:
        manager.run('create', 'vm')
"""
import contextlib
import http.server
import io
import json
import os
import pathlib
import threading
import unittest.mock
import urllib.parse

from cloudify import constants, dispatch, logs, utils
from cloudify_rest_client.exceptions import CloudifyClientError

from harness import keep_produced, number_of


class Manager:
    """Serves one deployment until the block ends. `status` is that of every execution; `asked` counts the questions for it."""

    def __init__(self, deployment):
        self.deployment, self.status, self.asked, self.conflicts = deployment, 'started', 0, 0
        manager = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                self.answer(*manager.get(*self.what()))

            def do_PATCH(self):  # noqa: N802
                size = int(self.headers.get('Content-Length', 0))
                self.answer(*manager.patch(self.what()[0], json.loads(self.rfile.read(size))))

            def what(self):
                url = urllib.parse.urlsplit(self.path)
                return url.path.removeprefix('/api/v3.1').strip('/').split('/'), dict(urllib.parse.parse_qsl(url.query))

            def answer(self, code, body):
                text = json.dumps(body).encode()
                self.send_response(code)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._certificate = pathlib.Path(deployment.folder) / 'rest.pem'
        self._certificate.write_text('')

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _instance(self, instance):
        storage = self.deployment._environment().storage
        return {'id': instance.id, 'node_id': instance.node_id, 'deployment_id': 'deployment', 'host_id': instance.host_id, 'state': instance.state,
                'version': instance.version, 'runtime_properties': dict(instance.runtime_properties), 'relationships': instance.relationships,
                'index': number_of(storage, instance.id, instance.node_id), 'scaling_groups': [], 'system_properties': {}}

    def get(self, path, query):
        storage = self.deployment._environment().storage
        if path[0] == 'executions':
            self.asked += 1
            return 200, {'id': path[1], 'status': self.status}
        if path[0] == 'node-instances' and len(path) == 2:
            return 200, self._instance(storage.get_node_instance(path[1]))
        if path[0] == 'node-instances':
            found = [self._instance(one) for one in storage.get_node_instances()]
        elif path[0] == 'nodes':
            found = [dict(storage.get_node(query['id' if 'id' in query else 'node_id'], evaluate_functions=True))]
        else:
            return 404, {'message': 'no such thing', 'error_code': 'not_found_error'}
        return 200, {'items': found, 'metadata': {'pagination': {'total': len(found), 'size': len(found), 'offset': 0}}}

    def patch(self, path, changes):
        storage = self.deployment._environment().storage
        instance = storage.get_node_instance(path[1])
        if self.conflicts > 0 or changes['version'] != instance.version:
            self.conflicts -= 1
            return 409, {'message': 'it has changed meanwhile', 'error_code': 'conflict_error'}
        storage.update_node_instance(path[1], version=changes['version'], runtime_properties=changes['runtime_properties'],
                                     state=changes.get('state'))
        return 200, self._instance(storage.get_node_instance(path[1]))

    def run(self, operation, node, workflow='install', instance=None):
        """Runs one operation of a node as the agent's process does; `instance` says of which, if there are several."""
        storage = self.deployment._environment().storage
        instance = instance or storage.get_node_instances(node)[0].id
        name = f'cloudify.interfaces.lifecycle.{operation}'
        mapped = storage.get_node(node)['operations'][name]
        context = {'type': 'operation', 'deployment_id': 'deployment', 'blueprint_id': 'deployment', 'execution_id': utils.uuid4(),
                   'workflow_id': workflow, 'task_id': utils.uuid4(), 'task_name': mapped['operation'], 'node_id': instance, 'node_name': node,
                   'operation': {'name': name, 'retry_number': 0, 'max_retries': 0}, 'plugin': {'name': 'esxi'},
                   'tenant': {'name': 'default_tenant'}, 'rest_token': 'none', 'execution_token': 'none'}
        environment = {constants.REST_HOST_KEY: '127.0.0.1', constants.REST_PORT_KEY: str(self._server.server_port),
                       constants.REST_PROTOCOL_KEY: 'http', constants.LOCAL_REST_CERT_FILE_KEY: str(self._certificate)}
        output = io.StringIO()
        with unittest.mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(output), \
                unittest.mock.patch.object(logs, 'manager_log_out', logs.stdout_log_out):
            try:
                return dispatch.dispatch(context)
            except CloudifyClientError:
                raise
            except Exception as failed:  # pylint: disable=broad-except
                raise getattr(failed, 'wrapped_exc', failed) from None
            finally:
                keep_produced('operation ' + operation, output.getvalue())
