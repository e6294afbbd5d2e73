"""What the scripts in this folder share: a scratch folder, a view of the cgroups, a busybox root, commands with a limit, a count."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
HUSK = os.path.realpath(os.environ.get("HUSK") or os.path.join(os.environ.get("HUSK_BUILD", os.path.join(TOP, "build")), "husk"))
COUNT = {"ok": 0, "FAIL": 0, "skip": 0}


def skip(why):
    """The machine lacks what the script is about: one line, and no failure."""
    print(f"skipped: {os.path.basename(sys.argv[0])}: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def need(*programs):
    """Root, husk and these programs, or the script ends here."""
    if os.geteuid() != 0:
        skip("needs root")
    for program in (HUSK, *programs):
        if not shutil.which(program):
            skip(f"needs {program}")


def enter(view, limit=600):
    """Run this script again inside tests/view, where mounts, pids and network are private; outside, come back with its status."""
    if os.environ.get("HUSK_VIEW"):
        return
    argv = ["timeout", "--kill-after=5", str(limit), os.path.join(TOP, "tests/view"), view, sys.executable, "-B", *sys.argv]
    sys.exit(subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode)


def both_views(limit=900):
    """Run this script in the machine's own view and, where that is another one, with cgroup2 alone. True inside a view."""
    if os.environ.get("HUSK_VIEW"):
        return True
    unified = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
    status, total = 0, [0, 0, 0]
    for view in ["as-is"] if unified else ["as-is", "unified"]:
        argv = ["timeout", "--kill-after=5", str(limit), os.path.join(TOP, "tests/view"), view, sys.executable, "-B", *sys.argv]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
        print(f"view: {view}", flush=True)
        for line in process.stdout:
            found = re.match(r"(\d+) passed, (\d+) failed, (\d+) skipped$", line)
            if found:
                total = [a + int(b) for a, b in zip(total, found.groups())]
            else:
                print(line, end="", flush=True)
        if process.wait():
            status, total[1] = 1, total[1] or 1
    print("{} passed, {} failed, {} skipped".format(*total))
    sys.exit(status)


def check(name, good, detail=""):
    """One line of the report."""
    word = "ok" if good else "FAIL"
    COUNT[word] += 1
    print(f"{word:4} {name}" + (f": {detail}" if detail and not good else ""), flush=True)
    return good


def finish():
    print("{} passed, {} failed, {} skipped".format(*COUNT.values()))
    sys.exit(1 if COUNT["FAIL"] else 0)


def run(argv, limit=60, stdin=None, **more):
    """Exit status (124 at the limit) and everything that was printed. To a file: a container may hold on to what it is given."""
    feed = {"input": stdin.encode()} if stdin is not None else {"stdin": subprocess.DEVNULL}
    with tempfile.TemporaryFile() as out:
        try:
            status = subprocess.run(argv, stdout=out, stderr=subprocess.STDOUT, timeout=limit, check=False, **feed, **more).returncode
        except subprocess.TimeoutExpired:
            out.write(f"\nno end after {limit} s".encode())
            status = 124
        out.seek(0)
        return status, out.read().decode(errors="replace")


