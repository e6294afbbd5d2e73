"""Sentences of config.md, POSIX-platform Hooks: at which moment each kind runs, and where its path is looked up."""

import os
import shutil

import pytest

RUNTIME_PATH = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as text:
        return text.read().splitlines()


@pytest.mark.parametrize("kind", RUNTIME_PATH)
def test_path_resolves_on_the_host(box, outside, kind):
    """A program that only the host has, under a path that only the host has."""
    shutil.copy("/bin/busybox", f"{outside}/busybox")
    box.config["hooks"] = {kind: [{"path": f"{outside}/busybox", "args": ["touch", f"{outside}/ran"]}]}
    box.run("exit", 0).ok()
    assert os.path.exists(f"{outside}/ran")


@pytest.mark.parametrize("kind", ["prestart", "createRuntime"])
def test_environment_is_there_before_pivot(box, outside, kind):
    """Seen from the host: namespaces and mounts of the container exist, and its root is still ours."""
    script = ("pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/' | head -n1); "
              f"readlink /proc/$pid/ns/mnt /proc/$pid/ns/uts > {outside}/ns; "
              f"grep -c ' {box.bundle.rootfs}/proc ' /proc/$pid/mountinfo > {outside}/mounts")
    box.bundle.hook(kind, "/bin/sh", "-c", f"tr -d '\\n' | {{ {script}; }}")
    box.up()
    pid = box.pid
    assert lines(f"{outside}/ns") == [os.readlink(f"/proc/{pid}/ns/{n}") for n in ("mnt", "uts")]
    assert lines(f"{outside}/mounts") == ["1"], "before pivot_root the mounts hang below the bundle"
    box.stop()


def test_start_container_is_just_before_the_program(box, outside):
    """Part of start, not of create; the program has not run."""
    box.bundle.bind(outside, "/data", "bind", "rw")
    box.bundle.hook("startContainer", "/bin/sh", "-c", "test ! -e /data/program && echo yes > /data/hook")
    box.bundle.args("/bin/sh", "-c", "echo yes > /data/program")
    box.create().ok()
    assert not os.path.exists(f"{outside}/hook")
    box.start().ok()
    assert lines(f"{outside}/hook") == ["yes"]
    box.wait()
    assert lines(f"{outside}/program") == ["yes"]


def test_poststart_is_between_program_and_return(box, outside):
    """The hook waits for a sign of the program; what it writes is there when start returns."""
    box.bundle.bind(outside, "/data", "bind", "rw")
    box.bundle.hook("poststart", "/bin/sh", "-c", f"for i in 1 2 3 4 5 6 7 8 9; do test -e {outside}/program && "
                    f"echo yes > {outside}/hook && exit; sleep 0.3; done")
    box.bundle.args("/bin/sh", "-c", "echo yes > /data/program; sleep 100")
    box.create().ok()
    assert not os.path.exists(f"{outside}/hook")
    box.start().ok()
    assert lines(f"{outside}/hook") == ["yes"]


def test_poststop_is_between_deletion_and_return(box, outside):
    from kit.machine import cgroup_root

    controller = "cgroup2" if cgroup_root("cgroup2") else "memory"
    box.up()
    group = box.cgroup_dir(controller)
    assert os.path.isdir(group)
    box.kill().ok()
    box.wait()
    box.delete("--force")
    box.bundle.hook("poststop", "/bin/sh", "-c", f"sleep 0.3; for f in {group} {box.state_dir}; do "
                    f"test -e $f && echo $f; done > {outside}/left; true")
    box.up()
    box.stop()
    assert os.path.exists(f"{outside}/left") and lines(f"{outside}/left") == []


@pytest.mark.parametrize("kind", ["createRuntime", "createContainer"])
def test_failure_ends_where_delete_would(box, outside, kind):
    """An error of create: the container is stopped and destroyed, poststop runs, and the ID is free again."""
    box.bundle.hook(kind, "/bin/sh", "-c", "exit 1")
    box.bundle.hook("poststop", "/bin/sh", "-c", f"cat > {outside}/state")
    box.bundle.args("/payload", "sleep")
    box.create().fails(kind)
    assert '"stopped"' in " ".join(lines(f"{outside}/state"))
    box.husk("state", box.id).fails("does not exist")
    del box.config["hooks"]
    box.create().ok()
