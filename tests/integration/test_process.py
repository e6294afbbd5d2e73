"""Process: identity, limits, environment and the road to execve (config.md, Process)."""

import os
import resource
import subprocess

import pytest


@pytest.mark.fallback
def test_user_and_groups(box):
    box.process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 7]}
    facts = box.report()
    assert facts["uid"] == [1000] * 3 and facts["gid"] == [1001] * 3 and sorted(set(facts["groups"]) - {1001}) == [5, 7]


def test_no_additional_groups(box):
    """The caller's own groups do not leak in."""
    assert set(box.report()["groups"]) <= {0}


def test_umask(box):
    box.process["user"]["umask"] = 0o027
    assert box.report().umask == 0o027


def test_umask_zero(box):
    box.process["user"]["umask"] = 0
    assert box.report().umask == 0


def test_umask_unset_is_the_callers(box):
    if box.husk.standin:
        pytest.skip("peers force 022")
    old = os.umask(0o037)
    try:
        facts = box.report()
    finally:
        os.umask(old)
    assert facts.umask == 0o037


@pytest.mark.fallback
def test_capability_sets(box):
    box.process["capabilities"] = {
        "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_CHROOT"], "permitted": ["CAP_CHOWN", "CAP_KILL"],
        "effective": ["CAP_CHOWN"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}
    box.process["user"] = {"uid": 1000, "gid": 1000}
    facts = box.report()
    # execve by a non-root user keeps what is ambient, and nothing else.
    assert facts.caps("Bnd") == 1 << 0 | 1 << 5 | 1 << 18
    assert facts.caps("Prm") == facts.caps("Eff") == facts.caps("Inh") == facts.caps("Amb") == 1 << 5


def test_capabilities_of_root(box):
    box.process["capabilities"] = {k: ["CAP_CHOWN", "CAP_KILL"] for k in ("bounding", "permitted", "effective")}
    facts = box.report()
    assert facts.caps("Bnd") == facts.caps("Prm") == facts.caps("Eff") == 1 << 0 | 1 << 5
    assert facts.caps("Inh") == facts.caps("Amb") == 0


def test_no_capabilities(box):
    del box.process["capabilities"]
    facts = box.report()
    assert all(facts.caps(which) == 0 for which in ("Inh", "Amb"))
    if not box.husk.standin:
        assert all(facts.caps(which) == 0 for which in ("Prm", "Eff", "Bnd"))


def test_non_root_without_ambient_has_nothing(box):
    box.process["user"] = {"uid": 1000, "gid": 1000}
    facts = box.report()
    assert facts.caps("Prm") == facts.caps("Eff") == 0


@pytest.mark.parametrize("name", ["CAP_NO_SUCH_THING", "CAP_SYS_RESOURCE"])
def test_capability_that_cannot_be_had_is_a_warning(box, name):
    if box.husk.standin and ("crun" in box.husk.program or name == "CAP_SYS_RESOURCE"):
        pytest.skip("stand-in")
    box.process["capabilities"] = {k: ["CAP_KILL", name] for k in ("bounding", "permitted", "effective")}
    box.run("exit", 0).ok()


@pytest.mark.parametrize("value", [True, False])
def test_no_new_privs(box, value):
    box.process["noNewPrivileges"] = value
    assert box.report()["no_new_privs"] == int(value)


