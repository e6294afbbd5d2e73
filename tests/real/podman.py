#!/usr/bin/python3
"""Podman drives husk, and the other runtimes beside it: one table, operation by runtime. A cell that only husk fails is a failure."""

import argparse
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402
from expect import Wrong, eventually, expect  # noqa: E402
import rootless  # noqa: E402

UNIFIED = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
PROFILE = '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["chmod","fchmodat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}'


class Engine:
    """Podman with one runtime and a store of its own."""

    def __init__(self, runtime, folder, rootfs, prefix=()):
        self.base = [*prefix, "podman", "--runtime", runtime, "--cgroup-manager=cgroupfs", "--storage-driver=vfs", "--events-backend=file",
                     f"--root={folder}/root", f"--runroot={folder}/run", f"--tmpdir={folder}/tmp"]
        # Without CAP_SYS_RESOURCE podman's own limits cannot be set, and a cgroup2 without pids knows no limit of them.
        self.plain = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"] + (["--pids-limit=0"] if UNIFIED else [])
        self.map = "0:1:60000" if prefix else "0:100000:65536"  # an ordinary user's ids count from 0 in podman's own user namespace
        self.runtime, self.folder, self.rootfs, self.number = runtime, folder, rootfs, 0

    def name(self):
        self.number += 1
        return f"c{self.number}"

    def do(self, *words, **more):
        return kit.run([*self.base, *words], limit=more.pop("limit", 40), **more)

    def words(self, verb, options, command, network="none", rootfs=None):
        options = [o for o in options if o]
        net = [] if any(re.match("--(network|pod|net|uidmap)=?", o) and "pod" in o or o.startswith("--net") for o in options) else [f"--network={network}"]
        return [*self.base, verb, *self.plain, *net, *options, "--rootfs", rootfs or self.rootfs, *command]

    def run(self, options, command, **more):
        return kit.run(self.words("run", ["--rm", *options], command), limit=40, **more)

    def tty(self, options, command, **more):
        return kit.on_tty(self.words("run", ["--rm", *options], command), **more)

    def start(self, options=(), command=("sleep", "1000")):
        """A container that runs in the background, by name."""
        name = self.name()
        expect(kit.run(self.words("run", ["-d", "--name", name, *options], command), limit=40), 0)
        return name

    def remove(self, *names):
        expect(self.do("rm", "-f", "-t", "0", *names), 0)

    def status(self, name):
        return self.do("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name)

    def clean(self):
        self.do("rm", "-a", "-f", "-t", "0")
        self.do("pod", "rm", "-a", "-f", "-t", "0")
        return self.do("ps", "-aq")


def sh(text):
    return ["sh", "-c", text]


# name: options, command, status, pattern
SIMPLE = {
    "run": ([], sh("id; echo $$"), 0, "^uid=0\\(root\\) gid=0.*\n1$"),
    "exit status 7": ([], sh("exit 7"), 7, ""),
    "exit status of a signal": (["--init"], sh("kill -9 $$"), 137, ""),
    "missing program": ([], ["nothing-here"], 127, "not found|No such file"),
    "missing absolute program": ([], ["/nothing/here"], 127, "(?i)no such file"),
    "program without x": ([], ["/etc/passwd"], 126, "(?i)permission denied"),
    "folder as program": ([], ["/etc"], 126, "(?i)permission denied|is a directory"),
    "--user name": (["--user=user"], ["id"], 0, "uid=1000\\(user\\) gid=1000"),
    "--user uid:gid": (["--user=1234:4321"], ["id"], 0, "uid=1234.* gid=4321"),
    "--group-add": (["--user=user", "--group-add=2000", "--group-add=77"], ["id"], 0, "2000.*77|77.*2000"),
    "--read-only": (["--read-only"], sh("touch /x || echo refused; touch /tmp/x && echo tmp"), 0, "(refused(.|\n)*^tmp|^tmp(.|\n)*refused)"),
    "--read-only-tmpfs=false": (["--read-only", "--read-only-tmpfs=false"], sh("touch /tmp/x || echo refused"), 0, "refused"),
    "--tmpfs": (["--tmpfs=/mnt/t:size=1m,mode=711"], sh("mount | grep /mnt/t; stat -c %a /mnt/t"), 0, "size=1024k,mode=711.*\n711"),
    "-v": (["-v", "{host}:/mnt/v"], sh("cat /mnt/v/file; echo new >/mnt/v/new"), 0, "from the host"),
    "-v ro": (["-v", "{host}:/mnt/v:ro"], sh("cat /mnt/v/file; touch /mnt/v/x || echo refused"), 0, "(from the host(.|\n)*^refused|refused(.|\n)*from the host)"),
    "-v z": (["-v", "{host}:/mnt/v:z"], ["cat", "/mnt/v/file"], 0, "from the host"),
    "-v rslave": (["-v", "{host}:/mnt/v:rslave"], sh("grep /mnt/v /proc/self/mountinfo"), 0, "master:"),
    "-v rshared": (["-v", "{host}:/mnt/v:rshared"], sh("grep /mnt/v /proc/self/mountinfo"), 0, "shared:"),
    "-v noexec,nosuid,nodev": (["-v", "{host}:/mnt/v:noexec,nosuid,nodev"], sh("mount | grep /mnt/v"), 0, "nosuid,nodev,noexec"),
    "-v of one file": (["-v", "{host}/file:/etc/issue:ro"], ["cat", "/etc/issue"], 0, "from the host"),
    "-v named volume": (["-v", "vol{n}:/mnt/v"], sh("echo x >/mnt/v/x; cat /mnt/v/x"), 0, "x"),
    "-v overlay": (["-v", "{host}:/mnt/v:O"], sh("echo x >/mnt/v/only-inside; cat /mnt/v/file /mnt/v/only-inside"), 0, "from the host\nx"),
    "--mount bind": (["--mount=type=bind,src={host},dst=/mnt/b,ro"], ["cat", "/mnt/b/file"], 0, "from the host"),
    "--mount tmpfs": (["--mount=type=tmpfs,dst=/mnt/t,tmpfs-size=65536"], sh("mount | grep /mnt/t"), 0, "size=64k"),
    "--shm-size": (["--shm-size=2m"], sh("mount | grep /dev/shm"), 0, "size=2048k"),
    "--cap-drop all": (["--cap-drop=all"], sh("grep Cap /proc/self/status; chown 5 /tmp || echo refused"), 0, "CapBnd:\t0000000000000000(.|\n)*refused"),
    "--cap-add": (["--cap-drop=all", "--cap-add=chown"], sh("grep CapEff /proc/self/status"), 0, "0000000000000001"),
    "default capabilities": ([], sh("grep CapEff /proc/self/status"), 0, "00000000[08]00405fb"),
    "capabilities of a user": (["--user=user"], sh("grep Cap /proc/self/status"), 0, "CapEff:\t0000000000000000"),
    "--cap-add for a user": (["--user=user", "--cap-add=net_admin"], sh("grep Cap /proc/self/status"), 0, "CapEff:\t0000000000001000"),
    "--privileged": (["--privileged"], sh("mount -t tmpfs tmpfs /tmp && echo mounted; grep Seccomp: /proc/self/status"), 0, "mounted\nSeccomp:\t0"),
    "no-new-privileges": (["--security-opt=no-new-privileges"], sh("grep NoNewPrivs /proc/self/status"), 0, "NoNewPrivs:\t1"),
    "default seccomp": ([], sh("grep Seccomp /proc/self/status"), 0, "Seccomp:\t2\nSeccomp_filters:\t1$"),
    "seccomp=unconfined": (["--security-opt=seccomp=unconfined"], sh("grep Seccomp: /proc/self/status"), 0, "Seccomp:\t0"),
    "seccomp=FILE": (["--security-opt=seccomp={host}/seccomp.json"], sh("chmod 700 /tmp"), 1, "Not supported|not supported"),
    "mask=, unmask=": (["--security-opt=mask=/proc/version", "--security-opt=unmask=/proc/acpi"],
                       sh("wc -c </proc/version; grep -c ' /proc/acpi ' /proc/mounts"), 1, "^0\n0"),
    "masked and read-only /proc": ([], sh("cat /proc/kcore | wc -c; echo x >/proc/sys/kernel/hostname || echo refused"), 0, "^0\n(.|\n)*refused"),
    "--pid=host": (["--pid=host"], sh("readlink /proc/self/ns/pid"), 0, "{hostns:pid}"),
    "--ipc=host": (["--ipc=host"], sh("readlink /proc/self/ns/ipc"), 0, "{hostns:ipc}"),
    "--ipc=none": (["--ipc=none"], sh("ls -d /dev/shm; mount | grep -c /dev/shm"), 1, "^0"),
    "--uts=host": (["--uts=host"], sh("readlink /proc/self/ns/uts"), 0, "{hostns:uts}"),
    "--network=host": (["--network=host"], sh("readlink /proc/self/ns/net"), 0, "{hostns:net}"),
    "--network=none": (["--network=none"], sh("ip -o link | wc -l; ip -o addr show lo"), 0, "127.0.0.1"),
    "--cgroupns=host": (["--cgroupns=host"], sh("readlink /proc/self/ns/cgroup"), 0, "{hostns:cgroup}"),
    "--cgroupns=private": (["--cgroupns=private"], sh("cat /proc/self/cgroup; mount | grep cgroup"), 0, ":/$"),
    "--uidmap": (["--uidmap={map}", "--gidmap={map}"], sh("id -u; cat /proc/self/uid_map; touch /tmp/x && stat -c %u /tmp/x"),
                 0, "^0\n +0 +{mapped}\n0"),
    "--uidmap, --user": (["--uidmap={map}", "--user=user"], sh("id"), 0, "uid=1000"),
    "--uidmap, --network=host": (["--uidmap={map}", "--network=host"], sh("cat /proc/self/gid_map; ls /sys | wc -l"), 0, "{mapped}"),
    "--hostname": (["--hostname=box"], ["hostname"], 0, "^box$"),
    "--sysctl net": (["--sysctl=net.ipv4.ip_forward=1"], ["cat", "/proc/sys/net/ipv4/ip_forward"], 0, "^1$"),
    "--sysctl ipc": (["--sysctl=kernel.msgmax=1234"], ["cat", "/proc/sys/kernel/msgmax"], 0, "^1234$"),
    "--device": (["--device=/dev/fuse"], sh("ls -l /dev/fuse; exec 3<>/dev/fuse && echo opened"), 0, "opened"),
    "--device r": (["--device=/dev/fuse:/dev/other:r"], sh("(exec 3<>/dev/other) || echo refused"), 0, "refused"),
    "device not given": (["--cap-add=mknod"], sh("mknod /dev/mine c 10 229 && (exec 3<>/dev/mine) || echo refused"), 0, "refused"),
    "--device-cgroup-rule": (["--cap-add=mknod", "--device-cgroup-rule=c 10:229 rwm"], sh("mknod /dev/mine c 10 229 && exec 3<>/dev/mine && echo opened"), 0, "opened"),
    "devices of /dev": ([], sh("ls /dev; echo x >/dev/null; head -c 4 /dev/urandom | wc -c; ls -l /dev/fd /dev/ptmx"), 0, "full(.|\n)*null(.|\n)*^4$"),
    "--init": (["--init"], sh("cat /proc/1/comm; sleep 0.1 & echo done"), 0, "catatonit|podman-init(.|\n)*done"),
    "--env": (["--env=A=b c", "--unsetenv=PATH"], ["/bin/env"], 0, "^A=b c$"),
    "--workdir": (["--workdir=/home/user"], ["pwd"], 0, "^/home/user$"),
    "--entrypoint": (["--entrypoint=/bin/echo"], ["a", "b"], 0, "^a b$"),
    "--umask": (["--umask=0077"], sh("umask"), 0, "0077"),
    "--ulimit": (["--ulimit=core=0:0", "--ulimit=nofile=100:200"], sh("ulimit -Sn; ulimit -Hn; ulimit -c"), 0, "100\n200\n0"),
    "--oom-score-adj": (["--oom-score-adj=500"], ["cat", "/proc/self/oom_score_adj"], 0, "^500$"),
    "--annotation": (["--annotation=a.b=c"], ["true"], 0, ""),
    "--label, --no-hosts, --tz": (["--label=x=y", "--no-hosts", "--tz=UTC"], ["date", "+%Z"], 0, "UTC"),
    "--secret": (["--secret=sec"], ["cat", "/run/secrets/sec"], 0, "hidden"),
    "--systemd=always": (["--systemd=always"], sh("mount | grep -E '/run |/run/lock|/sys/fs/cgroup'; echo $container"), 0, "tmpfs on /run"),
    "--cgroup-parent": (["--cgroup-parent=/husk-real-parent", "--cgroupns=host"], ["cat", "/proc/self/cgroup"], 0, "/husk-real-parent/"),
    "--pid=private, ps": ([], ["ps", "-o", "pid,args"], 0, "^ +1 ps"),
    "stdin by -i": (["-i"], ["cat"], 0, "typed"),
    "much output": ([], sh("seq 1 20000 | tail -1; yes | head -c 3000000 | wc -c"), 0, "20000\n3000000"),
    "--preserve-fds": (["--preserve-fds=1"], sh("cat <&3"), 0, "from the host"),
    "--rootfs :O": ([], sh("touch /only-in-overlay && echo made"), 0, "made"),
    "--memory": (["--memory=64m"], sh("cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max"), 0, "67108864"),
    "--cpus, --cpu-shares": (["--cpus=0.5", "--cpu-shares=512"], sh("cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.shares"), 0, "50000\n512"),
    "--pids-limit": (["--pids-limit=9"], sh("cat /sys/fs/cgroup/pids/pids.max; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; wait"), 2, "can't fork"),
    "--cpuset-cpus": (["--cpuset-cpus=0"], sh("grep Cpus_allowed_list /proc/self/status"), 0, "list:\t0$"),
    "--blkio-weight": (["--blkio-weight=200"], ["true"], 0, ""),
}


def simple(engine, name):
    options, command, status, pattern = SIMPLE[name]
    fill = {"{host}": f"{engine.folder}/host", "{n}": str(engine.number), "{map}": engine.map, "{mapped}": engine.map[2:].replace(":", " +")}
    fill.update({f"{{hostns:{kind}}}": re.escape(os.readlink(f"/proc/self/ns/{kind}")) for kind in ("pid", "ipc", "uts", "net", "cgroup")})

    def full(word):
        for key, value in fill.items():
            word = word.replace(key, value)
        return word
    options, pattern, more = [full(o) for o in options], full(pattern), {}
    if name == "stdin by -i":
        more["stdin"] = "typed\n"
    if name == "--preserve-fds":
        fd = os.open(f"{engine.folder}/host/file", os.O_RDONLY)
        os.dup2(fd, 3)
        more["pass_fds"] = (3,)
    if name == "--rootfs :O":
        return expect(kit.run(engine.words("run", ["--rm"], command, rootfs=engine.rootfs + ":O")), status, pattern)
    # 4.3 loses the output of a very short container now and then: a second look decides.
    try:
        return expect(engine.run(options, command, **more), status, pattern)
    except Wrong:
        return expect(engine.run(options, command, **more), status, pattern)


def flow_create_start(e):
    name = e.name()
    expect(kit.run(e.words("create", ["--name", name], sh("echo hello; exit 3"))), 0)
    expect(e.status(name), 0, "created 0")
    expect(e.do("start", "-a", name), 3)
    expect(e.do("logs", name), 0, "^hello$")
    expect(e.status(name), 0, "exited 3")
    expect(e.do("start", "-a", name), 3)
    expect(e.do("rm", name), 0)


def flow_init_start(e):
    name = e.name()
    expect(kit.run(e.words("create", ["--name", name], ["sleep", "1000"])), 0)
    expect(e.do("init", name), 0)
    expect(e.status(name), 0, "initialized|created")
    expect(e.do("start", name), 0)
    expect(e.status(name), 0, "running")
    e.remove(name)


def flow_init_rm(e):
    name = e.name()
    expect(kit.run(e.words("create", ["--name", name], ["sleep", "1000"])), 0)
    expect(e.do("init", name), 0)
    e.remove(name)


def flow_stop(e):
    name = e.start(command=sh("trap 'exit 5' TERM; while :; do sleep 0.1; done"))
    time.sleep(0.3)
    expect(e.do("stop", "-t", "5", name), 0)
    expect(e.status(name), 0, "exited 5")
    e.remove(name)


def flow_stop_timeout(e):
    name = e.start()
    begin = time.monotonic()
    expect(e.do("stop", "-t", "1", name), 0)
    if not 0.9 < time.monotonic() - begin < 8:
        raise Wrong(f"{time.monotonic() - begin:.1f} s")
    expect(e.status(name), 0, "exited 137")
    e.remove(name)


def flow_stop_signal(e):
    name = e.start(["--stop-signal=USR1"], sh("trap 'exit 6' USR1; while :; do sleep 0.1; done"))
    time.sleep(0.3)
    expect(e.do("stop", "-t", "5", name), 0)
    expect(e.status(name), 0, "exited 6")
    e.remove(name)


def flow_kill(e):
    name = e.start(command=sh("trap 'exit 9' HUP; while :; do sleep 0.1; done"))
    time.sleep(0.3)
    expect(e.do("kill", "-s", "HUP", name), 0)
    expect(e.do("wait", name), 0, "^9$")
    expect(e.do("kill", name), 125)
    e.remove(name)


def flow_kill_kill(e):
    name = e.start()
    expect(e.do("kill", name), 0)
    expect(e.do("wait", name), 0, "^137$")
    e.remove(name)


def flow_rm_force(e):
    name = e.start()
    expect(e.do("rm", name), 2)
    e.remove(name)
    expect(e.do("rm", name), 1)


def flow_restart(e):
    name = e.start()
    expect(e.do("restart", "-t", "0", name), 0)
    expect(e.status(name), 0, "running")
    e.remove(name)


def flow_pause(e):
    name = e.start()
    expect(e.do("pause", name), 0)
    expect(e.status(name), 0, "paused")
    if e.do("exec", name, "true")[0] == 0:
        raise Wrong("exec in a paused container")
    expect(e.do("unpause", name), 0)
    expect(e.do("exec", name, "true"), 0)
    expect(e.do("unpause", name), 125)
    e.remove(name)


def flow_rm_paused(e):
    name = e.start()
    expect(e.do("pause", name), 0)
    e.remove(name)


def flow_exec(e):
    name = e.start(["--env=A=1"])
    expect(e.do("exec", name, "sh", "-c", "echo out; echo $A; exit 4"), 4, "out\n1")
    e.remove(name)


def flow_exec_missing(e):
    name = e.start()
    expect(e.do("exec", name, "nothing-here"), 127, "not found|No such file")
    expect(e.do("exec", name, "/etc/passwd"), 126, "(?i)permission denied")
    e.remove(name)


def flow_exec_options(e):
    name = e.start(["--cap-drop=all"])
    expect(e.do("exec", "--user=user", "--workdir=/tmp", "--env=B=2", name, "sh", "-c", "id; pwd; echo $B"), 0, "uid=1000.*\n/tmp\n2")
    expect(e.do("exec", "--privileged", name, "grep", "CapEff", "/proc/self/status"), 0, "CapEff:\t0000[0-9a-f]*[1-9a-f]")
    expect(e.do("exec", "-i", name, "cat", stdin="typed\n"), 0, "typed")
    e.remove(name)


def flow_exec_detached(e):
    name = e.start()
    expect(e.do("exec", "-d", name, "sleep", "500"), 0)
    eventually(lambda: e.do("exec", name, "ps", "-o", "args"), "sleep 500")
    e.remove(name)


def flow_exec_tty(e):
    name = e.start()
    expect(kit.on_tty([*e.base, "exec", "-ti", name, "sh", "-c", "tty; stty size; exit 3"]), 3, "/dev/pts/\\d+\n33 99")
    expect(kit.on_tty([*e.base, "exec", "-t", name, "nothing-here"]), 127, "not found|No such file")
    e.remove(name)


def flow_exec_namespaces(e):
    name = e.start()
    expect(e.do("exec", name, "sh", "-c", "for n in pid ipc uts net mnt cgroup; do [ $(readlink /proc/1/ns/$n) = $(readlink /proc/self/ns/$n) ] || "
                "echo other $n; done; cmp /proc/1/cgroup /proc/self/cgroup && echo same"), 0, "\\Asame$")
    e.remove(name)


def flow_exec_userns(e):
    name = e.start([f"--uidmap={e.map}"])
    expect(e.do("exec", name, "sh", "-c", "id -u; cat /proc/self/uid_map"), 0, "^0\n +0 +" + e.map[2:].split(":")[0])
    expect(e.do("exec", "--user=user", name, "id"), 0, "uid=1000")
    e.remove(name)


def flow_tty(e):
    expect(e.tty(["-t"], sh("tty; test -t 0 && test -t 1 && test -t 2 && echo terminal; exit 4")), 4, "/dev/pts/0\nterminal|/dev/console\nterminal")


def flow_tty_shell(e):
    expect(e.tty(["-ti"], ["sh"], words="echo $((6*7)); exit 5\r", after="# "), 5, "^42$")


def flow_tty_sizes(e):
    expect(e.tty(["-ti"], sh("sleep 0.5; stty size; ls -l /dev/console")), 0, "^33 99\n.*/dev/console")


def flow_tty_logs(e):
    name = e.start(["-t"], sh("tty; echo x; sleep 1000"))
    eventually(lambda: e.do("logs", name), "x")
    e.remove(name)


def flow_tty_user_userns(e):
    expect(e.tty(["-ti", "--user=user", f"--uidmap={e.map}"], sh("tty; echo hello >/dev/tty; echo err >/dev/stderr; stat -c %u $(tty)")), 0,
           "hello\nerr\n1000")


def flow_attach(e):
    name = e.start(["-i"], sh("read line; echo got $line; exit 6"))
    expect(e.do("attach", name, stdin="word\n"), 0, "got word")
    expect(e.do("wait", name), 0, "^6$")
    expect(e.do("logs", name), 0, "got word")
    e.remove(name)


def flow_sig_proxy(e):
    argv = e.words("run", ["--rm"], sh("trap 'echo caught; exit 8' TERM; echo ready; while :; do sleep 0.1; done"))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out = process.stdout.read()
    expect((process.returncode, out), 8, "caught")


def flow_top(e):
    name = e.start()
    expect(e.do("top", name), 0, "sleep 1000")
    expect(e.do("top", name, "pid", "user", "args"), 0, "1 +root +sleep 1000")
    expect(e.do("top", name, "-o", "pid,args"), 0, "sleep 1000")
    e.remove(name)


def flow_inspect(e):
    name = e.start(["--hostname=box"])
    pid = expect(e.do("inspect", "--format", "{{.State.Pid}}", name), 0, "^[1-9]").strip()
    comm = open(f"/proc/{pid}/comm", encoding="ascii").read().strip()
    if comm != "sleep":
        raise Wrong(f"pid {pid} is {comm}")
    expect(e.do("ps", "--format", "{{.Names}} {{.Status}}"), 0, f"{name} Up")
    e.remove(name)


def flow_logs(e):
    name = e.start(command=sh("for i in 1 2 3; do echo line $i; done; echo err >&2; sleep 1000"))
    eventually(lambda: e.do("logs", name), "line 1\nline 2\nline 3\nerr")
    e.remove(name)


def flow_cp(e):
    name = e.start()
    expect(e.do("cp", f"{e.folder}/host/file", f"{name}:/tmp/copied-{name}"), 0)
    expect(e.do("exec", name, "cat", f"/tmp/copied-{name}"), 0, "from the host")
    expect(e.do("exec", name, "rm", f"/tmp/copied-{name}"), 0)
    e.remove(name)


def flow_stats(e):
    name = e.start()
    expect(e.do("stats", "--no-stream", name), 0, name)
    e.remove(name)


def flow_update(e):
    name = e.start()
    expect(e.do("update", "--cpus=0.5", name), 0)
    expect(e.do("exec", name, "cat", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), 0, "50000")
    e.remove(name)


def flow_health(e):
    name = e.start(["--health-cmd=true", "--health-interval=disable"])
    expect(e.do("healthcheck", "run", name), 0)
    e.remove(name)


def flow_shared_namespaces(e):
    first = e.start(["--ipc=shareable"])
    options = [f"--pid=container:{first}", f"--ipc=container:{first}", f"--network=container:{first}", f"--uts=container:{first}"]
    expect(e.run(options, sh("ps -o args")), 0, "sleep 1000")
    expect(e.run(options, sh("echo x >/dev/shm/shared")), 0)
    expect(e.do("exec", first, "cat", "/dev/shm/shared"), 0, "x")
    second = e.start(options)
    expect(e.do("exec", second, "ps", "-o", "args"), 0, "sleep 1000\n(.|\n)*sleep 1000")
    expect(e.do("stop", "-t", "0", second), 0)
    expect(e.do("exec", first, "true"), 0)
    e.remove(second)
    e.remove(first)


def flow_pod(e, share="ipc,net,uts,pid"):
    pod = "p" + e.name()
    expect(e.do("pod", "create", "--name", pod, "--share", share, "--network=none", limit=120), 0)
    first, second = e.name(), e.name()
    for name in (first, second):
        expect(kit.run([*e.base, "run", "-d", "--pod", pod, *e.plain, "--name", name, "--rootfs", e.rootfs, "sleep", "1000"]), 0)
    if "pid" in share:
        expect(e.do("exec", first, "ps", "-o", "args"), 0, "sleep 1000\n(.|\n)*sleep 1000")
    one, two = (expect(e.do("exec", name, "readlink", "/proc/self/ns/net"), 0) for name in (first, second))
    if one != two:
        raise Wrong("two network namespaces in a pod")
    for verb, state in (("pause", "Paused"), ("unpause", "Running"), ("stop", "Exited"), ("start", "Running")):
        expect(e.do("pod", verb, *(["-t", "0"] if verb == "stop" else []), pod), 0)
        eventually(lambda: e.do("pod", "inspect", "--format", "{{.State}}", pod), state)
    expect(e.do("pod", "rm", "-f", "-t", "0", pod), 0)


def flow_many_exec(e):
    name = e.start()
    argv = [*e.base, "exec", name, "sh", "-c", "echo $((1+1))"]
    running = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True) for _ in range(8)]
    for process in running:
        out, _ = process.communicate(timeout=40)
        expect((process.returncode, out), 0, "^2$")
    e.remove(name)


