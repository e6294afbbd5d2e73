"""Seccomp to its end: an agent that answers, ENOSYS for what is newer than the profile, what is refused."""

import array
import errno
import fcntl
import json
import os
import socket
import struct
import threading

import pytest

MKDIR, GETPPID, FUTURE = 83, 110, 499
NOTIF_RECV, NOTIF_SEND, CONTINUE = 0xC0502100, 0xC0182101, 1


@pytest.fixture(autouse=True)
def own(husk):
    if husk.standin:
        pytest.skip("stand-in")


class Agent(threading.Thread):
    """Takes the listener and answers every call with one errno (0: let it go on)."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer, self.states, self.calls = answer, [], []
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(path)
        self.server.listen(4)
        self.server.settimeout(20)

    def run(self):
        try:
            while True:
                peer, _ = self.server.accept()
                text, ancillary, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(32))
                peer.close()
                self.states.append(json.loads(text))
                fds = array.array("i")
                fds.frombytes(ancillary[0][2])
                threading.Thread(target=self.serve, args=(fds[0],), daemon=True).start()
        except OSError:
            pass

    def serve(self, fd):
        try:
            while True:
                request = bytearray(80)
                fcntl.ioctl(fd, NOTIF_RECV, request)
                ident, _, _, nr = struct.unpack_from("=QIIi", request)
                self.calls.append(nr)
                flags = 0 if self.answer else CONTINUE
                fcntl.ioctl(fd, NOTIF_SEND, bytearray(struct.pack("=QqiI", ident, 0, -self.answer, flags)))
        except OSError:
            os.close(fd)


@pytest.fixture
def agent(scratch):
    made = []

    def make(answer):
        path = os.path.join(scratch, f"agent-{len(made)}-{answer}")
        one = Agent(path, answer)
        one.path = path
        one.start()
        made.append(one)
        return one

    yield make
    for one in made:
        one.server.shutdown(socket.SHUT_RDWR)
        one.server.close()
        os.unlink(one.path)


def notify(box, agent, **more):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": agent.path,
                            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}], **more}
    return box


@pytest.mark.parametrize("nnp", [True, False])
@pytest.mark.parametrize("flags", [[], ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], ["SECCOMP_FILTER_FLAG_TSYNC"]])
def test_the_agent_answers(box, agent, flags, nnp):
    serving = agent(errno.ENOSPC)
    box.process["noNewPrivileges"] = nnp
    notify(box, serving, flags=flags, listenerMetadata="some words")
    assert box.run("syscall", MKDIR, 0).json["errno"] == "ENOSPC"
    assert serving.calls == [MKDIR]
    state = serving.states[0]
    assert state["ociVersion"] and state["fds"] == ["seccompFd"] and state["metadata"] == "some words"
    assert state["state"]["status"] == "creating" and state["state"]["bundle"] == box.bundle.path


def test_the_agent_lets_it_go_on(box, agent):
    notify(box, agent(0))
    assert box.run("syscall", MKDIR, 0).json["errno"] == "EFAULT"


def test_an_exec_has_an_agent_too(box, agent):
    serving = agent(errno.EXDEV)
    notify(box, serving).up()
    assert box.exec("/payload", "syscall", MKDIR, 0).json["errno"] == "EXDEV"
    assert len(serving.states) == 2 and serving.states[1]["state"]["status"] == "running"


def test_nobody_listens(box, scratch):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": os.path.join(scratch, "nobody"),
                            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    box.create().fails("seccomp agent")


@pytest.mark.parametrize("seccomp, text", [
    ({"listenerMetadata": "x"}, "listenerMetadata"),
    ({"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/x"}, "default action"),
    ({"listenerPath": "/x", "syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}, "write"),
    ({"listenerPath": "/x", "syscalls": [{"names": ["sendmsg"], "action": "SCMP_ACT_NOTIFY"}]}, "sendmsg"),
    ({"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "errnoRet": 5}]}, "errnoRet"),
    ({"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 70000}]}, "out of range"),
    ({"syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}, "names")])
def test_refused(box, seccomp, text):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", **seccomp}
    box.create().fails(text)


def test_enosys_for_what_is_newer_than_the_profile(box):
    """An allow list that says EPERM knows nothing of calls to come: programs must hear ENOSYS and fall back."""
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": ["execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "mprotect", "prlimit64", "getrandom",
                   "readlink", "readlinkat", "write", "exit_group", "newfstatat", "fstat", "mmap", "munmap", "close", "uname",
                   "capset", "capget", "prctl", "sendmsg", "chdir", "getcwd", "faccessat2", "faccessat", "access", "stat", "statx",
                   "setresuid", "setresgid", "setgroups", "read", "close_range", "fcntl", "openat", "recvmsg", "ioctl", "umask"],
         "action": "SCMP_ACT_ALLOW"}]}
    assert box.run("syscall", FUTURE).json["errno"] == "ENOSYS"
    assert box.run("syscall", GETPPID).json["errno"] == "EPERM"


def test_an_explicit_errno_is_kept(box):
    """Who says which errno gets it for all."""
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir", "no_such_call_at_all"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42}]}
    assert box.run("syscall", MKDIR, 0).json["errno"] == "ENOMSG"


@pytest.mark.parametrize("action", ["SCMP_ACT_LOG", "SCMP_ACT_ALLOW", "SCMP_ACT_TRACE"])
def test_actions_that_let_go_on(box, action):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": action}]}
    assert box.run("syscall", MKDIR, 0).json["errno"] == ("ENOSYS" if action == "SCMP_ACT_TRACE" else "EFAULT")


@pytest.mark.parametrize("action", ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD"])
def test_kills(box, action):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getppid"], "action": action}]}
    assert box.run("syscall", GETPPID).rc == 128 + 31
