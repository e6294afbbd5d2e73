"""Namespaces: new ones, joined ones, and the refusals (config-linux.md, Namespaces)."""

import os
import subprocess

import pytest

NAMES = {"pid": "pid", "network": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt", "cgroup": "cgroup", "user": "user",
         "time": "time"}


def ours(kind):
    return os.readlink(f"/proc/self/ns/{NAMES[kind]}")


@pytest.fixture
def holder():
    """Processes in namespaces of their own, for others to join."""
    made = []

    def make(*options):
        process = subprocess.Popen(["unshare", *options, "/bin/sh", "-c", "echo; exec sleep 1000"], stdout=subprocess.PIPE)
        process.stdout.readline()
        made.append(process)
        return process.pid

    yield make
    for process in made:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.fallback
@pytest.mark.parametrize("kind", ["pid", "network", "ipc", "uts", "mount", "cgroup"])
def test_new(box, kind):
    box.bundle.namespace(kind)
    assert box.report()["ns"][NAMES[kind]] != ours(kind)


@pytest.mark.parametrize("kind", ["pid", "network", "ipc", "uts", "cgroup", "user"])
def test_absent_is_inherited(box, kind):
    box.bundle.without_namespace(kind)
    if kind == "uts":
        box.config.pop("hostname")
    if kind == "network":
        box.bundle.without_mount("/sys")
    assert box.report()["ns"][NAMES[kind]] == ours(kind)


@pytest.mark.parametrize("kind, option", [("network", "-n"), ("ipc", "-i"), ("uts", "-u"), ("cgroup", "-C")])
def test_joined_by_path(box, holder, kind, option):
    pid = holder(option)
    path = f"/proc/{pid}/ns/{NAMES[kind]}"
    box.bundle.namespace(kind, path)
    if kind == "uts":
        box.config.pop("hostname")
    assert box.report()["ns"][NAMES[kind]] == os.readlink(path)


@pytest.mark.fallback
def test_pid_namespace_joined(boxes):
    """The second container is a process of the first one's pid namespace, and not its pid 1."""
    first, second = boxes().up(), boxes()
    path = f"/proc/{first.pid}/ns/pid"
    second.bundle.namespace("pid", path)
    facts = second.report()
    assert facts["ns"]["pid"] == os.readlink(path)
    assert facts["pid"] != 1


def test_pod(boxes):
    """As pods do it: the second joins network, ipc and uts of the first."""
    first, second = boxes().up(), boxes()
    for kind in ("network", "ipc", "uts"):
        second.bundle.namespace(kind, f"/proc/{first.pid}/ns/{NAMES[kind]}")
    second.config.pop("hostname")
    facts = second.report()
    assert facts["hostname"] == "inside"
    assert facts["ns"]["net"] == os.readlink(f"/proc/{first.pid}/ns/net")


def test_missing_path(box):
    box.bundle.namespace("network", "/no/such/netns")
    box.run().fails("/no/such/netns", "No such file or directory")


def test_wrong_type(box):
    box.bundle.namespace("network", "/proc/self/ns/uts")
    done = box.run()
    done.fails("/proc/self/ns/uts", "network")


def test_not_a_namespace(box, outside):
    path = os.path.join(outside, "file")
    open(path, "w", encoding="ascii").close()
    box.bundle.namespace("ipc", path)
    box.run().fails(path)


def test_duplicate_type(box):
    box.linux["namespaces"] += [{"type": "uts"}]
    box.run().fails("uts")


def test_unknown_type(box):
    box.linux["namespaces"] += [{"type": "bogus"}]
    box.run().fails("bogus")


@pytest.mark.fallback
def test_user_namespace(box):
    box.bundle.userns(100000, 65536)
    os.chmod(box.bundle.path, 0o755)
    facts = box.report()
    assert facts["ns"]["user"] != ours("user")
    assert [line.split() for line in facts["uid_map"]] == [["0", "100000", "65536"]]
    assert [line.split() for line in facts["gid_map"]] == [["0", "100000", "65536"]]
    assert facts["uid"] == [0, 0, 0]


def test_user_namespace_runs_as_mapped_ids_on_the_host(box):
    box.bundle.userns(100000, 65536)
    box.process["user"] = {"uid": 7, "gid": 8, "additionalGids": [9]}
    box.up()
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{box.pid}/status", encoding="ascii") if ":\t" in line)
    assert status["Uid"].split() == ["100007"] * 4 and status["Gid"].split() == ["100008"] * 4
    assert status["Groups"].split() == ["100009"]