def flow_oom(e):
    name = e.name()
    kit.run(e.words("run", ["--name", name, "--memory=16m", "--memory-swap=16m"], sh("x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo survived")))
    expect(e.do("inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", name), 0, "137 true|[12] true|137 false")
    e.remove(name)


def flow_nocgroups(e):
    """Podman believes only a runtime of this name that it can do without cgroups."""
    link = f"{e.folder}/host/crun"
    if not os.path.islink(link):
        os.symlink(e.runtime, link)
    argv = e.words("run", ["--rm", "--cgroups=disabled"], sh("ls /proc/self/fd | wc -l; cat /proc/self/cgroup"))
    argv[argv.index(e.runtime)] = link
    expect(kit.run(argv), 0, ":/")


def flow_hooks(e):
    folder = f"{e.folder}/hooks"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/h.json", "w", encoding="ascii") as f:
        f.write('{"version":"1.0.0","hook":{"path":"/bin/sh","args":["sh","-c","cat >>%s/seen"]},"when":{"always":true},'
                '"stages":["prestart","createRuntime","poststart","poststop"]}' % folder)
    expect(kit.run([*e.base, "--hooks-dir", folder, *e.words("run", ["--rm"], sh("sleep 0.2"))[len(e.base):]]), 0)
    seen = open(f"{folder}/seen", encoding="utf-8").read()
    if seen.count('"ociVersion"') < 3 or '"status"' not in seen:
        raise Wrong(seen[-300:])


