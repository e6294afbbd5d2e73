"""Fault injection: every system call of every process of a verb fails once, or is where a process dies.

A point is (process, call): processes by birth, 0 is husk; calls as that process makes them. `Lab.points` learns them from a
run without faults, `Lab.strike` makes one happen and says what was wrong with the outcome.
"""

import errno
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time

from . import machine
from .box import Box
from .bundle import Bundle
from .runner import Husk

# Calls that cannot fail, or whose failure says nothing of husk: the memory is libc's and the arena's.
NEVER = {"close", "exit_group", "exit", "brk", "mmap", "munmap", "mprotect", "mremap", "arch_prctl", "set_tid_address",
         "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "getpid", "gettid", "getuid",
         "geteuid", "getgid", "getegid", "getppid", "umask", "wait4", "waitid", "clock_gettime", "futex", "restart_syscall",
         "poll", "getrandom", "clock_nanosleep"}

FITTING = {
    errno.EMFILE: {"openat", "openat2", "open", "open_tree", "fsopen", "fsmount", "fspick", "dup", "dup2", "pipe2", "socket",
                   "socketpair", "memfd_create", "signalfd4", "pidfd_open", "fcntl"},
    errno.EIO: {"read", "pread64", "getdents64", "readlink", "readlinkat", "unlinkat", "unlink", "newfstatat", "fstat",
                "statx", "lseek", "recvmsg"},
    errno.ENOSPC: {"write", "mkdirat", "mkdir", "mknodat", "mknod", "renameat", "symlinkat", "linkat"},
    errno.EAGAIN: {"clone", "clone3", "fork", "vfork"},
}


def errors_for(call):
    """The errors that a call gets in turn: one that fits, and a refusal."""
    fitting = [number for number, calls in FITTING.items() if call in calls]
    return [*(fitting or [errno.ENOMEM]), errno.EPERM]


class Point:
    """One system call of one process."""

    def __init__(self, line):
        words = line.rstrip("\n").split(" ", 3)
        self.process, self.number, self.call = int(words[0]), int(words[1]), words[2]
        self.text = words[3] if len(words) > 3 else ""

    def __repr__(self):
        return f"process {self.process}, call {self.number}: {self.call} {self.text[:80]}"


class Verb:
    """A verb and the state of the container that it starts from."""

    def __init__(self, name, argv, before=(), failure=1, survives=False):
        self.name, self.argv, self.before, self.failure = name, argv, before, failure
        self.survives = survives  # a failure leaves the container as it was


VERBS = {verb.name: verb for verb in (
    Verb("create", ["create", "--bundle", "BUNDLE", "--pid-file", "PIDFILE", "ID"]),
    Verb("run", ["run", "--bundle", "BUNDLE", "--pid-file", "PIDFILE", "ID"]),
    Verb("start", ["start", "ID"], ["create"]),
    Verb("exec", ["exec", "--pid-file", "PIDFILE", "ID", "/payload", "exit", "0"], ["create", "start"], 255, True),
    Verb("kill", ["kill", "ID", "KILL"], ["create", "start"]),
    Verb("delete", ["delete", "--force", "ID"], ["create", "start"]),
    Verb("state", ["state", "ID"], ["create", "start"], survives=True),
    Verb("pause", ["pause", "ID"], ["create", "start"]),
    Verb("resume", ["resume", "ID"], ["create", "start", "pause"]),
)}


STYLES = ("plain", "rich", "userns", "hostns")


