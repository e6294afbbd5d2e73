"""A container without a mount namespace: in the host's, behind a chroot, and gone with delete (config-linux.md, Namespaces)."""

import json
import os
import subprocess

import pytest

from kit.terminal import read_until


def layers(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return [line.split()[4] for line in f if line.split()[4].startswith(path)]


@pytest.fixture
def box(box):
    box.bundle.without_namespace("mount")
    return box


def test_namespace_is_the_hosts(box):
    done = box.run("report").ok()
    assert done.json["ns"]["mnt"] == os.readlink("/proc/self/ns/mnt")
    assert "shares the host's mounts" in done.err


def test_root_is_the_rootfs(box):
    open(box.bundle.inside("/marker"), "w", encoding="ascii").close()
    box.bundle.args("/bin/sh", "-c", "ls / && cat /proc/self/comm && echo x > /dev/null && stat -f -c %T /dev")
    words = box.run().ok().out.split()
    assert "marker" in words and "cat" in words and "tmpfs" in words


def test_hidden_paths(box):
    os.mkdir(box.bundle.inside("/secrets"))
    with open(box.bundle.inside("/secrets/key"), "w", encoding="ascii") as f:
        f.write("key")
    box.linux.update(maskedPaths=["/secrets", "/etc/passwd"], readonlyPaths=["/home"])
    box.bundle.args("/bin/sh", "-c", "ls /secrets; cat /etc/passwd; touch /tmp/x && ! touch /home/x 2>/dev/null")
    assert box.run().ok().out == ""
    assert os.listdir(box.bundle.inside("/secrets")) == ["key"]


@pytest.mark.parametrize("readonly", [True, False])
def test_readonly_root(box, readonly):
    box.config["root"]["readonly"] = readonly
    box.bundle.args("/bin/sh", "-c", "touch /x 2>/dev/null || echo refused; touch /dev/x")
    assert box.run().ok().out == ("refused\n" if readonly else "")
    open(box.bundle.inside("/y"), "w", encoding="ascii").close()


def test_exec_has_the_same_root(box):
    open(box.bundle.inside("/marker"), "w", encoding="ascii").close()
    box.up()
    facts = box.exec_report()
    assert facts["ns"]["mnt"] == os.readlink("/proc/self/ns/mnt")
    assert "marker" in box.exec("/bin/ls", "/").ok().out
    assert os.readlink(f"/proc/{box.pid}/root") == os.path.realpath(box.bundle.rootfs)
    for number in range(3, 12):
        assert box.exec("/bin/true", options=["--cwd", f"/proc/self/fd/{number}"]).rc != 0


def test_terminal(box, console):
    box.process["terminal"] = True
    box.bundle.args("/payload", "report")
    box.create("--console-socket", console.path).ok()
    fd, _ = console.receive()
    box.start().ok()
    facts = json.loads(read_until(fd, "\n"))
    os.close(fd)
    assert facts["tty"]["isatty"] == [True] * 3 and "console" in facts["dev"]


def test_delete_takes_all_mounts(box, outside):
    os.mkdir(os.path.join(outside, "sub"))
    box.bundle.bind(outside, "/mnt", "rbind", "rshared")
    box.up()
    assert len(layers(box.bundle.path)) > 4
    assert box.delete().rc != 0
    box.stop()
    assert layers(box.bundle.path) == []


def test_delete_by_force(box):
    box.up()
    box.delete("--force").ok()
    assert layers(box.bundle.path) == []


@pytest.mark.parametrize("propagation", ["private", "rslave", "rshared", "unbindable"])
def test_the_hosts_mounts_below_a_bind_stay(box, outside, propagation):
    """An unmount goes on to peers: what the host has below a shared bind must survive it."""
    sub = os.path.join(outside, "sub")
    os.mkdir(sub)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sub], check=True)
    try:
        box.linux["rootfsPropagation"] = propagation
        box.bundle.bind(outside, "/mnt", "rbind", "rshared").bind(outside, "/home")
        box.up().stop()
        assert os.path.ismount(sub)
    finally:
        subprocess.run(["umount", sub], check=True)


def test_a_rootfs_that_is_a_mount_stays(box):
    subprocess.run(["mount", "--bind", box.bundle.rootfs, box.bundle.rootfs], check=True)
    try:
        box.up().stop()
        assert layers(box.bundle.path) == [os.path.realpath(box.bundle.rootfs)]
    finally:
        subprocess.run(["umount", box.bundle.rootfs], check=True)


def test_rootfs_behind_a_link(box):
    os.rename(box.bundle.rootfs, box.bundle.path + "/real")
    os.symlink("real", box.bundle.rootfs)
    box.up().stop()
    assert layers(box.bundle.path) == []


def test_failed_create(box):
    box.bundle.hook("createContainer", "/bin/false")
    done = box.create()
    assert done.rc == 1 and "createContainer" in done.err
    assert layers(box.bundle.path) == []


@pytest.mark.parametrize("again", [True, False])
def test_killed_create(box, again):
    """Whoever comes next, create or delete, clears away what it left."""
    box.bundle.hook("createRuntime", "/bin/sh", "-c", "kill -9 $PPID")
    assert box.create().rc != 0
    assert layers(box.bundle.path) != []
    box.config.pop("hooks")
    if again:
        box.create().ok()
    box.delete("--force").ok()
    assert layers(box.bundle.path) == []


def test_root_of_the_host_is_refused(box):
    box.config["root"]["path"] = "/"
    done = box.run()
    assert done.rc == 1 and "the host's root" in done.err


def test_user_namespace_is_refused(box):
    box.bundle.userns()
    box.run().fails("linux.namespaces", "mount namespace")