FLOWS = {name[5:].replace("_", " "): function for name, function in list(globals().items()) if name.startswith("flow_")}


def cell(engine, name):
    """ok, or why not."""
    try:
        if name in SIMPLE:
            simple(engine, name)
        else:
            FLOWS[name](engine)
        return "ok"
    except Wrong as wrong:
        return str(wrong)
    except (OSError, subprocess.SubprocessError) as error:
        return repr(error)


def as_user(base):
    """Words that make a command an ordinary user's, whose home is here."""
    os.makedirs(f"{base}/home/run")
    kit.run(["chown", "-hR", f"{rootless.UID}:{rootless.UID}", base])
    return ["setpriv", f"--reuid={rootless.UID}", f"--regid={rootless.UID}", "--clear-groups", "--", "env", "-i", "-C", base, f"PATH={os.environ['PATH']}",
            f"HOME={base}/home", f"XDG_RUNTIME_DIR={base}/home/run", "USER=huskreal", "TERM=xterm"]


def prepare(folder, runtime, name, ordinary):
    """An engine with what its cells expect on the host."""
    base = os.path.join(folder, name)
    host = os.path.join(base, "host")
    os.makedirs(host)
    with open(f"{host}/file", "w", encoding="ascii") as f:
        f.write("from the host\n")
    with open(f"{host}/seccomp.json", "w", encoding="ascii") as f:
        f.write(PROFILE)
    with open(f"{host}/secret", "w", encoding="ascii") as f:
        f.write("hidden")
    rootfs = kit.busybox_root(os.path.join(base, "rootfs"))
    engine = Engine(runtime, base, rootfs, as_user(base) if ordinary else ())
    expect(engine.do("secret", "create", "sec", f"{host}/secret"), 0)
    return engine