class Lab:
    """A container that is made anew for every fault."""

    def __init__(self, program, fault, scratch, template, tag):
        self.program, self.fault, self.tag = program, fault, tag
        self.scratch = os.path.join(scratch, tag)
        os.mkdir(self.scratch)
        self.husk = Husk(program, os.path.join(self.scratch, "root"))
        os.mkdir(self.husk.root, 0o700)
        self.box = Box(self.husk, Bundle(os.path.join(self.scratch, "bundle"), template), tag)
        self.pid_file = os.path.join(self.scratch, "pid")
        self.log = os.path.join(self.scratch, "log")
        self.scene = None
        self.clean = machine.snapshot(tag, [self.husk.root])

    def configure(self, style, verb):
        """plain: as few steps as can be; rich: hooks, seccomp, limits; userns: with a user namespace, too; hostns: without a mount namespace."""
        bundle = self.box.bundle
        bundle.args("/payload", *(("exit", 0) if verb.name == "run" else ("sleep",)))
        if style != "plain":
            for kind in ("createRuntime", "poststart", "poststop"):
                bundle.hook(kind, "/bin/true")
            bundle.hook("createContainer", "/bin/true")
            bundle.hook("startContainer", "/bin/true")
            if machine.cgroup_root("pids"):
                bundle.resources(pids={"limit": 100})
            bundle.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                                       "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}
            bundle.linux["maskedPaths"] = ["/proc/kcore", "/sys/firmware"]
            bundle.linux["readonlyPaths"] = ["/proc/sys"]
            bundle.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}]
        if style == "userns":
            bundle.userns()
        if style == "hostns":
            bundle.without_namespace("mount")
        bundle.save()

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def prepare(self, verb):
        for step in verb.before:
            more = ["--bundle", self.box.bundle.path] if step == "create" else []
            self.husk(step, *more, self.box.id).ok()

    def call(self, verb, mode, seconds=20):
        """husk under the tracer: exit status and stderr; None: it hung."""
        names = {"BUNDLE": self.box.bundle.path, "PIDFILE": self.pid_file, "ID": self.box.id}
        argv = [self.fault, self.log, *map(str, mode), *self.husk.argv(*(names.get(a, a) for a in verb.argv))]
        out = os.path.join(self.scratch, "err")
        with open(out, "wb") as err:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                                       start_new_session=True)
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
                self.scene = machine.waiting()
                os.killpg(process.pid, 9)
                process.wait()
        with open(out, encoding="utf-8", errors="replace") as err:
            return status, err.read()

    def points(self, verb):
        """Every call that can be struck: what the dynamic loader does before main is not husk's."""
        self.prepare(verb)
        status, err = self.call(verb, ["record"])
        assert status == 0, err
        with open(self.log, encoding="ascii") as log:
            points = [Point(line) for line in log]
        self.bury()
        self.leftovers()  # waits for the last process
        if os.path.exists(self.pid_file):
            os.unlink(self.pid_file)
        return [p for i, p in enumerate(points) if not self._loading(points, i)]

    @staticmethod
    def _loading(points, at):
        """husk's main opens /dev/null first, and executes itself once more."""
        point = points[at]
        if point.process != 0:
            return False
        own = [p for p in points if p.process == 0]
        here = own.index(point)
        last_exec = max((i for i in range(here + 1) if own[i].call == "execve"), default=-1)
        return not any(p.text == "/dev/null" for p in own[last_exec + 1:here + 1])

    def bury(self):
        """As whoever finds the remains would. Returns what stands in the way."""
        if not os.path.exists(os.path.join(self.husk.root, self.box.id)):
            return None
        try:
            done = self.husk("delete", "--force", self.box.id)
        except subprocess.TimeoutExpired:
            return "delete --force afterwards hangs"
        if done.rc:
            return f"delete --force afterwards: exit {done.rc}, {done.err.strip()}"
        return None

    def leftovers(self):
        return machine.difference(self.clean, self.tag, [self.husk.root])

    def strike(self, verb, point, error=None, victim=None):
        """Make it happen. Returns a list of complaints."""
        self.prepare(verb)
        if error is not None:
            status, err = self.call(verb, ["fail", point.process, point.number, error])
            bad = self.judge(verb, status, err)
        else:
            status, err = self.call(verb, ["kill", point.process, point.number, victim])
            bad = [] if victim == 0 else self.judge(verb, status, err)
            if status is None:
                bad = [f"it hung: {self.scene}"]
        with open(self.log, encoding="ascii") as log:
            hit = log.read().strip() or "nothing"
        if verb.survives and victim != 0 and self.box.status != "running":
            bad.append("the container did not survive")
        pid_left = os.path.exists(self.pid_file)
        if pid_left:
            os.unlink(self.pid_file)
        if status not in (0, 137) and error is not None:
            if pid_left:
                bad.append("pid file left behind")
            if not verb.before:  # a failed create or run cleans up after itself
                bad += self.leftovers()
        stuck = self.bury()
        if stuck:
            bad.append(stuck)
        left = self.leftovers()
        if left:
            machine.remove_cgroups(self.tag)
            shutil.rmtree(os.path.join(self.husk.root, self.box.id), ignore_errors=True)
        bad += [f"after delete: {line}" for line in left]
        # how often a process polls is chance, so the call may be a neighbour of the one that was meant
        return bad and [f"struck {hit}", *bad]

    def judge(self, verb, status, err):
        """Success, or one clear line and the right exit status."""
        lines = [line for line in err.splitlines() if not line.startswith("husk: warning: ")]
        if status is None:
            return [f"it hung: {self.scene}"]
        if status == 0:
            return [f"success, but it said: {line}" for line in lines]
        bad = []
        if status != verb.failure:
            bad.append(f"exit {status}, not {verb.failure}: {err!r}")
        if len(lines) != 1 or not err.endswith("\n"):
            bad.append(f"not one line: {err!r}")
        elif not lines[0].startswith((f"husk: {verb.name} {self.box.id}: ", f"husk: {verb.name}: ")):
            bad.append(f"does not name the container: {err!r}")
        return bad


