"""Update: limits of a running container, one at a time, all or nothing, and what stays as it was."""

import json
import os

import pytest

from test_cgroups import MIB, value

V1_UNLIMITED = 0x7ffffffffffff000


def update(box, *args, **kwargs):
    return box.husk("update", *args, box.id, **kwargs)


def resources(box, wanted):
    return update(box, "--resources", "-", text=json.dumps(wanted))


def memory(box):
    """Limit, and limit of memory and swap together; -1 for none."""
    if os.path.exists(os.path.join(box.cgroup_dir("memory"), "memory.max")):
        limit, swap = (value(box, "memory", name) for name in ("memory.max", "memory.swap.max"))
        limit, swap = (-1 if text == "max" else int(text) for text in (limit, swap))
        return limit, swap if swap < 0 else swap + limit
    both = (int(value(box, "memory", f"memory.{name}")) for name in ("limit_in_bytes", "memsw.limit_in_bytes"))
    return tuple(-1 if n >= V1_UNLIMITED else n for n in both)


def quota(box):
    if os.path.exists(os.path.join(box.cgroup_dir("cpu"), "cpu.max")):
        return value(box, "cpu", "cpu.max").replace("max", "-1").split()
    return [value(box, "cpu", "cpu.cfs_quota_us"), value(box, "cpu", "cpu.cfs_period_us")]


@pytest.mark.needs("memory controller")
def test_memory_and_swap(box):
    box.bundle.resources(memory={"limit": 64 * MIB, "swap": 128 * MIB})
    box.up()
    update(box, "--memory", "32M").ok()
    assert memory(box) == (32 * MIB, 128 * MIB)
    update(box, "--memory", "100m").ok()
    assert memory(box) == (100 * MIB, 128 * MIB)
    update(box, "--memory", "200M").fails("memory.swap")
    assert memory(box) == (100 * MIB, 128 * MIB)
    update(box, "--memory", "1g", "--memory-swap", "2g").ok()
    assert memory(box) == (1024 * MIB, 2048 * MIB)
    update(box, "--memory", "64M", "--memory-swap", "64M").ok()
    assert memory(box) == (64 * MIB, 64 * MIB)
    update(box, "--memory-swap", "-1").ok()
    assert memory(box) == (64 * MIB, -1)
    update(box, "--memory", "-1").ok()
    assert memory(box) == (-1, -1)


@pytest.mark.needs("memory controller")
def test_memory_limit_holds_afterwards(box):
    box.up()
    update(box, "--memory", "32M", "--memory-swap", "32M").ok()
    assert box.exec("/payload", "alloc", "100").rc == 137


@pytest.mark.needs("memory controller")
@pytest.mark.parametrize("check", [True, False])
def test_memory_below_usage(box, check):
    box.up()
    before = memory(box)
    if check or os.path.exists(os.path.join(box.cgroup_dir("memory"), "memory.limit_in_bytes")):
        resources(box, {"memory": {"limit": 4096, "checkBeforeUpdate": check}}).fails("memory")
        assert memory(box) == before
    assert box.status == "running"


@pytest.mark.needs("pids controller")
def test_pids_limit_holds_afterwards(box):
    box.up()
    update(box, "--pids-limit", "6").ok()
    seen = box.exec("/payload", "fork", "20").json
    assert seen["errno"] == "EAGAIN" and seen["made"] == 4


@pytest.mark.needs("cpu controller")
def test_half_of_the_quota_keeps_the_other_half(box):
    box.bundle.resources(cpu={"quota": 50000, "period": 100000})
    box.up()
    update(box, "--cpu-period", "50000").ok()
    assert quota(box) == ["50000", "50000"]
    update(box, "--cpu-quota", "20000").ok()
    assert quota(box) == ["20000", "50000"]
    update(box, "--cpu-quota", "-1").ok()
    assert quota(box) == ["-1", "50000"]
    update(box, "--cpu-period", "100000").ok()
    assert quota(box) == ["-1", "100000"]


@pytest.mark.needs("cpu controller")
def test_shares_outlive_idleness(box):
    box.bundle.resources(cpu={"shares": 512})
    box.up()
    update(box, "--cpu-idle", "1").ok()
    assert value(box, "cpu", "cpu.idle") == "1"
    update(box, "--cpu-share", "2048").ok()
    update(box, "--cpu-idle", "0").ok()
    assert value(box, "cpu", "cpu.idle") == "0"
    assert value(box, "cpu", "cpu.shares", "cpu.weight") in ("2048", "170")


