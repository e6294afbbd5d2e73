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
        "apparmor": lambda: os.path.isdir("/sys/kernel/security/apparmor"),
    }
    if need.endswith(" controller"):
        return None if cgroup_root(need.split()[0]) else f"needs the {need}"
    return None if checks[need]() else f"needs {need}"


def become_subreaper():
    """Containers outlive their runtime; they become ours, so that nothing is lost from sight."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


def processes():
    """Every process that descends from us: {pid: (start time, command)}."""
    table = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                head, tail = f.read().rsplit(")", 1)
        except OSError:
            continue
        fields = tail.split()
        table[int(name)] = (int(fields[1]), fields[19], head.split("(", 1)[1], fields[0])
    ours, grew = {os.getpid()}, True
    while grew:
        more = {pid for pid, (ppid, *_) in table.items() if ppid in ours and pid not in ours}
        ours |= more
        grew = bool(more)
    ours.discard(os.getpid())
    return {f"process {pid} {table[pid][2]} ({table[pid][3]}) since {table[pid][1]}" for pid in ours}


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
        if os.path.isdir(root):
            state |= {f"state {root}/{name}" for name in os.listdir(root)}
    links = {f"network link {name}" for _, name in socket.if_nameindex()}
    fds = {f"open file {os.readlink('/proc/self/fd/' + fd)}" for fd in os.listdir("/proc/self/fd")
           if os.path.lexists(f"/proc/self/fd/{fd}") and tag in os.readlink(f"/proc/self/fd/{fd}")}
    return processes() | mounts() | cgroups(tag) | links | state | fds


def difference(before, tag, roots, seconds=3.0):
    """What is new and what is gone, given the moment that the kernel needs to bury the dead."""
    end = time.monotonic() + seconds
    while True:
        reap()
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
            reap()
            os.rmdir(path)
        except OSError:
            pass
