"""Annotations that ask for something: those of crun that engines set, and those that must not matter."""

import array
import base64
import json
import os
import socket
import struct

import pytest

MKDIR = 83


@pytest.fixture
def server(scratch):
    path = os.path.join(scratch, "receiver")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(path)
    made.listen(1)
    made.settimeout(10)
    yield made
    made.close()
    os.unlink(path)


def receive(server):
    """The words and the one descriptor that came."""
    peer, _ = server.accept()
    with peer:
        peer.settimeout(10)
        text, ancillary, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(4 * 8))
    fds = array.array("i")
    fds.frombytes(ancillary[0][2])
    assert len(fds) == 1
    return text, fds[0]


def annotate(box, **annotations):
    box.config.setdefault("annotations", {}).update({f"run.oci.{k.replace('__', '.')}": v for k, v in annotations.items()})
    return box


def seccomp(box, action="SCMP_ACT_ERRNO", names=("mkdir",), **more):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": list(names), "action": action}], **more}
    return box


@pytest.fixture(autouse=True)
def own_words(husk):
    if husk.standin:
        pytest.skip("stand-in")


def test_keep_original_groups(box):
    annotate(box, keep_original_groups="1")
    box.process["user"]["additionalGids"] = [5, 6]
    before = os.getgroups()
    os.setgroups([0, 77, 78])
    try:
        assert set(box.report()["groups"]) == {0, 77, 78}
    finally:
        os.setgroups(before)


def test_hook_output_goes_to_files(box, scratch):
    out, err = (os.path.join(scratch, n) for n in ("out", "err"))
    annotate(box, hooks__stdout=out, hooks__stderr=err)
    box.bundle.hook("createRuntime", "/bin/sh", "-c", "echo one; echo two >&2")
    box.bundle.hook("poststop", "/bin/sh", "-c", "echo three")
    box.run("exit", "0").ok()
    assert open(out, encoding="ascii").read() == "one\nthree\n"
    assert open(err, encoding="ascii").read() == "two\n"
    assert os.stat(out).st_mode & 0o777 == 0o600


def test_hook_output_that_cannot_be_opened(box):
    annotate(box, hooks__stdout="/proc/no/such/file")
    box.bundle.hook("createRuntime", "/bin/true")
    box.run().fails("createRuntime hook 0", "/proc/no/such/file")


def test_pidfd_receiver(box, server):
    annotate(box, pidfd_receiver=server.getsockname())
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    _, fd = receive(server)
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as f:
        assert f"Pid:\t{box.pid}\n" in f.read()
    os.close(fd)


@pytest.mark.parametrize("way", ["annotation", "environment"])
def test_seccomp_receiver(box, server, way):
    seccomp(box, "SCMP_ACT_NOTIFY")
    env = dict(os.environ)
    if way == "annotation":
        annotate(box, seccomp__receiver=server.getsockname())
    else:
        env["RUN_OCI_SECCOMP_RECEIVER"] = server.getsockname()
    box.bundle.args("/payload", "sleep")
    box.create(env=env).ok()
    text, fd = receive(server)
    os.close(fd)
    assert json.loads(text)["state"]["id"] == box.id


def test_the_config_names_the_listener_first(box, server):
    seccomp(box, "SCMP_ACT_NOTIFY", listenerPath=server.getsockname())
    annotate(box, seccomp__receiver="/nobody/listens/here")
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    os.close(receive(server)[1])


@pytest.mark.parametrize("value, fails", [("1", True), ("0", False), ("", False)])
def test_fail_unknown_syscall(box, value, fails):
    seccomp(box, names=["mkdir", "no_such_call"])
    annotate(box, seccomp_fail_unknown_syscall=value)
    if fails:
        box.run("syscall", MKDIR, 0).fails("linux.seccomp.syscalls[0]", "unknown system call 'no_such_call'")
    else:
        assert box.run("syscall", MKDIR, 0).json["errno"] == "EPERM"


def program(nr, errno):
    """ld nr; jeq nr → errno; else allow."""
    rows = [(0x20, 0, 0, 0), (0x15, 0, 1, nr), (0x06, 0, 0, 0x00050000 | errno), (0x06, 0, 0, 0x7fff0000)]
    return base64.b64encode(b"".join(struct.pack("=HBBI", *row) for row in rows)).decode()


def test_seccomp_bpf_data(box):
    """A ready-made filter takes the place of the config's."""
    seccomp(box, names=["getppid"])
    annotate(box, seccomp_bpf_data=program(MKDIR, 95))
    assert box.run("syscall", MKDIR, 0).json["errno"] in ("ENOTSUP", "EOPNOTSUPP")
    assert box.run("syscall", 110).json["errno"] == ""


def test_seccomp_bpf_data_holds_in_exec(box):
    annotate(box, seccomp_bpf_data=program(MKDIR, 95))
    box.up()
    assert box.exec("/payload", "syscall", MKDIR, 0).json["errno"] in ("ENOTSUP", "EOPNOTSUPP")


@pytest.mark.parametrize("data, text", [("", "whole number"), ("!" * 11 + "=", "base64"), ("AAAA", "whole number"), ("A" * 11 + "=" * 3, "base64"),
                                        ("AAAAAAAAAAA=x", "base64"), ("A" * 65536, "the kernel takes"),
                                        (program(MKDIR, 1)[:-12] + "/" * 11 + "=", "load the seccomp filter")])
def test_seccomp_bpf_data_that_is_none(box, data, text):
    annotate(box, seccomp_bpf_data=data)
    box.run().fails("seccomp", text)


def test_mount_context_type(box):
    annotate(box, mount_context_type="nonsense")
    box.run().fails("run.oci.mount_context_type", "nonsense")
    annotate(box, mount_context_type="rootcontext")
    box.run("exit", "0").ok()


def test_those_of_others_do_not_matter(box):
    """CRIU's file, wasm variants and handlers that husk has not got."""
    box.config["annotations"] = {"org.criu.config": "/no/such/file", "module.wasm.image/variant": "compat",
                                 "io.kubernetes.cri.container-type": "sandbox", "x": ""}
    box.run("exit", "0").ok()


def test_empty_key(box):
    box.config["annotations"] = {"": "x"}
    box.run().fails("annotations")


def test_features_say_which_are_unsafe(husk):
    unsafe = husk("features").ok().json["potentiallyUnsafeConfigAnnotations"]
    assert {"run.oci.hooks.stdout", "run.oci.hooks.stderr", "run.oci.seccomp_bpf_data", "run.oci.pidfd_receiver",
            "run.oci.keep_original_groups", "run.oci.seccomp.receiver", "run.oci.mount_context_type"} <= set(unsafe)
    assert unsafe == sorted(unsafe)
