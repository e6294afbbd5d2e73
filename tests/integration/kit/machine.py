"""The machine around a test: what it offers, and what a test left behind on it."""

import ctypes
import os
import shutil
import socket
import time

V1 = "/sys/fs/cgroup"
PR_SET_CHILD_SUBREAPER = 36


def view():
    """'unified', 'v1' or 'hybrid', by what is mounted."""
    if os.path.exists(f"{V1}/cgroup.controllers"):
        return "unified"
    return "hybrid" if os.path.exists(f"{V1}/unified/cgroup.controllers") else "v1"


def _controllers(path):
    try:
        with open(os.path.join(path, "cgroup.controllers"), encoding="ascii") as f:
            return f.read().split()
    except OSError:
        return []


def cgroup_root(controller):
    """Where the hierarchy with this controller is mounted, or None."""
    if view() == "unified":
        built_in = ("freezer", "devices", "cgroup2")
        return V1 if controller in built_in or controller in _controllers(V1) else None
    if controller == "cgroup2" or controller in _controllers(f"{V1}/unified"):
        return f"{V1}/unified" if view() == "hybrid" else None
    path = f"{V1}/{controller}"
    return path if os.path.exists(f"{path}/cgroup.procs") else None


def _has_cap(number):
    with open("/proc/self/status", encoding="ascii") as f:
        line = next(line for line in f if line.startswith("CapEff"))
    return int(line.split()[1], 16) >> number & 1 == 1


def missing(need):
    """Why `need` cannot be met here, or None. Needs are words: see each test's mark."""
    checks = {
        "v1": lambda: view() in ("v1", "hybrid"),
        "unified": lambda: view() == "unified",
        "CAP_SYS_RESOURCE": lambda: _has_cap(24),
        "newuidmap": lambda: shutil.which("newuidmap"),
        "strace": lambda: shutil.which("strace"),
        "systemd": lambda: os.path.isdir("/run/systemd/system"),
        "time namespace": lambda: os.path.exists("/proc/self/ns/time"),
        "v2 without memory": lambda: cgroup_root("memory") is None,
        "apparmor": lambda: os.path.isdir("/sys/kernel/security/apparmor"),
    }
    if need.endswith(" controller"):
        return None if cgroup_root(need.split()[0]) else f"needs the {need}"
    return None if checks[need]() else f"needs {need}"


def subreaper(wanted):
    """As engines do: whatever is orphaned below us becomes ours. Otherwise the first process of the view takes it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)


def processes():
    """Every process of the view, which has a pid namespace of its own; zombies count."""
    found = set()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (1, os.getpid()):
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                head, tail = f.read().rsplit(")", 1)
        except OSError:
            continue
        fields = tail.split()
        found.add(f"process {name} {head.split('(', 1)[1]}, child of {fields[1]}, since {fields[19]}")
    return found


def waiting():
    """Where every process of the view waits, for a test that hangs."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = [open(f"/proc/{name}/{file}", encoding="utf-8").read().strip() for file in ("comm", "wchan", "syscall")]
        except OSError:
            continue
        found.append(f"{name} {' '.join(words)}")
    return found


def mounts():
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            fields = line.split(" ")
            found.append(f"mount at {fields[4]} of {line.split(' - ')[1].split()[0]}")
    return {f"{m} #{found[:i].count(m)}" for i, m in enumerate(found)}


def cgroups(tag):
    """Cgroup directories whose path holds our tag, in every hierarchy; others' come and go as they like."""
    found = set()
    tops = [V1] if view() == "unified" else [os.path.join(V1, d) for d in os.listdir(V1)]
    for top in tops:
        for path, dirs, _ in os.walk(top):
            dirs[:] = [d for d in dirs if d != "process_api"]
            if tag in path:
                found.add(f"cgroup {path}")
    return found


def snapshot(tag, roots):
    state = set()
    for root in roots:
        if os.path.isdir(root):  # a root of the machine holds the containers of others too; @ is a cache
            state |= {f"state {root}/{name}" for name in os.listdir(root)
                      if (tag in root or tag in name) and not name.startswith("@")}
    links = {f"network link {name}" for _, name in socket.if_nameindex()}
    return processes() | mounts() | cgroups(tag) | links | state


def difference(before, tag, roots, seconds=3.0):
    """What is new and what is gone, given the moment that the kernel needs to bury the dead."""
    end = time.monotonic() + seconds
    while True:
        now = snapshot(tag, roots)
        if now == before or time.monotonic() > end:
            return sorted(f"left behind: {x}" for x in now - before) + sorted(f"gone: {x}" for x in before - now)
        time.sleep(0.02)


def remove_cgroups(tag):
    """Clean up after a failed test, so that the next one starts from a known place."""
    for line in sorted(cgroups(tag), reverse=True):
        path = line.split(" ", 1)[1]
        for state, value in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
            if os.path.exists(f"{path}/{state}"):
                with open(f"{path}/{state}", "w", encoding="ascii") as f:
                    f.write(value)
        try:
            with open(f"{path}/cgroup.procs", encoding="ascii") as f:
                for pid in f.read().split():
                    os.kill(int(pid), 9)
            time.sleep(0.05)
            os.rmdir(path)
        except OSError:
            pass
