"""Seccomp: the filter that the config asks for is the one that holds (config-linux.md, Seccomp)."""

import array
import json
import os
import socket
import subprocess

import pytest

GETPPID, MKDIR, SOCKET, PERSONALITY = 110, 83, 41, 135


def profile(box, *rules, default="SCMP_ACT_ALLOW", **more):
    box.linux["seccomp"] = {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64"], "syscalls": list(rules), **more}
    return box


@pytest.fixture(autouse=True)
def no_filter_cache(husk):
    """crun keeps compiled filters; as a stand-in it may."""
    yield
    if husk.standin:
        subprocess.run(["rm", "-rf", os.path.join(husk.root, ".cache")], check=False)


@pytest.mark.fallback
@pytest.mark.parametrize("nnp", [True, False])
def test_errno(box, nnp):
    box.process["noNewPrivileges"] = nnp
    profile(box, {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95})
    assert box.run("syscall", MKDIR, 0).json["errno"] in ("ENOTSUP", "EOPNOTSUPP")
    assert box.report()["status"]["Seccomp"] == "2"


def test_errno_default_is_eperm(box):
    profile(box, {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"})
    assert box.run("syscall", MKDIR, 0).json["errno"] == "EPERM"


def test_none(box):
    assert box.report()["status"]["Seccomp"] == "0"


def test_kill(box):
    profile(box, {"names": ["getppid"], "action": "SCMP_ACT_KILL_PROCESS"})
    assert box.run("syscall", GETPPID).rc == 128 + 31


def test_trap(box):
    box.bundle.without_namespace("pid")
    profile(box, {"names": ["getppid"], "action": "SCMP_ACT_TRAP"})
    assert box.run("syscall", GETPPID).rc == 128 + 31


def test_default_action_is_refusal(box):
    """An allow list, as engines write it; a listed call works, an unlisted one does not."""
    names = ["access", "arch_prctl", "brk", "capget", "capset", "chdir", "clone", "clone3", "close", "close_range", "dup", "dup2",
             "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait", "execve", "execveat", "exit", "exit_group", "faccessat",
             "faccessat2", "fchdir", "fchown", "fchownat", "fcntl", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getgid",
             "getpid", "getppid", "getrandom", "gettid", "getuid", "ioctl", "keyctl", "lseek", "lstat", "mmap", "mount", "mprotect",
             "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2", "pipe2", "poll", "ppoll", "prctl", "pread64",
             "prlimit64", "read", "readlink", "readlinkat", "recvfrom", "recvmsg", "rseq", "rt_sigaction", "rt_sigprocmask",
             "rt_sigreturn", "sched_getaffinity", "sched_yield", "sendmsg", "sendto", "set_robust_list", "set_tid_address",
             "setgid", "setgroups", "setresgid", "setresuid", "setsid", "setuid", "sigaltstack", "socket", "socketpair", "connect",
             "stat", "statfs", "statx", "tgkill", "umask", "uname", "umount2", "unshare", "wait4", "waitid", "write", "writev",
             "rt_sigtimedwait", "syscall_that_no_kernel_has"]
    profile(box, {"names": names, "action": "SCMP_ACT_ALLOW"}, default="SCMP_ACT_ERRNO")
    assert box.run("syscall", GETPPID).ok().json["errno"] == ""
    assert box.run("syscall", PERSONALITY, 0xffffffff).json["errno"] == "EPERM"


def test_default_errno(box):
    profile(box, default="SCMP_ACT_ALLOW", defaultErrnoRet=5)
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails("defaultErrnoRet")


@pytest.mark.parametrize("op, value, more, hit", [
    ("SCMP_CMP_EQ", 2, {}, True), ("SCMP_CMP_EQ", 3, {}, False), ("SCMP_CMP_NE", 3, {}, True), ("SCMP_CMP_LT", 3, {}, True),
    ("SCMP_CMP_LT", 2, {}, False), ("SCMP_CMP_LE", 2, {}, True), ("SCMP_CMP_GE", 2, {}, True), ("SCMP_CMP_GT", 2, {}, False),
    ("SCMP_CMP_MASKED_EQ", 2, {"valueTwo": 2}, True), ("SCMP_CMP_MASKED_EQ", 1, {"valueTwo": 1}, False)])
def test_arguments(box, op, value, more, hit):
    """socket(2, …) against one comparison of its first argument; valueTwo is the datum of MASKED_EQ, value its mask."""
    profile(box, {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38,
                  "args": [{"index": 0, "value": value, "op": op, **more}]})
    done = box.run("syscall", SOCKET, 2, 1, 0)
    assert (done.json["errno"] == "ENOSYS") == hit, repr(done)


def test_several_conditions_on_one_argument_mean_or(box):
    profile(box, {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "args": [
        {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]})
    assert box.run("syscall", SOCKET, 2, 1, 0).json["errno"] == "ENOSYS"


@pytest.mark.parametrize("change, text", [
    ({"defaultAction": "SCMP_ACT_BOGUS"}, "SCMP_ACT_BOGUS"),
    ({"architectures": ["SCMP_ARCH_BOGUS"]}, "SCMP_ARCH_BOGUS"),
    ({"flags": ["SECCOMP_FILTER_FLAG_BOGUS"]}, "SECCOMP_FILTER_FLAG_BOGUS"),
    ({"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 9, "value": 1, "op": "SCMP_CMP_EQ"}]}]},
     ""),
    ({"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "op": "BOGUS"}]}]},
     "BOGUS")])
def test_invalid(box, change, text):
    profile(box)
    box.linux["seccomp"].update(change)
    box.run().fails(text)


@pytest.mark.parametrize("flag", ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"])
def test_flags(box, flag):
    profile(box, {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}, flags=[flag])
    assert box.run("syscall", MKDIR, 0).json["errno"] == "EPERM"


def test_large_profile(box):
    """450 names in one rule, as the engines' default profiles have, many of them unknown to this kernel."""
    names = [f"made_up_call_{i}" for i in range(450)] + ["mkdir"]
    profile(box, {"names": names, "action": "SCMP_ACT_ERRNO"})
    assert box.run("syscall", MKDIR, 0).json["errno"] == "EPERM"


def test_listener(box, scratch):
    """The notify descriptor arrives with the container process state."""
    path = os.path.join(scratch, "listener")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen(1)
    server.settimeout(10)
    try:
        profile(box, {"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}, listenerPath=path, listenerMetadata="meta")
        box.bundle.args("/payload", "sleep")
        box.create().ok()
        box.start().ok()
        peer, _ = server.accept()
        peer.settimeout(10)
        text, ancillary, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(4 * 8))
        state = json.loads(text)
        fds = array.array("i")
        fds.frombytes(ancillary[0][2])
        peer.close()
        for fd in fds:
            os.close(fd)
        assert len(fds) == 1 and state["fds"] == ["seccompFd"] and state["metadata"] == "meta"
        assert state["state"]["id"] == box.id
        if not box.husk.standin:
            assert state["pid"] == box.pid
    finally:
        server.close()
        os.unlink(path)


def test_notify_without_a_listener(box):
    profile(box, {"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"})
    box.run().fails("listenerPath" if not box.husk.standin else "")