@pytest.mark.fallback
def test_rlimits(box):
    box.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
                              {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
    facts = box.report()
    assert facts["rlimits"]["RLIMIT_NOFILE"] == [100, 200] and facts["rlimits"]["RLIMIT_CORE"] == [0, 0]


def test_rlimits_unset_are_the_callers(box):
    here = list(resource.getrlimit(resource.RLIMIT_STACK))
    there = [v if v < 1 << 63 else -1 for v in box.report()["rlimits"]["RLIMIT_STACK"]]
    assert there == here


@pytest.mark.parametrize("limits, text", [
    ([{"type": "RLIMIT_BOGUS", "soft": 1, "hard": 1}], "RLIMIT_BOGUS"),
    ([{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}], "process.rlimits[0]"),
    ([{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1}, {"type": "RLIMIT_NOFILE", "soft": 2, "hard": 2}], "RLIMIT_NOFILE")])
def test_bad_rlimits(box, limits, text):
    if box.husk.standin and len(limits) == 2:
        pytest.skip("no peer checks for duplicates")
    box.process["rlimits"] = limits
    box.run().fails(text)


@pytest.mark.parametrize("value", [0, 500, 1000])
def test_oom_score_adj(box, value):
    box.process["oomScoreAdj"] = value
    assert box.report()["oom_score_adj"] == str(value)


def test_oom_score_adj_unset_is_the_callers(box):
    here = open("/proc/self/oom_score_adj", encoding="ascii").read().strip()
    assert box.report()["oom_score_adj"] == here


@pytest.mark.fallback
def test_cwd(box):
    box.process["cwd"] = "/home"
    assert box.report()["cwd"] == "/home"


def test_missing_cwd_is_made(box):
    box.process["cwd"] = "/new/work"
    done = box.run()
    assert done.rc == 0 and done.json["cwd"] == "/new/work", repr(done)


def test_cwd_that_is_a_file(box):
    box.process["cwd"] = "/payload"
    box.run().fails("/payload")


def test_relative_cwd(box):
    box.process["cwd"] = "home"
    box.run().fails("cwd")


def test_cwd_of_another_user(box):
    """The directory is entered as the user, or as root when only root can."""
    os.mkdir(box.bundle.inside("/closed"), 0o700)
    box.process.update(cwd="/closed", user={"uid": 1000, "gid": 1000})
    done = box.run()
    if not box.husk.standin:
        assert done.rc in (0, 1)


@pytest.mark.fallback
def test_env_is_verbatim(box):
    box.process["env"] = ["PATH=/bin", "A=1", "B=", "C=x=y", "HOME=/where", "SPACE=a b"]
    assert box.report()["env"] == box.process["env"]


def test_env_of_the_runtime_does_not_leak(box):
    assert "LEAK" not in box.report(env={**os.environ, "LEAK": "1"}).env


@pytest.mark.parametrize("uid, home", [(0, "/root"), (1000, "/home/user"), (4321, "/")])
def test_home_comes_from_passwd(box, uid, home):
    box.process["user"] = {"uid": uid, "gid": uid}
    assert box.report().env.get("HOME") == home


def test_home_without_passwd(box):
    os.unlink(box.bundle.inside("/etc/passwd"))
    assert box.report().env.get("HOME") in ("/", None)


def test_passwd_that_is_hostile(box, outside):
    """A fifo, a directory or garbage in the image's /etc/passwd neither hangs nor fails the start."""
    os.unlink(box.bundle.inside("/etc/passwd"))
    os.mkfifo(box.bundle.inside("/etc/passwd"))
    if not box.husk.standin:
        box.run("exit", 0, timeout=10).ok()
    os.unlink(box.bundle.inside("/etc/passwd"))
    with open(box.bundle.inside("/etc/passwd"), "wb") as f:
        f.write(b"\0:::::\nroot:x\n" + b"x" * 100000 + b"\n::0:0:::\n")
    box.run("exit", 0).ok()


@pytest.mark.fallback
def test_path_lookup(box):
    box.process.update(args=["payload", "exit", "3"], env=["PATH=/no:/usr/bin:/"])
    assert box.run().rc == 3


@pytest.mark.fallback
def test_path_lookup_fails(box):
    box.process["args"] = ["no-such-program"]
    box.run().fails("executable file not found in $PATH")


def test_path_lookup_skips_what_cannot_run(box):
    for where, mode in (("/bin/tool", 0o644), ("/usr/bin/tool", 0o755)):
        with open(box.bundle.inside(where), "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nexit 6\n")
        os.chmod(box.bundle.inside(where), mode)
    box.process["args"] = ["tool"]
    assert box.run().rc == 6


@pytest.mark.parametrize("args, text", [
    (["/no/such"], "no such file or directory"), (["/etc/passwd"], "permission denied"), (["/etc"], ""), ([""], "")])
def test_programs_that_cannot_run(box, args, text):
    box.process["args"] = args
    done = box.run()
    assert done.rc != 0
    assert text in done.err.lower()
    assert done.err.count("\n") == 1 or box.husk.standin


def test_relative_program_is_from_cwd(box):
    box.process.update(args=["./payload", "exit", "3"], cwd="/")
    assert box.run().rc == 3


def test_no_args(box):
    box.process["args"] = []
    box.run().fails("args")
    del box.process["args"]
    box.run().fails("args")


def test_argument_list_too_long(box):
    box.process["args"] = ["/payload", "x" * 300000]
    box.run().fails("oo long")


def test_many_arguments(box):
    box.process["args"] = ["/payload", "report"] + ["kernel.x"] * 5000
    assert len(box.run().ok().json["argv"]) == 5002


@pytest.mark.fallback
def test_descriptors(box):
    """Exactly 0, 1 and 2 reach the program, whatever the caller has open."""
    extra = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        facts = box.report(pass_fds=[extra])
    finally:
        os.close(extra)
    assert sorted(facts["fds"]) == ["0", "1", "2"]


def test_preserve_fds(box, outside):
    paths = []
    for i in range(2):
        with open(f"{outside}/{i}", "w", encoding="ascii"):
            paths.append(f"{outside}/{i}")
    script = f"exec 3<{paths[0]} 4<{paths[1]} 5</dev/zero; exec \"$@\""
    box.bundle.args("/payload", "report")
    box.bundle.save()
    argv = box.husk.argv("run", "--bundle", box.bundle.path, "--preserve-fds", "2", box.id)
    done = subprocess.run(["sh", "-c", script, "sh", *argv], capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    import json
    fds = json.loads(done.stdout)["fds"]
    assert sorted(fds) == ["0", "1", "2", "3", "4"]


def test_listen_fds(box, outside):
    script = "exec 3</dev/zero; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\""
    box.bundle.args("/payload", "report")
    box.bundle.save()
    argv = box.husk.argv("run", "--bundle", box.bundle.path, box.id)
    done = subprocess.run(["sh", "-c", script, "sh", *argv], capture_output=True, check=False, timeout=30)
    import json
    facts = json.loads(done.stdout)
    assert "3" in facts["fds"] and "LISTEN_FDS=1" in facts["env"] and "LISTEN_PID=1" in facts["env"]


def test_signals_are_at_their_defaults(box):
    """What the caller ignores or blocks is not handed on."""
    import signal
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        status = box.report()["status"]
    finally:
        signal.signal(signal.SIGUSR1, old)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
    assert int(status["SigBlk"], 16) == 0
    if not box.husk.standin:
        assert int(status["SigIgn"], 16) == 0


def test_a_session_of_its_own(box):
    facts = box.report()
    assert facts["sid"] == facts["pid"] == facts["pgid"] == 1


def test_personality(box):
    box.linux["personality"] = {"domain": "LINUX32"}
    facts = box.report()
    assert facts["personality"] == 8 and facts["machine"] == "i686"


@pytest.mark.parametrize("policy, number, more", [
    ("SCHED_BATCH", 3, {"nice": 5}), ("SCHED_IDLE", 5, {}), ("SCHED_OTHER", 0, {"nice": 7})])
def test_scheduler(box, policy, number, more):
    box.process["scheduler"] = {"policy": policy, **more}
    sched = box.report()["sched"]
    assert sched["policy"] == number and sched["nice"] == more.get("nice", 0)


def test_scheduler_unknown_policy(box):
    box.process["scheduler"] = {"policy": "SCHED_BOGUS"}
    box.run().fails("SCHED_BOGUS")


@pytest.mark.parametrize("name, number", [("IOPRIO_CLASS_BE", 2), ("IOPRIO_CLASS_IDLE", 3)])
def test_io_priority(box, name, number):
    box.process["ioPriority"] = {"class": name, "priority": 4}
    assert box.report()["ioprio"] >> 13 == number


def test_memory_policy(box):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.linux["memoryPolicy"] = {"mode": "MPOL_INTERLEAVE", "nodes": "0"}
    assert box.report()["mempolicy"] == 3


def test_process_is_dumpable_as_usual(box):
    assert box.report()["dumpable"] == 1


def test_stdin_reaches_the_program(box):
    box.bundle.args("/bin/cat")
    assert box.run(text="through").ok().out == "through"


def test_output_and_errors_are_apart(box):
    box.bundle.args("/bin/sh", "-c", "echo out; echo err >&2")
    done = box.run().ok()
    assert (done.out, done.err) == ("out\n", "err\n")
