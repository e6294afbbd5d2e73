"""Sentences of config-linux.md, Seccomp, about the listener's socket."""

import array
import json
import os
import socket

import pytest

from kit.schema import complaints


@pytest.fixture
def listener(box, outside):
    """A stream socket whose path the config names."""
    path = os.path.join(outside, "listener")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen(4)
    server.settimeout(10)
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": path, "listenerMetadata": "meta",
                            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    yield server
    server.close()


def receive(server):
    """One connection to its end: (text, descriptors)."""
    peer, _ = server.accept()
    peer.settimeout(10)
    text, fds = b"", array.array("i")
    with peer:
        while True:
            part, ancillary, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(4 * 8))
            for _, _, data in ancillary:
                fds.frombytes(data)
            if not part:
                break
            text += part
    for fd in fds:
        os.close(fd)
    return text, len(fds)


def test_one_state_and_then_the_end(box, listener):
    """Exactly one state per connection, which is then closed; an exec makes a connection of its own."""
    box.up()
    text, fds = receive(listener)
    state = json.loads(text)
    assert fds == 1 and state["fds"] == ["seccompFd"] and state["metadata"] == "meta"
    assert state["pid"] == box.pid and complaints(state["state"], "state-schema.json") == []
    assert state["ociVersion"] == state["state"]["ociVersion"] and state["state"]["id"] == box.id
    assert state["state"]["status"] == "creating"
    box.exec("/payload", "exit", 0).ok()
    text, fds = receive(listener)
    state = json.loads(text)
    assert fds == 1 and state["pid"] != box.pid and state["state"]["status"] == "running"


def test_listener_that_is_not_there(box, outside):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": f"{outside}/nobody",
                            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    box.run("exit", 0).fails("nobody")
    box.husk("state", box.id).fails("does not exist")
