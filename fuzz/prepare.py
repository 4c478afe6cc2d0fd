#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what the fuzz targets start from: in seeds/TARGET/ inputs out of the tapes and fixtures of the tests, and in
dictionaries/TARGET the texts that stand in quotes in the headers which the target names, which are what a reader looks for."""
import argparse
import base64
import collections
import hashlib
import io
import json
import pathlib
import re
import shutil
import tarfile

STREAMS = {"stdout": "out", "stderr": "err", "stdin": "input"}
PASSWORD = b"pencil-case-71"  # as in support.hpp


def stream(entry: dict, name: str) -> bytes:
    """The text that a tape's entry has for stdin, stdout or stderr."""
    if name + "_documents" in entry:
        return b"".join(json.dumps(one).encode() + b"\n" for one in entry[name + "_documents"])
    kept = entry.get(name, "")
    return (kept if isinstance(kept, str) else json.dumps(kept) + "\n").encode()


def archive(form: int, members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()[: -tarfile.RECORDSIZE + 2048] if len(file.getvalue()) > 2048 else file.getvalue()


def served(exit_code: int, *outputs: bytes) -> bytes:
    """What a `govc serve` says of the command that the target sends."""
    documents = [{"id": 7, name: base64.b64encode(part).decode()} for name, whole in zip(("out", "err"), outputs)
                 for part in (whole[:100], whole[100:]) if part]
    return b"".join(json.dumps(one).encode() + b"\n" for one in [*documents, {"id": 7, "exit": exit_code}])


class Seeds:
    """Inputs for each target: of those that a tape has many of, the shortest few, since all seeds are executed before a fuzzer's own."""

    FEW = 3

    def __init__(self) -> None:
        self.alike: dict[tuple[str, str], set[bytes]] = collections.defaultdict(set)

    def add(self, target: str, content: bytes, shape: str = "") -> None:
        """Of seeds of the same shape a few are kept; one without a shape always is."""
        self.alike[target, shape or hashlib.sha256(content).hexdigest()].add(content)

    def write(self, folder: pathlib.Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        for (target, _), contents in self.alike.items():
            (folder / target).mkdir(parents=True, exist_ok=True)
            for content in sorted(contents, key=lambda one: (len(one), one))[: self.FEW]:
                (folder / target / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)

    def add_output(self, argv: list[str], out: bytes, err: bytes, exit_code: int) -> None:
        """What a command printed goes to the target that reads it."""
        readers = {"about": ["about"], "vm.info": ["vm_info"], "object.collect": ["collect", "inventory"],
                   "import.spec": ["import_spec"], "import.ova": ["progress"]}
        shape = f"{argv[0]} {out.count(b'{').bit_length()}"
        if exit_code:
            self.add("fault", b"\0".join(["\n".join(argv).encode(), err, out]))
            self.add("fault", b"\0".join(["\n".join(argv).encode(), b"", err]))
        else:
            for target in readers.get(argv[0], []):
                self.add(target, out, shape)
        if argv[0] == "import.ova":
            for line in re.split(rb"[\r\n]", out):
                self.add("progress", line)
        self.add("documents", out, argv[0])
        self.add("printable", out[:300], argv[0])
        self.add("served", served(exit_code, out[:1000], err), shape)
        self.add("served", out[:300] + b"\0" + err, argv[0])


def add_addresses(seeds: Seeds, text: bytes) -> None:
    """The network cards in a document of vm.info's or object.collect's."""
    for line in text.splitlines():
        found: list[object] = [json.loads(line)]
        while found:
            one = found.pop()
            if isinstance(one, dict):
                found += one.values()
                for key in ("net", "Net", "val", "Val"):
                    if isinstance(one.get(key), (list, dict)):
                        seeds.add("guest_addresses", json.dumps(one[key]).encode(), key)
            elif isinstance(one, list):
                found += one


def add_tape(seeds: Seeds, text: str) -> None:
    tape = json.loads(text)
    commands = tape["commands"]
    recorded = []
    for entry in commands:
        out, err, stdin = (stream(entry, name) for name in ("stdout", "stderr", "stdin"))
        seeds.add_output(entry["argv"], out, err, entry.get("exit_code", 0))
        recorded.append(b"\0".join(["\n".join(entry["argv"]).encode(), stdin, err, out]))
        if entry["argv"][0] in ("vm.info", "object.collect"):
            add_addresses(seeds, out)
        for argument in entry["argv"]:
            if "{" in argument:
                seeds.add("placeholders", b"\0".join([b"esxi1:8443", b"/srv/demo.ova", b"/srv", argument.encode()]))
    for target in ("tape", "replay"):
        seeds.add(target, text.encode(), "whole")
        for entry in commands:
            seeds.add(target, json.dumps({**tape, "commands": [entry]}).encode(), f"{entry['argv'][0]} {sorted(entry)}")
    for i in range(0, len(recorded), 3):
        seeds.add("record", b"\0".join(recorded[i: i + 3]), str(i % 10))


def add_fixture(seeds: Seeds, path: pathlib.Path) -> None:
    content = path.read_bytes()
    command = {"about": "about", "collect": "object.collect", "inventory": "object.collect", "import": "import.spec", "vm": "vm.info"}
    seeds.add_output([command[path.stem.split("_")[0]]], content, b"", 0)


DESCRIPTOR = (b'<Envelope xmlns:ovf="o"><References><File ovf:href="demo-disk1.vmdk" ovf:id="f" ovf:size="700"/></References><DiskSection>'
              b'<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1"/></DiskSection><VirtualSystem ovf:id="v"/></Envelope>')


def add_others(seeds: Seeds) -> None:
    """What stands on no tape."""
    host = {"host": "esxi1:8443", "user": "root", "password": PASSWORD.decode(), "verify_tls": True, "thumbprint": "ab:" * 31 + "cd",
            "use_external_resource": True}
    vm = {"name": "web1", "ova_url": "https://user:word@example.org/a.ova", "datastore": "datastore1", "cpu": 2, "memory_mb": 2048,
          "power_on": False, "wait_for_ip": True, "ip_timeout": 60, "ip_version": "v4", "network_map": {"VM Network": "LAN"},
          "disk_provisioning": "thin", "ovf_properties": {"password": "secret", "n": 1.5, "on": True}, "annotation": "a web server",
          "use_external_resource": False, "adopt": "if_ours", "stop_adopted": True, "verify_manifest": True, "stop_mode": "graceful", "stop_timeout": 30, "allow_power_cycle": True, "delete_adopted": True,
          "replace_abandoned_import": True}
    snapshot = {"name": "before the upgrade", "description": "d", "memory": True, "quiesce": False, "use_external_resource": False,
                "remove_children": True}
    for properties in (host, vm, snapshot):
        seeds.add("properties", json.dumps(properties).encode())
        for key in properties:
            seeds.add("properties", json.dumps({"name": "web1", key: properties[key]}).encode())
    mark = {"token": "esxi-import-" + "0123456789abcdef" * 2, "machine": "m", "pid": 12, "pid_started": 34, "started": 1790000000}
    record = {"moid": "140", "instance_uuid": "564d", "adopted": True, "power_cycle": False, "name": "web1", "import": mark}
    seeds.add("runtime", json.dumps(mark).encode())
    seeds.add("runtime", json.dumps(record).encode())
    nodes = {"esxi1": {"host": {"version": "8.0.2"}, "vm": {"web1": record, "web2": record}}, "esxi2": {"vm": {"web1": record}}}
    for content in (json.dumps({"esxi_state": 1, "nodes": nodes}).encode(), b'{"esxi_state":1,"nodes":{}}'):
        seeds.add("state_file", content + b"\0web1\0192.0.2.7")
    for name in ("esxi1", "esxi1.example.org:8443", "192.0.2.7", "[2001:db8::1]:443", "[::1]", "user:word@esxi1", "https://esxi1/sdk",
                 "AB:" * 19 + "CD", "ab" * 32, "ab-cd " * 10):
        seeds.add("host", name.encode())
    for secret in (PASSWORD, b"p\xc3\xa4ss \"w&rd\" <1>", b"a%2fb\\c+d/e", b"aaaaaa", b"short"):
        for before in (b"password=", b"https://root:", b"\\", b"%25", b"Authorization: Basic "):
            seeds.add("redact", b"\0".join([secret, b"root", before, b"@esxi1/ and so on"]))
    seeds.add("url_credentials", b"\0".join([b"root", PASSWORD, b"esxi1", b"Post \"", b"\": EOF https://a:b@c/"]))
    seeds.add("url_credentials", b"https://user:se/cret@host/path?x=a@b http://<redacted>@host:443/")
    for name, other in ((b"web1", b"web*"), (b"web-[1]", b"web-1"), (b"a/b", b"a%2fb"), (b"...", b"x"), (b"q?x", b"qax"), (b"\xc3\xa9", b"?")):
        seeds.add("names", name + b"\0" + other)
    for name in (b"web1", b"it's", b"x' not found", b"a/b", b"No such VM", b"account 'root' has been locked", b"'", b'"', b"[ds] x/x.vmx"):
        seeds.add("fault_names", name)
    seeds.add("printable", "tab\t\x1b[2J\u202e\u0085\u061c\ufeff\u2066 caf\u00e9 \U0001f600".encode() + b"\xff\xc0\x80\xed\xa0\x80")
    seeds.add("progress", b"\x1b[K[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)")
    seeds.add("progress", b"[23-11-26 08:27:31] Uploading disk1.vmdk... OK")
    seeds.add("about", b"govc 0.56.0\n")
    for document in (b'{"serve":1}', b'{"id":7,"alone":true}', b'{"id":8,"exit":0}', b'{"id":7,"exit":256}', b'{"id":7,"out":"YQ"}'):
        seeds.add("served", document + b"\n" + served(0, b"a\r\nb"))
    login = b'{"cookies":[{"name":"vmware_soap_session","value":"\\"52}","path":"/"}],"version":"8.0.2","type":"HostAgent"}\n'
    for text in (login, login[:-30], login + login[-20:], b"{}", b"{}}", b"null", b"\0" * 8, b'{"a":{"b":[{}]}}'):
        seeds.add("session_file", text)
    for i, form in enumerate((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        seeds.add("ova", archive(form, {"demo.ovf": DESCRIPTOR, "demo-disk1.vmdk": b"d" * 700, "demo.mf": b"SHA1(demo-disk1.vmdk)= 0"}))
        name = "x" * (90 if i == 0 else 120) + ".ovf"
        seeds.add("ova", archive(form, {name: b"<Envelope/>"}))
    for number, entry in enumerate((b'<Property ovf:key="a" ovf:type="string" ovf:value="&lt;&#10;" ovf:userConfigurable="true"/>',
                                    b'<Property ovf:key="b" ovf:type="uint8" ovf:qualifiers="MinValue(1) ValueMap{1..3, 9}" ovf:value="2"/>',
                                    b'<Property ovf:key="c" ovf:type="boolean" ovf:password="true" ovf:value="true"><Value ovf:value="false"/></Property>',
                                    b'<Property ovf:key="d" ovf:type="string" ovf:qualifiers="MinLen(1),MaxLen(8)" vmw:qualifiers="Ip(\'n\')"/>')):
        seeds.add("ovf_descriptor", entry)
        seeds.add("ovf_descriptor", b'<?xml version="1.0" encoding="UTF-8"?><ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"><ovf:References>'
                  b'<ovf:File ovf:href="d.vmdk" ovf:id="f" ovf:size="7"/></ovf:References><ovf:DiskSection><ovf:Disk ovf:diskId="d" ovf:fileRef="f" '
                  b'ovf:capacity="${c}" ovf:capacityAllocationUnits="byte * 2^30"/></ovf:DiskSection><ovf:VirtualSystem ovf:id="v"><ovf:ProductSection '
                  b'ovf:class="k" ovf:instance="%d">' % number + entry + b"<![CDATA[x]]><!-- y --></ovf:ProductSection></ovf:VirtualSystem></ovf:Envelope>")
    for document in (b"[" * 40 + b"]" * 40, b'{"a":1,"a":2}', b"1e400", b"[0.1, 12345678901234567890123, -0, 1E5]", b"{\"a\":{}} [1]\n"):
        seeds.add("documents", document)
    # A real fault of a task and one of a method, as govc prints them with -json.
    fault = {"fault": {"privilegeId": "VirtualMachine.Config", "existingState": "poweredOn", "obj": {"type": "VirtualMachine", "value": "1"},
                       "faultMessage": [{"key": "k", "message": "m"}]}, "localizedMessage": "The operation is not allowed"}
    method = {"Fault": {"Code": "ServerFaultCode", "String": "not found", "Detail": {"Fault": fault["fault"]}}}
    for one in (fault, method):
        seeds.add("fault", b"\0".join([b"vm.power\n-off\nVirtualMachine:1", json.dumps(one).encode(), b""]))
        seeds.add("fault", b"\0".join([b"vm.change\n-vm=./web1", b"", b"Warning: x\n" + json.dumps(one).encode()]))
    for said in (b"govc: Post \"https://root:" + PASSWORD + b"@esxi1/sdk\": EOF", b"govc: [ds] web1/web1.vmx: File already exists.",
                 b"govc: download(https://a/b.ova): 404 Not Found", b"govc: it's 'web1' \"not\" found: account 'root' has been locked"):
        seeds.add("fault", b"\0".join([b"import.ova\n-name=web1\n/srv/demo.ova", said, b""]))


def words_of(target: pathlib.Path, include: pathlib.Path) -> set[bytes]:
    """The texts in quotes in the headers that a target includes, escaped as a dictionary wants them."""
    words = set()
    for header in re.findall(r"#include <(esxi/[^>]+)>", target.read_text()):
        for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r"#include.*|//.*", "", (include / header).read_text())):
            if 2 <= len(text) <= 48 and re.fullmatch(r'[^"\\]*', text) and text.isascii():
                words.add(text.encode())
    return words


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=pathlib.Path, required=True)
    arguments.add_argument("--work", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    seeds = Seeds()
    for path in sorted([*given.root.glob("tests/tapes/*.json"), *given.root.glob("examples/tapes/*.json")]):
        add_tape(seeds, path.read_text())
    for path in sorted(given.root.glob("tests/govc/fixtures/*/*")):
        add_fixture(seeds, path)
    add_others(seeds)
    seeds.write(given.work / "seeds")
    dictionaries = given.work / "dictionaries"
    dictionaries.mkdir(exist_ok=True)
    for target in sorted((given.root / "fuzz" / "targets").glob("*.cpp")):
        words = words_of(target, given.root / "include") | {PASSWORD}
        if target.stem.startswith("fault"):
            rules = (given.root / "include/esxi/govc/fault_rules.hpp").read_text()
            words |= {rule.encode() for rule in re.findall(r'\{"([^"\\]+)", error_kind', rules)}
        (dictionaries / target.stem).write_bytes(b"".join(b'"' + word + b'"\n' for word in sorted(words)))
        if not any((given.work / "seeds" / target.stem).glob("*")):
            raise SystemExit(f"no seeds for {target.stem}")


if __name__ == "__main__":
    main()