def on_tty(argv, words="", limit=30, env=None, after=""):
    """The same on a terminal; `words` are typed once `after` has been seen."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
        os.execvpe(argv[0], argv, env or os.environ)
    seen, end = "", time.monotonic() + limit
    while time.monotonic() < end:
        if words and after in seen:
            os.write(fd, words.encode())
            words = ""
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            chunk = b""
        if not chunk:
            break
        seen += chunk.decode(errors="replace")
    else:
        os.kill(pid, 9)
        seen += f"\nno end after {limit} s"
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen


@contextlib.contextmanager
def scratch():
    """A folder that everybody can search, gone at the end; its file systems go with the view."""
    path = tempfile.mkdtemp(prefix="husk-real.")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def busybox_root(path):
    """A root file system from busybox alone, every applet linked."""
    for folder in ("bin", "dev", "etc", "proc", "sys", "tmp", "root", "run", "var/tmp", "home/user"):
        os.makedirs(os.path.join(path, folder))
    os.chmod(os.path.join(path, "tmp"), 0o1777)
    shutil.copy("/bin/busybox", os.path.join(path, "bin/busybox"))
    for name in run(["/bin/busybox", "--list"])[1].split():
        if name != "busybox":
            os.symlink("busybox", os.path.join(path, "bin", name))
    with open(os.path.join(path, "etc/passwd"), "w", encoding="ascii") as f:
        f.write("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
    with open(os.path.join(path, "etc/group"), "w", encoding="ascii") as f:
        f.write("root:x:0:\nuser:x:1000:\nextra:x:2000:user\n")
    for name in ("etc/resolv.conf", "etc/hosts", "etc/hostname", "run/.containerenv"):
        # Engines bind theirs over these; the root of a user namespace without our ids could not make them.
        open(os.path.join(path, name), "w", encoding="ascii").close()
    return path


def peers():
    """Other runtimes to compare with: from HUSK_PEERS (a folder), else from PATH."""
    folder = os.environ.get("HUSK_PEERS")
    found = {name: shutil.which(name, path=folder) for name in ("crun", "runc")}
    return {name: os.path.realpath(path) for name, path in found.items() if path}


# What a process can see of its container, one fact a line; numbers that are never the same are left out.
LOOK = r"""
id; env | sort; pwd; umask; hostname; cat /proc/self/oom_score_adj
grep -E '^(Cap|NoNewPrivs|Seccomp|Groups|Uid|Gid)' /proc/self/status
for limit in c f n s t v; do echo "ulimit $limit $(ulimit -S$limit) $(ulimit -H$limit)"; done
sed 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //; s/ [a-z]*:[0-9]*//g; s/,inode64//; s/^[^ ]* //' /proc/self/mountinfo | sed 's/\( - [^ ]*\) .*/\1/' |
	grep -v -e ' /sys/fs/cgroup' -e '^/proc/[a-su-z]' -e '^/proc/timer' -e '^/sys/[a-z]*' | sort
for name in $(ls -A /dev); do stat -c '%n %F %a %u:%g %t,%T' /dev/$name; done
for name in fd stdin stdout stderr ptmx; do echo "/dev/$name $(readlink /dev/$name)"; done
ls /proc/self/fd | wc -l; ls -A / | sort
for ns in mnt pid net ipc uts user cgroup time; do [ "$(readlink /proc/self/ns/$ns)" = "$(readlink /proc/1/ns/$ns)" ] || echo "other $ns"; done
cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups 2>/dev/null; seen=$(exec ps -o args); echo "$seen" | wc -l
for path in /proc/acpi /proc/scsi /sys/firmware; do [ -z "$(ls -A $path 2>/dev/null)" ] || echo "not masked $path"; done
for path in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug; do [ -z "$(head -c 9 $path 2>/dev/null)" ] || echo "not masked $path"; done
for path in /proc/sys/kernel/hostname /sys/kernel /proc/sysrq-trigger /; do touch $path 2>/dev/null && echo "writable $path"; done
true
"""


def compare(name, seen):
    """Facts by runtime: a line that the peers agree on and husk has not, or the other way round, is a failure. One peer shows, two decide."""
    def facts(text):
        return {line for line in text.splitlines() if not re.match("husk: warning|time=", line)}
    ours, others = facts(seen["husk"]), [facts(text) for who, text in seen.items() if who != "husk"]
    if not others:
        return
    missing, extra = set.intersection(*others) - ours, ours - set.union(*others)
    for sign, lines in (("-", missing), ("+", extra)):
        for line in sorted(lines):
            print(f"    {sign} {line}")
    if len(others) > 1:
        check(f"{name}: as the other runtimes show it", not missing and not extra)