def table(folder, runtimes, names, ordinary):
    """All operations in all runtimes that run anything here."""
    engines = {name: prepare(folder, path, name, ordinary) for name, path in runtimes.items()}
    for name in [name for name in engines if name != "husk"]:
        status, text = engines[name].run([], ["true"])
        if status:
            print(f"{name} runs nothing here: {text.strip()}", flush=True)
            engines.pop(name).clean()
    print(f"{'rootless' if ordinary else 'as root':30}" + "".join(f"{name:6}" for name in engines), flush=True)
    for name in names:
        row = {runtime: cell(engine, name) for runtime, engine in engines.items()}
        print(f"{name:30}" + "".join(f"{'ok' if text == 'ok' else 'no':6}" for text in row.values()), flush=True)
        good, peer = row["husk"] == "ok", "ok" in list(row.values())[1:] or len(runtimes) == 1
        kit.COUNT["ok" if good else "FAIL" if peer else "skip"] += 1
        for runtime, text in row.items():
            if text != "ok" and (runtime == "husk" or os.environ.get("HUSK_REAL_VERBOSE")):
                print(f"    {runtime}: {text}".replace("\n", "\n          "), flush=True)
    for runtime, engine in engines.items():
        left = engine.clean()[1].strip()
        if runtime == "husk":
            kit.check("podman leaves nothing", left == "", left)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PATTERN", default="", help="the operations whose names match")
    parser.add_argument("--alone", action="store_true", help="husk alone, without the other runtimes")
    parser.add_argument("--who", choices=["root", "user"], help="as root or as an ordinary user alone; default: both")
    options = parser.parse_args()
    kit.need("podman", "conmon", "busybox", "newuidmap", "setpriv")
    kit.both_views(1800)
    # Podman's locks and run-time files are the view's own.
    for path in ("/run", "/dev/shm"):
        kit.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", path])
    os.environ["HOME"] = "/root"
    names = [name for name in (*SIMPLE, *FLOWS) if re.search(options.only, name)]
    runtimes = {"husk": kit.HUSK, **({} if options.alone else kit.peers())}
    for who in ("root", "user"):
        if options.who in (None, who):
            with kit.scratch() as folder:
                rootless.user_files(folder, True)
                table(folder, runtimes, names, who == "user")
    state = [path for path in ("/run/husk",) if os.path.isdir(path) and any(not name.startswith("@") for name in os.listdir(path))]
    kit.check("husk leaves no state", not state, str(state))
    kit.finish()


if __name__ == "__main__":
    main()
