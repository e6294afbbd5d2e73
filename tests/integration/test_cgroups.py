"""Cgroups: limits that hold, a hierarchy that lacks a controller, freezing, and what is removed (config-linux.md)."""

import os
import time

import pytest

MIB = 1 << 20


def value(box, controller, *names):
    """The first of the files that exists: v1 and v2 call them differently."""
    for name in names:
        path = os.path.join(box.cgroup_dir(controller), name)
        if os.path.exists(path):
            return open(path, encoding="ascii").read().strip()
    raise AssertionError(f"none of {names} in {box.cgroup_dir(controller)}: {os.listdir(box.cgroup_dir(controller))}")


@pytest.mark.needs("memory controller")
def test_memory_limit(box):
    box.bundle.resources(memory={"limit": 64 * MIB})
    box.up()
    assert value(box, "memory", "memory.limit_in_bytes", "memory.max") == str(64 * MIB)


@pytest.mark.needs("memory controller")
def test_memory_limit_holds(box):
    box.bundle.resources(memory={"limit": 32 * MIB, "swap": 32 * MIB})
    done = box.run("alloc", 100)
    assert done.rc == 137, repr(done)


@pytest.mark.needs("memory controller")
def test_memory_reservation(box):
    box.bundle.resources(memory={"limit": 64 * MIB, "reservation": 32 * MIB})
    box.up()
    assert value(box, "memory", "memory.soft_limit_in_bytes", "memory.low") == str(32 * MIB)


@pytest.mark.needs("memory controller")
def test_memory_unlimited(box):
    box.bundle.resources(memory={"limit": -1})
    box.run("exit", 0).ok()


@pytest.mark.needs("memory controller")
def test_memory_too_low_to_start(box):
    """One line that says what happened, and nothing left behind."""
    box.bundle.resources(memory={"limit": 4096})
    done = box.run("exit", 0)
    assert done.rc != 0
    if not box.husk.standin:
        assert done.err.count("\n") == 1 and "memory" in done.err.lower(), repr(done)


@pytest.mark.needs("pids controller")
def test_pids_limit(box):
    box.bundle.resources(pids={"limit": 5})
    seen = box.run("fork", 20).json
    assert seen["errno"] == "EAGAIN" and seen["made"] == 4


@pytest.mark.needs("pids controller")
def test_pids_unlimited(box):
    box.bundle.resources(pids={"limit": -1})
    box.up()
    assert value(box, "pids", "pids.max") == "max"


@pytest.mark.needs("cpu controller")
def test_cpu(box):
    box.bundle.resources(cpu={"shares": 512, "quota": 50000, "period": 100000})
    box.up()
    if os.path.exists(os.path.join(box.cgroup_dir("cpu"), "cpu.max")):
        assert value(box, "cpu", "cpu.max") == "50000 100000"
    else:
        assert value(box, "cpu", "cpu.shares") == "512"
        assert (value(box, "cpu", "cpu.cfs_quota_us"), value(box, "cpu", "cpu.cfs_period_us")) == ("50000", "100000")


@pytest.mark.needs("cpuset controller")
def test_cpuset(box):
    box.bundle.resources(cpu={"cpus": "0", "mems": "0"})
    assert box.report()["cpus"] == [0]


@pytest.mark.needs("cpuset controller")
def test_cpuset_that_cannot_be(box):
    box.bundle.resources(cpu={"cpus": "4000"})
    box.run().fails("cpuset.cpus")


@pytest.mark.needs("unified", "v2 without memory")
@pytest.mark.parametrize("limits, controller", [
    ({"memory": {"limit": 64 * MIB}}, "memory"), ({"pids": {"limit": 10}}, "pids"), ({"cpu": {"shares": 512}}, "cpu"),
    ({"cpu": {"cpus": "0"}}, "cpuset")])
def test_missing_controller_is_named(box, limits, controller):
    box.bundle.resources(**limits)
    box.run().fails(controller)


@pytest.mark.needs("unified", "v2 without memory")
@pytest.mark.parametrize("limits", [{"pids": {"limit": 0}}, {"pids": {"limit": -1}}, {"memory": {"limit": -1}},
                                    {"memory": {}}, {"cpu": {"shares": 0}}, {"cpu": {}}, {"blockIO": {}}])
def test_missing_controller_does_not_matter_when_nothing_is_asked(box, limits):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.bundle.resources(**limits)
    box.run("exit", 0).ok()


@pytest.mark.needs("unified")
def test_unified_map(box):
    box.bundle.resources(unified={"cgroup.max.descendants": "3"})
    box.up()
    path = os.path.join(box.cgroup_dir("cgroup2"), "cgroup.max.descendants")
    assert open(path, encoding="ascii").read().strip() == "3"


@pytest.mark.needs("unified")
@pytest.mark.parametrize("key", ["no_such_controller.max", "../cgroup.procs", "cgroup.procs/../x", "nodot"])
def test_unified_map_refuses(box, key):
    box.bundle.resources(unified={key: "1"})
    box.run().fails(key.split(".")[0] if "/" not in key else key)


