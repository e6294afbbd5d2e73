"""Sentences of runtime.md: the state, the rules of each operation, and what an error leaves behind."""

import json
import os
import subprocess

import pytest

from kit.schema import complaints

KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]


def test_state_is_of_the_schema(box):
    """At every status; the pid is there as long as the process is."""
    box.config["annotations"] = {"org.example": "value", "empty": ""}
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    seen = [box.state()]
    box.start().ok()
    seen.append(box.state())
    box.kill().ok()
    box.wait()
    seen.append(box.state())
    assert [state["status"] for state in seen] == ["created", "running", "stopped"]
    for state in seen:
        assert complaints(state, "state-schema.json") == []
        assert state["id"] == box.id and state["annotations"] == box.config["annotations"]
    assert seen[0]["pid"] == seen[1]["pid"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_hooks_get_a_state_of_the_schema(box, outside, kind):
    box.bundle.bind(outside, outside, "bind", "rw")
    box.bundle.hook(kind, "/bin/sh", "-c", f"cat > {outside}/state")
    box.run("exit", 0).ok()
    with open(f"{outside}/state", encoding="utf-8") as text:
        state = json.load(text)
    assert complaints(state, "state-schema.json") == []
    assert kind == "poststop" or state["pid"] > 0


def test_bundle_of_the_state_is_absolute(box):
    box.bundle.args("/payload", "sleep")
    box.bundle.save()
    box.husk("create", "--bundle", ".", box.id, cwd=box.bundle.path).ok()
    assert box.state()["bundle"] == box.bundle.path


@pytest.mark.parametrize("verb", ["state", "create", "start", "kill", "delete"])
def test_operations_need_an_id(husk, verb):
    done = husk(verb)
    assert done.rc != 0 and done.err


def test_create_needs_a_bundle(box, outside):
    """The current directory is the bundle when no other is given; one that is none is an error."""
    box.husk("create", box.id, cwd=outside).fails("config.json")
    box.husk("create", "--bundle", f"{outside}/none", box.id).fails("none")
    box.husk("state", box.id).fails("does not exist")


def test_resources_are_there_after_create(box):
    """All but the process is applied before start: namespaces, mounts, host name, cgroup, limits."""
    box.bundle.args("/payload", "sleep").mount("/data", "tmpfs", "tmpfs", ["nosuid"])
    box.process["oomScoreAdj"] = 321
    box.create().ok()
    pid = box.pid
    for kind in ("pid", "net", "ipc", "uts", "mnt"):
        assert os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as text:
        assert any(" /data " in line for line in text)
    with open(f"/proc/{pid}/oom_score_adj", encoding="ascii") as text:
        assert text.read() == "321\n"
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as text:
        assert box.id in text.read()
    name = subprocess.run(["nsenter", "-u", "-t", str(pid), "busybox", "hostname"], capture_output=True, text=True, check=True)
    assert name.stdout == "inside\n"


@pytest.mark.parametrize("status, verbs", [
    ("created", [["create"]]), ("running", [["create"], ["start"], ["delete"]]), ("stopped", [["create"], ["start"], ["kill"]])])
def test_a_refused_operation_changes_nothing(box, status, verbs):
    """create of a taken ID, start of what is not created, kill of what has ended, delete of what runs."""
    box.bundle.args("/payload", *(["exit", 0] if status == "stopped" else ["sleep"]))
    box.create().ok()
    if status != "created":
        box.start().ok()
        box.wait(status)
    before = box.state()
    for verb in verbs:
        done = box.create() if verb == ["create"] else box.husk(*verb, box.id)
        assert done.rc != 0 and done.err
        assert box.state() == before


def test_start_without_a_process_changes_nothing(box):
    del box.config["process"]
    box.create().ok()
    before = box.state()
    box.start().fails("process")
    assert box.state() == before and before["status"] == "created"


def test_delete_leaves_what_was_there(box, outside, boxes):
    """Resources that the container uses and did not make: a joined namespace, a mount's source, a cgroup above."""
    holder = boxes().up()
    path = f"/proc/{holder.pid}/ns/net"
    name = os.readlink(path)
    with open(f"{outside}/file", "w", encoding="ascii") as text:
        text.write("mine")
    box.bundle.namespace("network", path).bind(outside, "/data")
    box.linux["cgroupsPath"] = f"{holder.linux['cgroupsPath']}/below"
    box.up()
    box.stop()
    assert os.readlink(path) == name and holder.status == "running"
    with open(f"{outside}/file", encoding="ascii") as text:
        assert text.read() == "mine"
    with open(f"/proc/{holder.pid}/cgroup", encoding="ascii") as text:
        assert holder.id in text.read()


@pytest.mark.parametrize("value", [[], "x", {"": "x"}, {"a": 1}, {"a": {}}])
def test_annotations_are_a_map_of_strings(box, value):
    box.config["annotations"] = value
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails("annotations")