@pytest.mark.needs("cpuset controller")
def test_cpuset(box):
    box.up()
    update(box, "--cpuset-cpus", "0", "--cpuset-mems", "0").ok()
    assert box.exec_report()["cpus"] == [0]


@pytest.mark.needs("cpu controller", "pids controller")
def test_all_or_nothing(box):
    box.bundle.resources(cpu={"quota": 50000, "period": 100000, "shares": 512}, pids={"limit": 20})
    box.up()
    # The cpuset comes after the quota and cannot be.
    resources(box, {"cpu": {"quota": 20000, "shares": 100, "cpus": "4000"}, "pids": {"limit": 10}}).fails("cpuset.cpus")
    assert quota(box) == ["50000", "100000"] and value(box, "pids", "pids.max") == "20"
    assert value(box, "cpu", "cpu.shares", "cpu.weight") in ("512", "59")
    # What was refused is not remembered either.
    update(box, "--cpu-period", "50000").ok()
    assert quota(box) == ["50000", "50000"]


@pytest.mark.needs("pids controller")
def test_unset_and_zero_change_nothing(box):
    box.bundle.resources(pids={"limit": 20})
    box.up()
    update(box).ok()
    update(box, "--pids-limit", "0", "--cpu-share", "0", "--memory", "0").ok()
    resources(box, {"devices": [{"allow": False, "access": "rwm"}], "unknown": 1, "memory": {"limit": 0}}).ok()
    assert value(box, "pids", "pids.max") == "20"


@pytest.mark.needs("pids controller")
def test_from_a_file_ignores_flags(box, scratch):
    path = os.path.join(scratch, "resources.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"pids": {"limit": 30}}, f)
    box.up()
    update(box, "-r", path, "--pids-limit", "40", "--kernel-memory", "1M").ok()
    assert value(box, "pids", "pids.max") == "30"


@pytest.mark.needs("pids controller")
def test_created_and_paused(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    update(box, "--pids-limit", "30").ok()
    assert value(box, "pids", "pids.max") == "30"
    box.start().ok()
    box.husk("pause", box.id).ok()
    update(box, "--pids-limit", "31").ok()
    assert value(box, "pids", "pids.max") == "31"
    box.husk("resume", box.id).ok()


def test_stopped(box):
    box.up()
    box.kill().ok()
    box.wait()
    update(box, "--pids-limit", "30").fails("container not running")


def test_state_directory_goes_away(box):
    box.up()
    update(box).ok()
    assert os.path.exists(os.path.join(box.state_dir, "resources.json"))
    box.stop()
    assert not os.path.exists(box.state_dir)


@pytest.mark.parametrize("text, words", [
    ('{"memory":{"limit":"64M"}}', "memory.limit: expected an integer"), ("[]", "standard input"), ("", "standard input"),
    ('{"pids":{"limit":1}', "standard input")])
def test_bad_request(box, text, words):
    box.up()
    update(box, "-r", "-", text=text).fails(words)


@pytest.mark.parametrize("flag, text", [
    ("--memory", "64X"), ("--memory", ""), ("--pids-limit", "many"), ("--cpu-quota", "1.5"), ("--cpu-share", "-1"),
    ("--blkio-weight", "5"), ("--cpu-idle", "2"), ("--memory-swap", "--")])
def test_bad_flag(box, flag, text):
    box.up()
    if text:
        update(box, flag, text).fails()
    else:  # callers of runc pass "" for "none"
        update(box, flag, text).ok()


def test_intel_rdt_is_refused(box):
    box.up()
    update(box, "--l3-cache-schema", "L3:0=f").fails("intelRdt")


@pytest.mark.needs("unified", "v2 without memory")
@pytest.mark.parametrize("flag, controller", [("--memory", "memory"), ("--pids-limit", "pids"), ("--cpu-share", "cpu")])
def test_missing_controller_is_named(box, flag, controller):
    box.up()
    update(box, flag, "1000").fails(f"needs the {controller} controller")


@pytest.mark.needs("unified")
def test_unified_map(box):
    box.up()
    resources(box, {"unified": {"cgroup.max.descendants": "3"}}).ok()
    path = os.path.join(box.cgroup_dir("cgroup2"), "cgroup.max.descendants")
    assert open(path, encoding="ascii").read().strip() == "3"
    resources(box, {"unified": {"cgroup.max.descendants": "5", "cgroup.max.depth": "deep"}}).fails("cgroup.max.depth")
    assert open(path, encoding="ascii").read().strip() == "3"
