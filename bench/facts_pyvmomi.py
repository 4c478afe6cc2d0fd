# SPDX-License-Identifier: Apache-2.0
"""The same facts by pyVmomi: one property collector over one view. usage: ESXI_HOST=... ESXI_PASSWORD=... ESXI_CA_BUNDLE=... facts_pyvmomi.py"""
import json
import os
import ssl

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

PATHS = ['name', 'runtime.powerState', 'runtime.connectionState', 'config.hardware.numCPU', 'config.hardware.memoryMB',
         'config.guestId', 'config.instanceUuid', 'guest.ipAddress', 'guest.net']


def main():
    host, _, port = os.environ['ESXI_HOST'].rpartition(':')
    context = ssl.create_default_context(cafile=os.environ['ESXI_CA_BUNDLE'])
    service = SmartConnect(host=host, port=int(port), user='root', pwd=os.environ['ESXI_PASSWORD'], sslContext=context)
    content = service.RetrieveContent()
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    collector = vmodl.query.PropertyCollector
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[
            collector.TraversalSpec(name='view', path='view', skip=False, type=type(view))])],
        propSet=[collector.PropertySpec(type=vim.VirtualMachine, pathSet=PATHS, all=False)])
    found = content.propertyCollector.RetrieveContents([spec])
    vms = {each.obj._moId: {prop.name: str(prop.val) for prop in each.propSet} for each in found}
    print(json.dumps({'version': content.about.version, 'vms': vms}))
    Disconnect(service)


main()
