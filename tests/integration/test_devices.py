"""Devices: the ones that are always there, the ones asked for, and the rules that the cgroup enforces."""

import os
import stat

import pytest

DEFAULT = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


@pytest.mark.fallback
def test_default_devices(box):
    dev = box.report()["dev"]
    for name, numbers in DEFAULT.items():
        assert dev[name]["type"] == "c" and (dev[name]["major"], dev[name]["minor"]) == numbers
        assert dev[name]["mode"] == 0o666 and dev[name]["uid"] == 0
    assert dev["ptmx"].get("target") == "pts/ptmx" or dev["ptmx"]["type"] == "c"


@pytest.mark.fallback
def test_default_links(box):
    dev = box.report()["dev"]
    links = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
    assert {name: dev[name]["target"] for name in links} == links


@pytest.mark.fallback
def test_default_devices_in_a_user_namespace(box):
    box.bundle.userns()
    dev = box.report()["dev"]
    assert all((dev[n]["major"], dev[n]["minor"]) == numbers for n, numbers in DEFAULT.items())


def test_no_console_without_a_terminal(box):
    assert "console" not in box.report()["dev"]


@pytest.mark.parametrize("kind", ["c", "b", "p"])
def test_asked_for(box, kind):
    numbers = {} if kind == "p" else {"major": 10, "minor": 229}
    box.linux["devices"] = [{"path": "/dev/mine", "type": kind, **numbers, "fileMode": 0o622, "uid": 5, "gid": 6}]
    seen = box.report()["dev"]["mine"]
    assert seen["type"] == kind and seen["mode"] == 0o622 and (seen["uid"], seen["gid"]) == (5, 6)
    if kind != "p":
        assert (seen["major"], seen["minor"]) == (10, 229)


def test_umask_of_the_caller_does_not_matter(box):
    box.linux["devices"] = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229, "fileMode": 0o666}]
    old = os.umask(0o077)
    try:
        dev = box.report()["dev"]
    finally:
        os.umask(old)
    assert dev["mine"]["mode"] == dev["null"]["mode"] == 0o666


def test_in_a_new_directory(box):
    box.linux["devices"] = [{"path": "/dev/deep/down/mine", "type": "c", "major": 10, "minor": 229}]
    seen = box.run("stat", "/dev/deep/down/mine").ok().json
    assert stat.S_ISCHR(seen["mode"]) and (seen["major"], seen["minor"]) == (10, 229)


def test_existing_file_that_does_not_match(box):
    box.bundle.without_mount("/dev").without_mount("/dev/pts")
    open(box.bundle.inside("/dev/mine"), "w", encoding="ascii").close()
    box.linux["devices"] = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229}]
    done = box.run()
    if not box.husk.standin:
        done.fails("/dev/mine")


def test_unknown_type(box):
    box.linux["devices"] = [{"path": "/dev/mine", "type": "x", "major": 1, "minor": 1}]
    box.run().fails("x")


def test_rules_deny_by_default(box):
    """Without a rule a device that is not one of the default ones cannot be opened, even with mknod."""
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"}])
    assert box.run("open-dev", "c", 1, 3).ok().json["errno"] == ""
    assert box.run("open-dev", "c", 10, 229).json["errno"] == "EPERM"


def test_rules_allow(box):
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"},
                                  {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rwm"}])
    assert box.run("open-dev", "c", 10, 229).json["errno"] != "EPERM"
    assert box.run("open-dev", "c", 10, 237).json["errno"] == "EPERM"


def test_rules_are_applied_in_order(box):
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"},
                                  {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
                                  {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "rw"}])
    assert box.run("open-dev", "c", 10, 229).json["errno"] == "EPERM"


def test_rules_with_wildcards(box):
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"},
                                  {"allow": True, "type": "c", "major": 10, "access": "rwm"}])
    assert box.run("open-dev", "c", 10, 229).json["errno"] != "EPERM"


def test_rules_do_not_bind_the_runtime(box):
    """A denied device can still be asked for: the node is made before the rules take hold, or in spite of them."""
    box.linux["devices"] = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229}]
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"}])
    facts = box.report()
    assert (facts["dev"]["mine"]["major"], facts["dev"]["mine"]["minor"]) == (10, 229)


def test_rules_hold_for_exec(box):
    box.bundle.resources(devices=[{"allow": False, "access": "rwm"}])
    box.up()
    assert box.exec("/payload", "open-dev", "c", 10, 229).json["errno"] == "EPERM"
    assert box.exec("/payload", "open-dev", "c", 1, 3).json["errno"] == ""
