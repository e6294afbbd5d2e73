"""Events: the shape of the statistics, that they count, and that an out of memory is told at once."""

import json
import os
import subprocess
import time

import pytest

MIB = 1 << 20
FLAGS = {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page", "memory_spread_slab",
         "memory_pressure", "sched_load_balance", "sched_relax_domain_level"}


def stats(box):
    event = box.husk("events", "--stats", box.id).ok().json
    assert (event["type"], event["id"]) == ("stats", box.id)
    return event["data"]


class Watch:
    """`husk events` in the background."""

    def __init__(self, box, *options):
        self.process = box.husk.spawn("events", *options, box.id, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.2)  # it has nothing to say yet, so nobody can tell that it listens

    def lines(self, seconds=10):
        """All of it, until it ends by itself."""
        out, err = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0, err
        return [json.loads(line) for line in out.decode().splitlines()]


@pytest.fixture
def watch(box):
    made = []

    def start(*options):
        made.append(Watch(box, *options))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def test_shape(box):
    data = stats(box.up())
    assert set(data) >= {"cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "network_interfaces"}
    assert set(data["cpu"]) - {"psi"} == {"usage", "throttling"}
    assert set(data["cpu"]["usage"]) >= {"total", "kernel", "user"}
    assert set(data["cpuset"]) - {"cpus", "mems"} == FLAGS
    for entry in ("usage", "swap", "kernel", "kernelTCP"):
        assert {"limit", "failcnt"} <= set(data["memory"][entry]) <= {"limit", "failcnt", "usage", "max"}
    for size, entry in data["hugetlb"].items():
        assert size[0].isdigit() and "failcnt" in entry
    assert data["pids"]["current"] == 1
    assert data["cpu"]["usage"]["total"] > 0


@pytest.mark.needs("unified")
def test_pressure(box):
    data = stats(box.up())
    for part in ("cpu", "memory", "blkio"):
        for line in ("some", "full"):
            psi = data[part]["psi"][line]
            assert set(psi) == {"avg10", "avg60", "avg300", "total"} and isinstance(psi["total"], int)
            assert isinstance(psi["avg10"], float)


@pytest.mark.needs("memory controller")
def test_memory(box):
    box.bundle.resources(memory={"limit": 64 * MIB})
    data = stats(box.up())["memory"]
    assert data["usage"]["limit"] == 64 * MIB
    assert 0 < data["usage"]["usage"] <= data["usage"]["max"] < 64 * MIB
    assert data["raw"] and all(isinstance(n, int) for n in data["raw"].values())


@pytest.mark.needs("pids controller")
def test_pids(box):
    box.bundle.resources(pids={"limit": 20})
    assert stats(box.up())["pids"] == {"current": 1, "limit": 20}


@pytest.mark.needs("cpuset controller")
def test_cpuset(box):
    box.bundle.resources(cpu={"cpus": "0", "mems": "0"})
    data = stats(box.up())["cpuset"]
    assert data["cpus"] == [0] and data["mems"] == [0]


def test_cpu_time_grows(box):
    box.up("flip", "/a", "/b")  # spins
    first = stats(box)["cpu"]["usage"]["total"]
    time.sleep(0.3)
    grown = stats(box)["cpu"]["usage"]["total"] - first
    assert 10_000_000 < grown < 10_000_000_000, "not nanoseconds"


@pytest.mark.needs("cpu controller")
def test_throttling(box):
    box.bundle.resources(cpu={"quota": 5000, "period": 50000})
    box.up("flip", "/a", "/b")
    time.sleep(0.5)
    data = stats(box)["cpu"]["throttling"]
    assert 0 < data["throttledPeriods"] <= data["periods"] and data["throttledTime"] > 0


def test_network_of_the_container(box):
    """The interfaces of its own namespace; here it shares that of the test."""
    box.bundle.without_namespace("network")
    subprocess.run(["ip", "link", "add", "husk0", "type", "bridge"], check=True)
    try:
        box.up()
        seen = {entry["Name"]: entry for entry in stats(box)["network_interfaces"]}
        box.stop()
    finally:
        subprocess.run(["ip", "link", "del", "husk0"], check=True)
    assert "lo" not in seen
    assert set(seen["husk0"]) == {"Name"} | {way + what for way in ("Rx", "Tx")
                                             for what in ("Bytes", "Packets", "Errors", "Dropped")}


def test_no_network_is_an_empty_list(box):
    assert stats(box.up())["network_interfaces"] == []


def test_lines_at_intervals_until_the_end(box, watch):
    box.up()
    begin = time.monotonic()
    running = watch("--interval", "300ms")
    time.sleep(0.9)
    box.kill().ok()
    lines = running.lines()
    assert time.monotonic() - begin < 3
    assert 2 <= len(lines) <= 5 and all(line["type"] == "stats" for line in lines)


def test_ends_with_the_container_and_not_before(box, watch):
    box.up()
    running = watch("--interval", "1h")
    time.sleep(0.5)
    assert running.process.poll() is None
    box.kill().ok()
    assert running.lines(3) == []


def wait_for_pids(box, n, seconds=5):
    end = time.monotonic() + seconds
    while True:
        pids = box.husk("ps", "--format", "json", box.id).ok().json
        if len(pids) == n:
            return pids
        assert time.monotonic() < end, pids
        time.sleep(0.02)


def oom(lines, ident):
    return [line for line in lines if line == {"type": "oom", "id": ident}]


@pytest.mark.needs("memory controller")
def test_oom(box, watch):
    box.bundle.resources(memory={"limit": 32 * MIB, "swap": 32 * MIB})
    box.up()
    running = watch("--interval", "1h")
    assert box.exec("/payload", "alloc", "100").rc == 137
    time.sleep(0.2)
    box.kill().ok()
    assert oom(running.lines(), box.id)


@pytest.mark.needs("memory controller")
def test_oom_of_the_first_process(box, watch):
    """The last words of a container."""
    box.bundle.args("/payload", "alloc", "100").resources(memory={"limit": 32 * MIB, "swap": 32 * MIB})
    box.create().ok()
    running = watch("--interval", "1h")
    box.start().ok()
    assert oom(running.lines(), box.id)


@pytest.mark.needs("memory controller")
def test_oom_in_a_sub_cgroup(box, watch):
    """Its limit is its own, not the container's."""
    box.up()
    below = os.path.join(box.cgroup_dir("memory"), "below")
    os.mkdir(below)
    v1 = os.path.exists(os.path.join(below, "memory.limit_in_bytes"))
    for name in ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if v1 else ("memory.max", "memory.swap.max"):
        with open(os.path.join(below, name), "w", encoding="ascii") as f:
            f.write(str(32 * MIB))
    running = watch("--interval", "1h")
    shell = box.husk.spawn("exec", box.id, "/bin/sh", "-c", "read x; exec /payload alloc 100", stdin=subprocess.PIPE)
    pids = wait_for_pids(box, 2)
    pids.remove(box.pid)
    with open(os.path.join(below, "cgroup.procs"), "w", encoding="ascii") as f:
        f.write(str(pids[0]))
    shell.communicate(b"\n", timeout=10)
    assert shell.returncode == 137
    time.sleep(1.5)  # v1 has to be asked for it
    box.kill().ok()
    assert oom(running.lines(), box.id)


@pytest.mark.needs("memory controller")
def test_no_oom_without_one(box, watch):
    """Neither what happened before, nor the end of the cgroup."""
    box.bundle.resources(memory={"limit": 32 * MIB, "swap": 32 * MIB})
    box.up()
    assert box.exec("/payload", "alloc", "100").rc == 137
    running = watch("--interval", "1h")
    box.delete("--force").ok()
    assert running.lines() == []


def test_stopped(box):
    box.up()
    box.kill().ok()
    box.wait()
    box.husk("events", "--stats", box.id).fails("container not running")
    box.husk("events", box.id).fails("container not running")


def test_created_and_paused(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    stats(box)
    box.start().ok()
    box.husk("pause", box.id).ok()
    assert stats(box)["pids"]["current"] == 1
    box.husk("resume", box.id).ok()


@pytest.mark.parametrize("text", ["0", "0s", "-1s", "5", "5x", "s"])
def test_bad_interval(box, text):
    box.up()
    box.husk("events", f"--interval={text}", box.id).fails("interval")


def test_reader_that_goes_away(box, watch):
    box.up()
    running = watch("--interval", "100ms")
    running.process.stdout.close()
    assert running.process.wait(3) == 1
    assert box.status == "running"


def test_missing_container(husk, ident):
    husk("events", ident).fails(f'container "{ident}" does not exist')
