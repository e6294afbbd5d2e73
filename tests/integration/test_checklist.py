"""The features of docs/checklist.md that no other test shows."""

import array
import json
import os
import socket
import subprocess
import time

import pytest


@pytest.fixture
def receiver(scratch):
    path = os.path.join(scratch, "pidfd")
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(path)
    made.listen(1)
    made.settimeout(10)
    yield made
    made.close()
    os.unlink(path)


def received_pid(receiver):
    """The process that the descriptor which came is of."""
    peer, _ = receiver.accept()
    with peer:
        peer.settimeout(10)
        _, ancillary, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(4))
    fd = array.array("i", ancillary[0][2])[0]
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as f:
            return int(f.read().split("\nPid:")[1].split()[0])
    finally:
        os.close(fd)


def test_pidfd_socket(box, receiver):
    path = receiver.getsockname()
    box.bundle.args("/payload", "sleep")
    box.create("--pidfd-socket", path).ok()
    assert received_pid(receiver) == box.pid
    box.start().ok()
    pid_file = os.path.join(box.bundle.path, "pid")
    box.exec("/payload", "sleep", options=["--detach", "--pidfd-socket", path, "--pid-file", pid_file]).ok()
    with open(pid_file, encoding="ascii") as f:
        assert received_pid(receiver) == int(f.read())


def test_kill_with_a_real_time_signal(box):
    box.bundle.without_namespace("pid").args("/payload", "sleep")
    box.bundle.save()
    running = box.husk.spawn("run", "--bundle", box.bundle.path, box.id)
    end = time.monotonic() + 10
    while box.husk("state", box.id).rc or box.status != "running":
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.1)
    box.kill("RTMIN+3").ok()
    assert running.wait(10) == 128 + 37


def test_ps_with_arguments(box):
    box.up()
    table = box.husk("ps", box.id, "-o", "pid,args").ok().out.splitlines()
    assert table[0].split() == ["PID", "COMMAND"]
    assert [line.split() for line in table[1:]] == [[str(box.pid), "/payload", "sleep"]]


@pytest.mark.needs("cpu controller")
def test_cpu_burst(box):
    box.bundle.resources(cpu={"quota": 50000, "period": 100000})
    box.up()
    box.husk("update", "--cpu-burst", "10000", box.id).ok()
    name = "cpu.max.burst" if os.path.exists(box.cgroup_dir("cpu") + "/cpu.max") else "cpu.cfs_burst_us"
    with open(os.path.join(box.cgroup_dir("cpu"), name), encoding="ascii") as f:
        assert f.read().strip() == "10000"


def test_pid_file_is_replaced_as_a_whole(box):
    """Whoever has the old file open reads the old text: nobody ever sees half a number."""
    path = os.path.join(box.bundle.path, "pid")
    with open(path, "w", encoding="ascii") as f:
        f.write("old")
    with open(path, encoding="ascii") as old:
        box.bundle.args("/payload", "sleep")
        box.create("--pid-file", path).ok()
        assert old.read() == "old"
    assert [n for n in os.listdir(box.bundle.path) if n.startswith("pid")] == ["pid"]


@pytest.mark.parametrize("manager, later", [("disabled", "cgroupfs"), ("cgroupfs", "systemd")])
def test_cgroup_manager_is_that_of_create(box, manager, later):
    """Whatever a later command line says: engines do not repeat themselves."""
    if manager == "disabled":
        del box.linux["cgroupsPath"]
    box.bundle.args("/payload", "sleep")
    box.bundle.save()
    box.husk("create", "--bundle", box.bundle.path, box.id, options=["--cgroup-manager", manager]).ok()
    box.husk("start", box.id, options=["--cgroup-manager", later]).ok()
    assert box.husk("exec", box.id, "/payload", "exit", "4", options=["--cgroup-manager", later]).rc == 4
    box.kill().ok()
    box.wait()
    box.husk("delete", box.id, options=["--cgroup-manager", later]).ok()


LISTEN = """
import os, socket, subprocess, sys
where = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/" + where.split("/")[1]], check=True)
os.makedirs(os.path.dirname(where), exist_ok=True)
if where.startswith("/dev"):
    os.mknod("/dev/null", 0o020666, os.makedev(1, 3))
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(where)
s.settimeout(10)
subprocess.run(sys.argv[2:], check=False, stderr=subprocess.PIPE)
sys.stdout.write(s.recv(4096).decode())
"""


@pytest.mark.parametrize("where, target, words", [
    ("/run/systemd/journal/socket", "journald:mine", ["PRIORITY=3", "mine", "does not exist"]),
    ("/dev/log", "syslog:mine", ["<11>", "mine", "does not exist"])])
def test_log_to_the_host(husk, ident, where, target, words):
    """In a mount namespace where the socket is ours."""
    done = subprocess.run(["unshare", "--mount", "/usr/bin/python3", "-c", LISTEN, where,
                           *husk.argv("state", ident, options=["--log", target])],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done
    for word in words:
        assert word in done.stdout, done


@pytest.mark.needs("unified")
def test_exec_into_a_cgroup_below(box):
    box.up()
    os.mkdir(os.path.join(box.cgroup_dir("cgroup2"), "below"))
    assert box.exec_report("--cgroup", "below")["cgroup"][-1].endswith(f"/{box.id}/below")


def test_exec_into_a_paused_container(box):
    """It is let in, and runs once the container does."""
    box.up()
    box.husk("pause", box.id).ok()
    execed = box.husk.spawn("exec", "--ignore-paused", box.id, "/payload", "exit", "6")
    with pytest.raises(subprocess.TimeoutExpired):
        execed.wait(0.3)
    box.husk("resume", box.id).ok()
    assert execed.wait(10) == 6


def test_exec_reads_the_config_of_create(box):
    """What happens to the bundle afterwards does not matter."""
    box.process["env"].append("WHICH=first")
    box.up()
    with open(os.path.join(box.bundle.path, "config.json"), "w", encoding="ascii") as f:
        f.write("{")
    assert box.exec_report().env["WHICH"] == "first"


def test_sysctl_of_a_user_namespace(box):
    box.bundle.userns()
    box.linux["sysctl"] = {"user.max_net_namespaces": "7"}
    assert box.report("user.max_net_namespaces")["sysctl"] == {"user.max_net_namespaces": "7"}


def test_mappings_of_a_tmpfs_without_a_user_namespace(box):
    box.config["mounts"].append({
        "destination": "/data", "type": "tmpfs", "source": "tmpfs",
        "uidMappings": [{"containerID": 0, "hostID": 1234, "size": 1}],
        "gidMappings": [{"containerID": 0, "hostID": 1234, "size": 1}]})
    seen = box.run("stat", "/data").ok().json
    assert (seen["uid"], seen["gid"]) == (1234, 1234)


@pytest.mark.parametrize("env", [[], ["A=1"]])
def test_environment_without_a_path(box, env):
    box.process["env"] = env
    assert box.run("exit", "5").rc == 5


def test_a_pid_that_is_somebody_elses_now(box):
    """The record holds when the process started: the same number at another time is another process."""
    box.up()
    record, pid = os.path.join(box.state_dir, "state.json"), box.pid
    with open(record, encoding="utf-8") as f:
        saved = json.load(f)
    with open(record, "w", encoding="utf-8") as f:
        json.dump({**saved, "startTime": saved["startTime"] - 1}, f)
    assert box.status == "stopped"
    box.kill().fails("container not running: no such process")
    assert os.path.exists(f"/proc/{pid}")
    with open(record, "w", encoding="utf-8") as f:
        json.dump(saved, f)
    assert box.status == "running"