@pytest.mark.needs("unified", "hugetlb controller")
def test_huge_pages(box):
    box.bundle.resources(hugepageLimits=[{"pageSize": "2MB", "limit": 4 * MIB}])
    box.up()
    assert value(box, "hugetlb", "hugetlb.2MB.max") == str(4 * MIB)


def test_freeze_stops_the_clock(box):
    box.up("ticks", "/tmp/ticks")
    path = box.bundle.inside("/tmp/ticks")
    time.sleep(0.1)
    box.husk("pause", box.id).ok()
    first = os.path.getsize(path)
    time.sleep(0.15)
    assert os.path.getsize(path) == first > 0
    box.husk("resume", box.id).ok()
    time.sleep(0.15)
    assert os.path.getsize(path) > first


def test_kill_reaches_a_paused_container(box):
    box.up()
    box.husk("pause", box.id).ok()
    box.kill().ok()
    if box.husk.standin:
        box.husk("resume", box.id)
    box.wait()


def test_everything_is_removed(box):
    box.linux["cgroupsPath"] = f"/{box.id}/deep/down"
    box.up()
    box.stop()
    # The fixture `unchanged` looks for leftovers; parents that husk made are its own to remove, or to leave.
    for controller in ("memory", "cgroup2"):
        from kit.machine import cgroup_root
        if cgroup_root(controller):
            assert not os.path.exists(box.cgroup_dir(controller))
    from kit import machine
    machine.remove_cgroups(box.id)


def test_cgroups_made_by_the_container_are_removed(box):
    from kit.machine import cgroup_root
    controller = "cgroup2" if cgroup_root("cgroup2") else "memory"
    box.up()
    os.mkdir(os.path.join(box.cgroup_dir(controller), "made-inside"))
    box.stop()


def test_default_path(box):
    """Without cgroupsPath husk chooses, and cleans up what it chose."""
    del box.linux["cgroupsPath"]
    box.run("exit", 0).ok()


@pytest.mark.parametrize("path", ["/../escape", "/a/../../escape"])
def test_path_that_climbs(box, path):
    box.linux["cgroupsPath"] = path + box.id
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails("cgroupsPath")


def test_process_is_in_its_cgroup_before_it_runs(box):
    assert any(box.id in line or line.endswith(":/") for line in box.report()["cgroup"])


def test_cgroup_manager_disabled(box):
    if "runc" in box.husk.program and box.husk.standin:
        pytest.skip("runc does not have it")
    del box.linux["cgroupsPath"]
    box.bundle.save()
    done = box.husk("run", "--bundle", box.bundle.path, box.id, options=["--cgroup-manager", "disabled"])
    done.ok()


@pytest.mark.needs("pids controller")
def test_update(box):
    box.bundle.resources(pids={"limit": 10})
    box.up()
    box.husk("update", "--pids-limit", "20", box.id).ok()
    assert value(box, "pids", "pids.max") == "20"
    box.husk("update", "--resources", "-", box.id, text='{"pids": {"limit": 30}}').ok()
    assert value(box, "pids", "pids.max") == "30"


@pytest.mark.needs("memory controller")
def test_update_memory(box):
    box.bundle.resources(memory={"limit": 64 * MIB})
    box.up()
    box.husk("update", "--memory", "128M", box.id).ok()
    assert value(box, "memory", "memory.limit_in_bytes", "memory.max") == str(128 * MIB)


def test_update_of_a_missing_container(husk, ident):
    husk("update", "--pids-limit", "20", ident).fails(f'container "{ident}" does not exist')


@pytest.mark.needs("cgroup2 controller")
def test_exec_into_a_container_that_manages_its_cgroup(box):
    """As systemd does inside: its processes sit below, controllers are handed down, and the top takes none any more."""
    box.up()
    top = box.cgroup_dir("cgroup2")
    with open(f"{top}/cgroup.controllers", encoding="ascii") as f:
        controllers = f.read().split()
    if not controllers:
        pytest.skip("cgroup2 without a controller")
    os.mkdir(f"{top}/init.scope")
    with open(f"{top}/init.scope/cgroup.procs", "w", encoding="ascii") as f:
        f.write(str(box.pid))
    with open(f"{top}/cgroup.subtree_control", "w", encoding="ascii") as f:
        f.write("+" + controllers[0])
    done = box.exec("/bin/sh", "-c", "cat /proc/self/cgroup").ok()
    assert f"0::/{box.id}/init.scope" in done.out or "0::/init.scope" in done.out, done


@pytest.mark.needs("cgroup2 controller")
def test_delete_of_cgroups_deeper_than_a_path(box):
    """A container that manages its cgroup can nest as deep as it likes: no path reaches the last one, yet delete removes all."""
    box.up()
    top, name = box.cgroup_dir("cgroup2"), "x" * 250
    fd = os.open(top, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(name, dir_fd=fd)
        below = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.mkdir("beside", dir_fd=fd)
    os.close(fd)
    box.delete("--force").ok()
    assert not os.path.exists(top)