class Storm:
    """Workers that create, run, start, exec, kill and delete a few IDs at random, while some of them die by SIGKILL."""

    IDS = 5

    def __init__(self, program, scratch, template, tag):
        self.tag = tag
        self.scratch = os.path.join(scratch, tag)
        os.mkdir(self.scratch)
        self.husk = Husk(program, os.path.join(self.scratch, "root"))
        os.mkdir(self.husk.root, 0o700)
        self.boxes = []
        for i in range(self.IDS):
            self.boxes.append(Box(self.husk, Bundle(os.path.join(self.scratch, f"b{i}"), template), f"{tag}-{i}"))
            self.boxes[-1].bundle.args("/payload", "sleep").hook("poststop", "/bin/true").save()
        self.before = machine.snapshot(tag, [self.husk.root])
        self.complaints = []

    def _work(self, end):
        chance = random.Random()
        null = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        while time.monotonic() < end:
            box = chance.choice(self.boxes)
            verb = chance.choice((["create", "--bundle", box.bundle.path], ["run", "--bundle", box.bundle.path, "--detach"],
                                  ["start"], ["delete", "--force"], ["delete"], ["kill"], ["state"], ["pause"], ["resume"]))
            more = ["KILL"] if verb == ["kill"] else []
            with tempfile.TemporaryFile() as err:
                process = self.husk.spawn(*verb, box.id, *more, stderr=err, **null)
                try:
                    process.wait(chance.uniform(0, 0.1) if chance.random() < 0.4 else 25)
                except subprocess.TimeoutExpired as slow:
                    if slow.timeout > 1:
                        self.complaints.append(f"{verb} {box.id} hangs")
                    process.kill()
                    process.wait()
                    continue
                err.seek(0)
                text = err.read().decode(errors="replace")
            if process.returncode not in (0, 1) or (process.returncode == 1 and text.count("\n") != 1):
                self.complaints.append(f"{verb} {box.id}: exit {process.returncode}, {text!r}")

    def rage(self, seconds, workers):
        """Returns complaints."""
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._work, args=(end,)) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for box in self.boxes:
            try:
                done = self.husk("delete", "--force", box.id)
                if done.rc:
                    self.complaints.append(repr(done))
            except subprocess.TimeoutExpired:
                self.complaints.append(f"delete --force {box.id} hangs")
        left = machine.difference(self.before, self.tag, [self.husk.root])
        if left:
            machine.remove_cgroups(self.tag)
        return self.complaints + left

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
