"""Sentences of config-linux.md and runtime-linux.md that need a container to be seen."""

import os
import time

import pytest

from kit.machine import cgroup_root


def own_controller():
    return "cgroup2" if cgroup_root("cgroup2") else "memory"


def test_cgroups_path_is_always_the_same_place(boxes):
    """The same value leads two containers to the same cgroup, relative to the mount of each hierarchy."""
    first, second = boxes(), boxes()
    second.linux["cgroupsPath"] = first.linux["cgroupsPath"]
    places = []
    for box in (first, second):
        box.up()
        with open(os.path.join(box.cgroup_dir(own_controller()), "cgroup.procs"), encoding="ascii") as text:
            assert str(box.pid) in text.read().split()
        with open(f"/proc/{box.pid}/cgroup", encoding="ascii") as text:
            places.append(text.read())
        box.stop()
    assert places[0] == places[1]


def test_relative_cgroups_path(box):
    box.linux["cgroupsPath"] = box.id
    box.up()
    with open(f"/proc/{box.pid}/cgroup", encoding="ascii") as text:
        assert any(line.endswith("/" + box.id) for line in text.read().splitlines())
    box.stop()


def test_cgroup_that_is_not_fit(boxes):
    """A cgroup that another, paused container is in would hold the new one as well: an error, not a hang."""
    first, second = boxes().up(), boxes()
    second.linux["cgroupsPath"] = first.linux["cgroupsPath"]
    first.husk("pause", first.id).ok()
    begin = time.monotonic()
    done = second.run("exit", 0, timeout=20)
    assert done.rc != 0 and done.err and time.monotonic() - begin < 10
    assert first.status == "paused"


@pytest.mark.needs("unified")
def test_cgroup_of_a_user_namespace(box):
    """With a cgroup2 mount that may be written: the directory and the files that the kernel lists, and no others."""
    box.bundle.userns(base=100000)
    box.bundle.namespace("cgroup")
    box.bundle.mount("/sys/fs/cgroup", "cgroup", "cgroup2", ["rw", "nosuid", "noexec", "nodev"])
    box.up()
    place = box.cgroup_dir("cgroup2")
    with open("/sys/kernel/cgroup/delegate", encoding="ascii") as text:
        listed = set(text.read().split())
    for name in os.listdir(place):
        path = os.path.join(place, name)
        if os.path.isfile(path):
            assert os.stat(path).st_uid == (100000 if name in listed else 0), name
    assert os.stat(place).st_uid == 100000
    box.stop()


@pytest.mark.parametrize("key", ["maskedPaths", "readonlyPaths"])
def test_hidden_paths_are_absolute(box, key):
    box.linux[key] = ["proc/kcore"]
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails(f"linux.{key}")


def test_links_only_where_they_lead_somewhere(box):
    """runtime-linux.md: /dev/fd and its like exist if /proc/self/fd does."""
    box.bundle.args("/bin/sh", "-c", "for f in fd stdin stdout stderr; do readlink /dev/$f; done")
    seen = box.run().ok().out.split()
    assert seen == ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"]
