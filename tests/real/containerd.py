#!/usr/bin/python3
"""containerd's shim drives husk: run, exec, kill, pause, output, status; a daemon of our own, in a folder of our own."""

import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402

CONFIG = """
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "{folder}/containerd.sock"
[ttrpc]
  address = "{folder}/containerd.sock.ttrpc"
"""


class Containerd:
    """The daemon and its client."""

    def __init__(self, folder):
        self.folder, self.rootfs = folder, kit.busybox_root(f"{folder}/rootfs")
        with open(f"{folder}/config.toml", "w", encoding="ascii") as f:
            f.write(CONFIG.format(folder=folder))
        self.log = open(f"{folder}/log", "wb")
        self.process = subprocess.Popen(["containerd", "--config", f"{folder}/config.toml"], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not os.path.exists(f"{folder}/containerd.sock") and time.monotonic() < end:
            time.sleep(0.1)

    def ctr(self, *words, **more):
        return kit.run(["ctr", "--address", f"{self.folder}/containerd.sock", *words], **more)

    def words(self, runtime, options, name, command):
        more = ["--cpu-shares=0"] if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else []
        return ["ctr", "--address", f"{self.folder}/containerd.sock", "run", "--runtime=io.containerd.runc.v2", f"--runc-binary={runtime}", "--env=PATH=/bin", *more,
                *options, "--rootfs", self.rootfs, name, *command]

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def cells(daemon, runtime):
    """What each step gave: name, good, detail."""
    def run(name, options, command, status, pattern):
        got, text = kit.run(daemon.words(runtime, ["--rm", *options], name, command), limit=40)
        return got == status and bool(re.search(pattern, text)), f"status {got}: {text.strip()[-300:]}"

    def do(words, status, pattern=""):
        got, text = daemon.ctr(*words, limit=40)
        return got == status and bool(re.search(pattern, text)), f"status {got}: {text.strip()[-300:]}"

    def stopped():
        end = time.monotonic() + 5
        while time.monotonic() < end:
            text = daemon.ctr("task", "ls")[1]
            if re.search("one +\\d+ +STOPPED", text):
                return True, text
            time.sleep(0.1)
        return False, text

    yield "run", run("a", [], ["sh", "-c", "id; echo $$"], 0, "uid=0")
    yield "exit status", run("b", [], ["sh", "-c", "exit 7"], 7, "")
    yield "missing program", run("c", [], ["nothing-here"], 1, "not found")
    yield "read-only, host network", run("d", ["--read-only", "--net-host"], ["sh", "-c", "touch /x || echo refused"], 0, "refused")
    yield "privileged", run("p", ["--privileged"], ["sh", "-c", "mount -t tmpfs tmpfs /tmp && echo mounted"], 0, "mounted")
    yield "seccomp", run("s", ["--seccomp"], ["grep", "Seccomp:", "/proc/self/status"], 0, "\t2")
    status, text = kit.on_tty(daemon.words(runtime, ["--rm", "-t"], "t", ["sh", "-c", "tty; exit 4"]))
    yield "terminal", (status == 4 and "/dev/pts/0" in text, f"status {status}: {text.strip()[-300:]}")
    got, text = kit.run(daemon.words(runtime, ["-d"], "one", ["sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done"]))
    yield "run -d", (got == 0, text)
    yield "task ls", do(["task", "ls"], 0, "one +\\d+ +RUNNING")
    yield "exec", do(["task", "exec", "--exec-id=e1", "one", "sh", "-c", "echo out; exit 5"], 5, "out")
    yield "exec of a missing program", do(["task", "exec", "--exec-id=e2", "one", "nothing-here"], 1, "not found")
    yield "ps", do(["task", "ps", "one"], 0, "PID")
    yield "metrics", do(["task", "metrics", "one"], 0, "")
    yield "pause", do(["task", "pause", "one"], 0)
    yield "paused", do(["task", "ls"], 0, "PAUSED")
    yield "resume", do(["task", "resume", "one"], 0)
    yield "kill", do(["task", "kill", "one"], 0)
    yield "stopped", stopped()
    yield "task delete", do(["task", "delete", "one"], 0, "exit code 9")
    yield "container delete", do(["container", "delete", "one"], 0)
    kit.run(daemon.words(runtime, ["-d"], "two", ["sleep", "1000"]))
    yield "delete of a running one", do(["task", "delete", "--force", "two"], 0, "exit code 137")
    yield "container delete after it", do(["container", "delete", "two"], 0)
    yield "nothing is left", do(["container", "ls", "-q"], 0, "\\A\\Z")


def main():
    kit.need("containerd", "ctr", "containerd-shim-runc-v2", "busybox")
    kit.both_views()
    for path in ("/run", "/dev/shm"):
        kit.run(["mount", "-t", "tmpfs", "tmpfs", path])
    with kit.scratch() as folder:
        daemon = Containerd(folder)
        table = {"husk": dict(cells(daemon, kit.HUSK))}
        for name, path in kit.peers().items():
            if kit.run(daemon.words(path, ["--rm"], "probe", ["true"]))[0] == 0:
                table[name] = dict(cells(daemon, path))
            else:
                daemon.ctr("container", "delete", "probe")
        daemon.close()
        print(f"{'operation':30}" + "".join(f"{name:6}" for name in table))
        for name in table["husk"]:
            row = [table[who][name] for who in table]
            print(f"{name:30}" + "".join(f"{'ok' if good else 'no':6}" for good, _ in row))
            peer = any(good for good, _ in row[1:]) or len(row) == 1
            kit.COUNT["ok" if row[0][0] else "FAIL" if peer else "skip"] += 1
            if not row[0][0]:
                print(f"    husk: {row[0][1]}")
    kit.finish()


if __name__ == "__main__":
    main()
