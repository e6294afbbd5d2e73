#!/usr/bin/python3
"""Hundreds of containers, one after the other and 16 at a time: no error, nothing left, and `list` as quick as with a few."""

import argparse
import concurrent.futures
import json
import os
import secrets
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402

CONFIG = {
    "ociVersion": "1.2.0",
    "process": {"args": ["sleep", "10000"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}},
    "root": {"path": "rootfs", "readonly": True},
    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}, {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
    "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")]},
}
TAG = f"many{secrets.token_hex(4)}"
ERRORS = []


def husk(*argv, status=0):
    """One call that must end as expected; how long it took."""
    begin = time.monotonic()
    got, text = kit.run([kit.HUSK, "--root", "/run/many", *argv])
    if got != status or (status == 0 and "husk:" in text):
        ERRORS.append(f"husk {' '.join(argv)}: status {got}: {text.strip()}")
    return time.monotonic() - begin, text


def cgroups():
    """Every cgroup of ours, in every hierarchy."""
    return [path for path, _, _ in os.walk("/sys/fs/cgroup") if TAG in path]


def processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


def bear(name):
    return husk("create", "--bundle", "bundle", name)[0], husk("start", name)[0]


def end(name):
    return husk("delete", "--force", name)[0]


def whole_life(name):
    bear(name)
    json.loads(husk("state", name)[1])
    husk("exec", name, "true")
    return husk("kill", name, "KILL")[0] + end(name)


def crowd(count, workers):
    """All alive at once."""
    names = [f"{TAG}-{i}" for i in range(count)]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        begin = time.monotonic()
        list(pool.map(bear, names))
        born = time.monotonic() - begin
        listed = min(husk("list", "-q")[0] for _ in range(3))
        as_json = min(husk("list", "-f", "json")[0] for _ in range(3))
        found = json.loads(husk("list", "-f", "json")[1])
        running = sum(c["status"] == "running" for c in found)
        begin = time.monotonic()
        list(pool.map(end, names))
        ended = time.monotonic() - begin
    print(f"     {count} containers, {workers} at a time: {born / count * 1000:.1f} ms for create and start, {ended / count * 1000:.1f} ms for "
          f"delete --force; with all alive: list -q {listed * 1000:.0f} ms, list -f json {as_json * 1000:.0f} ms")
    kit.check(f"{count} containers, {workers} at a time", running == count and not ERRORS, f"{running} running; {ERRORS[:5]}")
    kit.check(f"list with {count} alive takes no time", listed < 0.25 and as_json < 0.25, f"{listed:.3f} s, {as_json:.3f} s")


def lives(count, workers):
    """Each born, looked at, entered, killed and deleted; many others meanwhile."""
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(whole_life, [f"{TAG}-life{i}" for i in range(count)]))
    spent = time.monotonic() - begin
    print(f"     {count} whole lives, {workers} at a time: {spent / count * 1000:.1f} ms each (create, start, state, exec, kill, delete)")
    kit.check(f"{count} whole lives, {workers} at a time", not ERRORS, str(ERRORS[:5]))


def fights(count):
    """Everybody wants the same name: one wins, nobody breaks it."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        def one(_):
            return kit.run([kit.HUSK, "--root", "/run/many", "create", "--bundle", "bundle", f"{TAG}-same"])
        answers = list(pool.map(one, range(count)))
    won = sum(status == 0 for status, _ in answers)
    odd = {text.strip() for status, text in answers if status and "already exists" not in text}
    kit.check(f"{count} creates of one name: one wins", won == 1 and not odd, f"{won} won; {odd}")
    end(f"{TAG}-same")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    kit.need("busybox")
    kit.both_views()
    with kit.scratch() as folder:
        kit.run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
        os.chdir(folder)
        kit.busybox_root("bundle/rootfs")
        with open("bundle/config.json", "w", encoding="utf-8") as f:
            json.dump(CONFIG, f)
        before = processes()
        crowd(options.count, 1)
        crowd(options.count, 16)
        lives(options.count, 16)
        fights(64)
        status, text = kit.run([kit.HUSK, "--root", "/run/many", "list", "-q"])
        left = [name for name in os.listdir("/run/many") if not name.startswith("@")]
        kit.check("no state is left", status == 0 and not text and not left, f"{text} {left}")
        end_time = time.monotonic() + 5
        while processes() > before and time.monotonic() < end_time:
            time.sleep(0.1)
        kit.check("no process is left", processes() <= before, f"{processes()} instead of {before}")
        kit.check("no cgroup is left", not cgroups(), str(cgroups()[:3]))
        mounts = open("/proc/self/mountinfo", encoding="utf-8").read()
        kit.check("no mount is left", folder not in mounts, mounts)
    kit.finish()


if __name__ == "__main__":
    main()
