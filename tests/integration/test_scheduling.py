"""Where and how processes run: CPU affinity of an exec, scheduler, I/O priority, memory policy, clocks (config.md, Process)."""

import json
import os

import pytest

CPUS = sorted(os.sched_getaffinity(0))


@pytest.fixture
def two(husk):
    if len(CPUS) < 2:
        pytest.skip("needs two CPUs")
    return CPUS[:2]


def test_final_affinity_of_an_exec(box, two):
    box.process["execCPUAffinity"] = {"final": str(two[1])}
    box.up()
    assert box.exec_report()["cpus"] == [two[1]]


def test_final_affinity_wins_over_the_initial(box, two):
    box.process["execCPUAffinity"] = {"initial": str(two[0]), "final": f"{two[0]}-{two[1]}"}
    box.up()
    assert box.exec_report()["cpus"] == two


def test_initial_affinity_alone(box, two):
    """Nobody changes it afterwards: what the cpuset leaves of it stays."""
    box.process["execCPUAffinity"] = {"initial": str(two[0])}
    box.up()
    assert box.exec_report()["cpus"] in ([two[0]], CPUS)


def test_affinity_is_for_exec_alone(box, two):
    box.process["execCPUAffinity"] = {"initial": str(two[0]), "final": str(two[1])}
    assert box.report()["cpus"] == CPUS


def test_affinity_of_the_process_file(box, two):
    box.process["execCPUAffinity"] = {"final": str(two[0])}
    box.up()
    process = {"args": ["/payload", "report"], "cwd": "/", "execCPUAffinity": {"final": str(two[1])}}
    assert box.exec(options=["-p", "-"], text=json.dumps(process)).ok().json["cpus"] == [two[1]]


@pytest.mark.parametrize("affinity, text", [({"final": "999"}, "process.execCPUAffinity.final"),
                                            ({"final": "x"}, "process.execCPUAffinity.final"),
                                            ({"initial": "0-"}, "process.execCPUAffinity.initial")])
def test_affinity_that_cannot_be(box, affinity, text):
    box.process["execCPUAffinity"] = affinity
    box.up()
    done = box.exec("/payload", "true")
    assert done.rc in (1, 255) and (box.husk.standin or text in done.err), repr(done)


def test_real_time_scheduler(box):
    box.process["scheduler"] = {"policy": "SCHED_FIFO", "priority": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}
    done = box.run("report")
    if done.rc:  # v1 gives a new cgroup no real-time budget
        done.fails("scheduler")
    else:
        sched = done.json["sched"]
        assert (sched["policy"], sched["priority"], sched["flags"]) == (1, 3, 1)


def test_deadline_scheduler(box):
    box.process["scheduler"] = {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 10000000, "period": 10000000}
    done = box.run("report")
    if done.rc:  # it wants every CPU of the root domain
        done.fails("scheduler")
    else:
        assert (done.json["sched"]["policy"], done.json["sched"]["runtime"]) == (6, 1000000)


@pytest.mark.parametrize("class_, priority, value", [("IOPRIO_CLASS_RT", 1, 1 << 13 | 1), ("IOPRIO_CLASS_BE", 7, 2 << 13 | 7)])
def test_io_priority_has_both_parts(box, class_, priority, value):
    box.process["ioPriority"] = {"class": class_, "priority": priority}
    assert box.report()["ioprio"] == value


def test_exec_inherits_nothing_of_the_scheduler(box):
    """The process of an exec has a scheduler of its own."""
    box.process["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}
    box.up()
    process = {"args": ["/payload", "report"], "cwd": "/", "scheduler": {"policy": "SCHED_IDLE"}}
    assert box.exec(options=["-p", "-"], text=json.dumps(process)).ok().json["sched"]["policy"] == 5


@pytest.mark.parametrize("policy, number", [
    ({"mode": "MPOL_DEFAULT"}, 0), ({"mode": "MPOL_PREFERRED", "nodes": "0"}, 1), ({"mode": "MPOL_BIND", "nodes": "0"}, 2),
    ({"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}, 3 | 1 << 15), ({"mode": "MPOL_LOCAL"}, 4),
    ({"mode": "MPOL_PREFERRED_MANY", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}, 5 | 1 << 14),
    ({"mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0"}, 6),
    ({"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]}, 2 | 1 << 13)])
def test_memory_policy(box, policy, number):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.linux["memoryPolicy"] = policy
    done = box.run("report")
    if done.rc:  # a kernel without NUMA knows the default alone
        done.fails("memory")
    else:
        assert done.json["mempolicy"] == number


@pytest.mark.parametrize("policy", [{"mode": "MPOL_BIND"}, {"mode": "MPOL_BIND", "nodes": "x"}, {"mode": "MPOL_BIND", "nodes": "900"},
                                    {"mode": "MPOL_BOGUS"}, {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_BOGUS"]}, {}])
def test_memory_policy_that_cannot_be(box, policy):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.linux["memoryPolicy"] = policy
    box.run().fails("emory")


def test_personality_flags_are_ignored(box):
    box.linux["personality"] = {"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}
    done = box.run("report")
    assert done.rc == 0 and done.json["personality"] == 0
    if not box.husk.standin:
        assert "personality" in done.err


@pytest.mark.needs("time namespace")
def test_both_clocks(box):
    box.bundle.namespace("time")
    box.linux["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 5}, "monotonic": {"secs": 2000000}}
    facts = box.report()
    with open("/proc/uptime", encoding="ascii") as f:
        up = float(f.read().split()[0])
    assert abs(facts["boottime"] - up - 1000000) < 60
    assert facts["monotonic"] > 2000000 - 60
    box.up()
    assert abs(box.exec_report()["boottime"] - up - 1000000) < 60


@pytest.mark.needs("time namespace")
@pytest.mark.parametrize("offset", [{"secs": 0, "nanosecs": 1000000000}, {"secs": -4000000000000}])
def test_offsets_that_cannot_be(box, offset):
    box.bundle.namespace("time")
    box.linux["timeOffsets"] = {"boottime": offset}
    box.run().fails("timeOffsets" if "nanosecs" in offset else "")
