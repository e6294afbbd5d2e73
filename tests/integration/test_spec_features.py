"""features.md and features-linux.md: what `husk features` lists is what a config may say."""

import re

import pytest

from kit.schema import complaints

POLICIES = {"MPOL_DEFAULT": "", "MPOL_LOCAL": "", "MPOL_PREFERRED": ""}  # those that take no nodes, or none


@pytest.fixture
def features(husk):
    return husk("features").ok().json


def refused_word(done):
    """Whether a config was refused because of a word, and not because this machine lacks something."""
    return done.rc != 0 and re.search(r"unknown (value|mode|flag|option)|config\.json: ", done.err)


def test_structure(features):
    assert complaints(features, "features-schema.json") == []
    known = {"ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"}
    assert set(features) <= known
    known = {"namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy",
             "mountExtensions", "netDevices"}
    assert set(features["linux"]) <= known
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in features.get("annotations", {}).items())


def test_both_versions_are_accepted(box, features):
    low, high = features["ociVersionMin"], features["ociVersionMax"]
    assert [int(n) for n in low.split(".")] <= [int(n) for n in high.split(".")]
    for version in (low, high, "1.1.0-rc.1"):
        box.config["ociVersion"] = version
        box.run("exit", 0).ok()
    box.config["ociVersion"] = "1.2"
    box.run("exit", 0).fails("ociVersion")


def test_namespaces(box, features):
    for kind in features["linux"]["namespaces"]:
        if kind == "user":
            box.bundle.userns()
        box.bundle.namespace(kind)
        box.run("exit", 0).ok()


def test_capabilities(box, features):
    box.process["capabilities"] = {key: features["linux"]["capabilities"] for key in ("bounding", "effective", "permitted")}
    done = box.run("exit", 0)
    assert done.rc == 0 and "unknown" not in done.err, repr(done)


def test_seccomp(box, features):
    mine = features["linux"]["seccomp"]
    for action in mine["actions"]:
        rule = {"names": ["mkdir"], "action": action}
        more = {"listenerPath": "/nobody"} if action == "SCMP_ACT_NOTIFY" else {}
        box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule] if action != "SCMP_ACT_ALLOW" else [], **more}
        box.bundle.save()
        box.husk("plan", "--bundle", box.bundle.path).ok()
    for operator in mine["operators"]:
        box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 7, "op": operator}]}]}
        box.run("exit", 0).ok()
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": mine["archs"],
                            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}
    box.run("exit", 0).ok()
    assert set(mine["supportedFlags"]) <= set(mine["knownFlags"])
    for flag in mine["knownFlags"]:
        box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "flags": [flag],
                                "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}
        done = box.run("exit", 0)
        assert not refused_word(done)
        if flag in mine["supportedFlags"] and "WAIT_KILLABLE" not in flag:  # that one needs a listener
            done.ok()


def test_memory_policy(box, features):
    mine = features["linux"]["memoryPolicy"]
    for mode in mine["modes"]:
        box.linux["memoryPolicy"] = {"mode": mode, "nodes": POLICIES.get(mode, "0")}
        assert not refused_word(box.run("exit", 0)), mode
    for flag in mine["flags"]:
        box.linux["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0", "flags": [flag]}
        assert not refused_word(box.run("exit", 0)), flag
