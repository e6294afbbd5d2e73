"""What the benchmarks share: a bundle such as engines write, a view of the machine, and a container's way through the verbs."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
VERBS = ("run", "create", "state", "start", "exec", "kill", "delete")
CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]
# What an engine's profile keeps from a container.
FORBIDDEN = {"acct", "add_key", "bpf", "clock_settime", "create_module", "delete_module", "finit_module", "init_module", "ioperm",
             "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "move_pages",
             "nfsservctl", "open_by_handle_at", "perf_event_open", "pivot_root", "process_vm_readv", "process_vm_writev",
             "ptrace", "quotactl", "reboot", "request_key", "setns", "settimeofday", "stime", "swapoff", "swapon", "umount2",
             "unshare", "userfaultfd", "vhangup"}


def in_view():
    """Start again with cgroup2 alone and private mounts, which is where every runtime is at its best."""
    if "HUSK_VIEW" not in os.environ:
        view = os.path.join(TOP, "tests/view")
        os.execv(view, [view, "unified", sys.executable, "-B", *sys.argv])


def allowed_calls():
    """Every system call of this architecture but the forbidden ones: a profile of the usual size."""
    text = subprocess.run(["cc", "-E", "-dM", "-include", "asm/unistd.h", "-xc", "/dev/null"], check=True, capture_output=True,
                          text=True).stdout
    return sorted(set(re.findall(r"^#define __NR_(\w+) ", text, re.M)) - FORBIDDEN)


def config(args):
    """Namespaces, mounts, masks, devices, capabilities and a seccomp profile as engines ask for them."""
    quiet = ["nosuid", "noexec", "nodev"]
    return {
        "ociVersion": "1.0.2",
        "process": {"user": {"uid": 0, "gid": 0}, "args": args, "cwd": "/", "env": ["PATH=/bin"], "noNewPrivileges": True,
                    "capabilities": {kind: CAPS for kind in ("bounding", "effective", "permitted")},
                    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]},
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "bench",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": quiet},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*quiet, "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": quiet},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*quiet, "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": [*quiet, "relatime", "ro"]},
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                            "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
            "readonlyPaths": ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_" + os.uname().machine.upper()],
                        "syscalls": [{"names": allowed_calls(), "action": "SCMP_ACT_ALLOW"}]},
        },
    }


class Bed:
    """Two bundles on one root file system: `short` ends at once, `long` stays. Removed at the end."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="husk-bench-")
        rootfs = os.path.join(self.path, "rootfs")
        for directory in ("bin", "dev", "proc", "sys", "tmp"):
            os.makedirs(os.path.join(rootfs, directory))
        shutil.copy(shutil.which("busybox"), os.path.join(rootfs, "bin/busybox"))
        for name in ("true", "sleep"):
            os.symlink("busybox", os.path.join(rootfs, "bin", name))
        self.bundles = {}
        for name, args in (("short", ["/bin/true"]), ("long", ["/bin/sleep", "1000"])):
            self.bundles[name] = os.path.join(self.path, name)
            os.mkdir(self.bundles[name])
            contents = config(args)
            contents["root"]["path"] = rootfs
            with open(os.path.join(self.bundles[name], "config.json"), "w", encoding="utf-8") as f:
                json.dump(contents, f)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Runtime:
    """A runtime with a state directory of its own."""

    def __init__(self, name, program, bed):
        self.name = name
        self.program = os.path.realpath(program)
        self.bed = bed
        self.root = os.path.join(bed.path, "root-" + name)

    def argv(self, verb, ident):
        more = {"run": ["--bundle", self.bed.bundles["short"]], "create": ["--bundle", self.bed.bundles["long"]]}
        after = {"exec": ["/bin/true"], "kill": ["KILL"]}
        return [self.program, "--root", self.root, verb, *more.get(verb, []), ident, *after.get(verb, [])]

    def status(self, ident):
        done = subprocess.run([self.program, "--root", self.root, "state", ident], capture_output=True, text=True, check=False)
        return json.loads(done.stdout)["status"] if done.returncode == 0 else None

    def wait_for(self, ident, status):
        for _ in range(500):
            if self.status(ident) == status:
                return
            time.sleep(0.01)
        raise TimeoutError(f"{self.name}: {ident} is not {status}")

    def life(self, do):
        """One short container and the life of a long one; do(verb, argv) runs each command."""
        ident = "bench-" + secrets.token_hex(4)
        do("run", self.argv("run", ident))
        for verb in VERBS[1:]:
            if verb == "delete":
                self.wait_for(ident, "stopped")  # so that it has nothing to wait for
            do(verb, self.argv(verb, ident))

    def peak(self):
        """The largest resident set of `run` while its container lives, in bytes. (VmHWM of proc(5), which starts anew at execve.)"""
        ident = "bench-" + secrets.token_hex(4)
        argv = [self.program, "--root", self.root, "run", "--bundle", self.bed.bundles["long"], ident]
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            self.wait_for(ident, "running")
            with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as f:
                kib = int(re.search(r"^VmHWM:\s+(\d+) kB$", f.read(), re.M).group(1))
            subprocess.run(self.argv("kill", ident), check=True)
            process.wait()
        return kib * 1024


def quiet_run(argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