def test_user_namespace_with_several_ranges(box):
    box.bundle.userns()
    for key in ("uidMappings", "gidMappings"):
        box.linux[key] = [{"containerID": 0, "hostID": 100000, "size": 10},
                          {"containerID": 10, "hostID": 300000, "size": 5}]
    assert [line.split() for line in box.report()["uid_map"]] == [["0", "100000", "10"], ["10", "300000", "5"]]


def test_user_namespace_owns_the_others(box):
    """Root inside may set the hostname: the uts namespace belongs to the user namespace."""
    box.bundle.userns()
    box.process["capabilities"] = {k: ["CAP_SYS_ADMIN"] for k in ("bounding", "effective", "permitted")}
    box.bundle.args("/bin/busybox", "hostname", "changed")
    box.run().ok()


def test_unmapped_user(box):
    box.bundle.userns(100000, 10)
    box.process["user"] = {"uid": 5000, "gid": 0}
    box.run().fails("5000")


def test_user_namespace_joined(boxes):
    first, second = boxes(), boxes()
    first.bundle.userns()
    first.up()
    for kind in ("user", "network", "ipc", "uts"):
        second.bundle.namespace(kind, f"/proc/{first.pid}/ns/{NAMES[kind]}")
    second.config.pop("hostname")
    facts = second.report()
    assert facts["ns"]["user"] == os.readlink(f"/proc/{first.pid}/ns/user")
    assert facts["uid"] == [0, 0, 0]


def test_mappings_without_a_user_namespace(box):
    box.linux["uidMappings"] = [{"containerID": 0, "hostID": 1, "size": 1}]
    if not box.husk.standin:
        box.run().fails("uidMappings")


@pytest.mark.needs("time namespace")
def test_time_offsets(box):
    if "runc" in box.husk.program and box.husk.standin:
        pytest.skip("stand-in")
    box.bundle.namespace("time")
    box.linux["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 5}, "monotonic": {"secs": 2000000}}
    facts = box.report()
    assert facts["ns"]["time"] != ours("time")
    with open("/proc/uptime", encoding="ascii") as f:
        uptime = float(f.read().split()[0])
    assert abs(facts["boottime"] - uptime - 1000000) < 30
    assert abs(facts["monotonic"] - uptime - 2000000) < 3000


def test_time_offsets_without_a_time_namespace(box):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.linux["timeOffsets"] = {"boottime": {"secs": 1}}
    box.run().fails("timeOffsets")


@pytest.mark.needs("time namespace")
@pytest.mark.parametrize("clock", ["tai", "realtime"])
def test_time_offset_of_an_unknown_clock(box, clock):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.bundle.namespace("time")
    box.linux["timeOffsets"] = {clock: {"secs": 1}}
    box.run().fails(clock)


def test_hostname_and_domainname(box):
    box.config["hostname"], box.config["domainname"] = "name-1", "example.net"
    facts = box.report()
    assert (facts["hostname"], facts["domainname"]) == ("name-1", "example.net")


def test_hostname_needs_a_uts_namespace(box):
    box.bundle.without_namespace("uts")
    before = os.uname().nodename
    box.run().fails("hostname")
    assert os.uname().nodename == before


def test_loopback_is_up(box):
    box.bundle.args("/bin/busybox", "ip", "link", "show", "lo")
    assert "UP" in box.run().ok().out


def test_sysctl_of_a_new_namespace(box):
    box.linux["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}
    assert box.report("net.ipv4.ip_forward", "kernel.shm_rmid_forced")["sysctl"] == {
        "net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}


@pytest.mark.parametrize("key", ["vm.swappiness", "kernel.panic", "net.core/../../vm.swappiness", "../kernel.panic"])
def test_sysctl_of_the_host_is_refused(box, key):
    before = open("/proc/sys/vm/swappiness", encoding="ascii").read()
    box.linux["sysctl"] = {key: "1"}
    box.run().fails("sysctl", key)
    assert open("/proc/sys/vm/swappiness", encoding="ascii").read() == before


@pytest.mark.parametrize("key, kind", [("net.ipv4.ip_forward", "network"), ("kernel.shm_rmid_forced", "ipc")])
def test_sysctl_needs_its_namespace(box, key, kind):
    box.bundle.without_namespace(kind)
    if kind == "network":
        box.bundle.without_mount("/sys")
    box.linux["sysctl"] = {key: "1"}
    box.run().fails("sysctl", key)


def test_session_keyring(box):
    assert f"_ses.{box.id}" in box.report()["keyring"]


def test_no_new_keyring(box):
    done = box.run("report", options=["--no-new-keyring"]).ok().json
    assert f"_ses.{box.id}" not in done.get("keyring", "")
