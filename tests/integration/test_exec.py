"""Exec: a second process in a running container, with every flag, and the refusals."""

import json
import os
import subprocess
import time

import pytest


@pytest.fixture
def running(box):
    return box.up()


def process_file(box, **changes):
    process = {**box.process, "args": ["/payload", "report"], **changes}
    path = os.path.join(box.bundle.path, "process.json")
    with open(path, "w", encoding="ascii") as f:
        json.dump(process, f)
    return path


@pytest.mark.fallback
def test_namespaces_are_the_containers(running):
    facts = running.exec_report()
    for kind in ("pid", "net", "ipc", "uts", "mnt"):
        assert facts["ns"][kind] == os.readlink(f"/proc/{running.pid}/ns/{kind}")
    assert facts["hostname"] == "inside" and facts["cwd"] == "/" and facts["pid"] != 1


@pytest.mark.fallback
def test_everything_of_the_process_is_the_containers(box):
    box.process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5]}
    box.process["env"] = ["PATH=/bin", "A=container"]
    box.process["cwd"] = "/home"
    box.up()
    facts = box.exec_report()
    assert facts["cwd"] == "/home" and facts.env["A"] == "container"
    assert facts["uid"] == [1000] * 3 and facts["gid"] == [1001] * 3
    assert facts["no_new_privs"] == 1
    assert facts.caps("Bnd") == box_bounding(box)
    assert facts.caps("Inh") == facts.caps("Amb") == 0, "CVE-2022-29162"


def box_bounding(box):
    status = open(f"/proc/{box.pid}/status", encoding="ascii").read()
    return int(status.split("CapBnd:")[1].split()[0], 16)


@pytest.mark.fallback
@pytest.mark.parametrize("status", [0, 1, 7, 254])
def test_exit_status(running, status):
    assert running.exec("/payload", "exit", status).rc == status


@pytest.mark.parametrize("number", [9, 15, 11])
def test_exit_status_after_a_signal(running, number):
    assert running.exec("/payload", "kill-self", number).rc == 128 + number


def test_words_after_the_id_belong_to_the_command(running):
    assert running.exec("/bin/echo", "--cwd", "/nowhere", "-t").ok().out == "--cwd /nowhere -t\n"


@pytest.mark.parametrize("args, text", [
    (["/no/such"], "no such file or directory"), (["no-such"], "executable file not found in $PATH"),
    (["/etc/passwd"], "permission denied")])
def test_programs_that_cannot_run(running, args, text):
    done = running.exec(*args)
    if not running.husk.standin:
        assert done.rc == 255
    assert text.lower() in done.err.lower() or running.husk.standin


def test_no_command(running):
    running.exec().fails(rc=running.exec().rc or 1)


@pytest.mark.fallback
def test_process_file_replaces_everything(running):
    path = process_file(running, env=["ONLY=this"], cwd="/tmp", user={"uid": 5, "gid": 6, "additionalGids": [7]})
    facts = running.husk("exec", "--process", path, running.id).ok().json
    assert facts["env"][0] == "ONLY=this" and facts["cwd"] == "/tmp"
    assert facts["uid"] == [5] * 3 and facts["gid"] == [6] * 3 and 7 in facts["groups"]


def test_process_file_short_option(running):
    running.husk("exec", "-p", process_file(running), running.id).ok()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"args": "x", "cwd": "/"}', '{"args": ["/payload"], "cwd": 3}'])
def test_bad_process_file(running, text):
    path = os.path.join(running.bundle.path, "process.json")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    done = running.husk("exec", "--process", path, running.id)
    assert done.rc != 0 and done.err
    if not running.husk.standin:
        done.fails("process.json", rc=255)


def test_missing_process_file(running):
    done = running.husk("exec", "--process", "/no/such.json", running.id)
    done.fails("/no/such.json", "No such file or directory", rc=done.rc or 1)


def test_cwd(running):
    assert running.exec_report("--cwd", "/tmp")["cwd"] == "/tmp"


def test_cwd_missing(running):
    done = running.exec("/payload", options=["--cwd", "/no/such/cwd"])
    if not running.husk.standin:
        done.fails("/no/such/cwd", rc=255)


def test_env(running):
    facts = running.exec_report("--env", "A=1", "--env", "B=x=y", "--env", "EMPTY=")
    assert (facts.env["A"], facts.env["B"], facts.env["EMPTY"]) == ("1", "x=y", "")
    assert facts.env["TERM"] == "xterm"


def test_env_overrides(running):
    facts = running.exec_report("--env", "TERM=dumb")
    assert facts.env["TERM"] == "dumb"


@pytest.mark.parametrize("text, uid, gid", [("1", 1, None), ("1:2", 1, 2), ("1000:1000", 1000, 1000), ("0", 0, None),
                                            ("4294967294:4294967294", 4294967294, 4294967294)])
def test_user(running, text, uid, gid):
    """`-u 1` must be uid 1: CVE-2026-30892 made it root."""
    facts = running.exec_report("-u", text)
    assert facts["uid"] == [uid] * 3
    if gid is not None:
        assert facts["gid"] == [gid] * 3


@pytest.mark.parametrize("text", ["1x", "-1", "4294967295", "4294967296", ":", "1:", ":1", "1:x", "1:4294967295", "1:2:3",
                                  " 1", "+1", "0x1", "99999999999999999999", "root"])
def test_bad_user(running, text):
    if running.husk.standin:
        pytest.skip("peers are less strict")
    running.exec("/payload", options=["--user", text]).fails(rc=255)


def test_additional_groups(running):
    if "crun" in running.husk.program:
        pytest.skip("crun does not have it")
    assert {5, 6} <= set(running.exec_report("-g", "5", "-g", "6")["groups"])


def test_caps(running):
    facts = running.exec_report("--cap", "CAP_NET_RAW")
    assert facts.caps("Bnd") >> 13 & 1 and facts.caps("Eff") >> 13 & 1


def test_no_new_privs(box):
    box.process["noNewPrivileges"] = False
    box.up()
    assert box.exec_report()["no_new_privs"] == 0
    assert box.exec_report("--no-new-privs")["no_new_privs"] == 1


@pytest.mark.fallback
def test_detach_and_pid_file(running):
    path = os.path.join(running.bundle.path, "pid")
    running.exec("/payload", "sleep", options=["--detach", "--pid-file", path]).ok()
    pid = open(path, encoding="ascii").read()
    assert pid.isdigit(), "digits only"
    assert open(f"/proc/{pid}/cmdline", "rb").read() == b"/payload\0sleep\0"
    assert os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{running.pid}/ns/pid")


def test_detached_failure_is_reported(running):
    done = running.exec("/no/such", options=["--detach"])
    assert done.rc != 0 and done.err


def test_descriptors(running):
    extra = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        assert sorted(running.exec_report(pass_fds=[extra])["fds"]) == ["0", "1", "2"]
    finally:
        os.close(extra)


def test_preserve_fds(running):
    argv = running.husk.argv("exec", "--preserve-fds", "1", running.id, "/payload", "report")
    done = subprocess.run(["sh", "-c", "exec 3</dev/zero 4</dev/zero; exec \"$@\"", "sh", *argv], capture_output=True,
                          check=False, timeout=30)
    assert sorted(json.loads(done.stdout)["fds"]) == ["0", "1", "2", "3"], done


def test_stdin(running):
    assert running.exec("/bin/cat", text="through").ok().out == "through"


def test_into_paused(running):
    running.husk("pause", running.id).ok()
    done = running.exec("/payload")
    done.fails("cannot exec in a paused container (use --ignore-paused to override)", rc=done.rc or 1)
    running.husk("resume", running.id).ok()
    running.exec("/payload").ok()


def test_into_stopped(box):
    box.up("exit", 0)
    box.wait()
    done = box.exec("/payload")
    done.fails("cannot exec in a stopped container", rc=done.rc or 1)
    if not box.husk.standin:
        assert done.rc == 255


def test_into_created(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    assert box.exec("/payload", "exit", 3).rc == 3


def test_kill_ends_the_execed_too(running):
    running.exec("/payload", "sleep", options=["--detach"]).ok()
    running.kill().ok()
    running.wait()


def test_seccomp_holds(box):
    box.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
    box.up()
    assert box.exec_report()["status"]["Seccomp"] == "2"
    assert box.exec("/payload", "syscall", 83, 0).json["errno"] == "ENOSYS"


def test_user_namespace(box):
    box.bundle.userns()
    box.up()
    facts = box.exec_report()
    assert facts["uid"] == [0] * 3 and facts["ns"]["user"] == os.readlink(f"/proc/{box.pid}/ns/user")


def test_rlimits_and_umask_of_the_process_file(running):
    path = process_file(running, rlimits=[{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}],
                        user={"uid": 0, "gid": 0, "umask": 0o077})
    facts = running.husk("exec", "--process", path, running.id).ok().json
    assert facts["rlimits"]["RLIMIT_NOFILE"] == [64, 64]
    if not running.husk.standin:
        assert facts["status"]["Umask"] == "0077"


@pytest.mark.parametrize("controller", ["memory", "pids", "freezer"])
@pytest.mark.needs("v1")
def test_cgroup_is_the_containers_v1(running, controller):
    line = next(line for line in running.exec_report()["cgroup"] if f":{controller}:" in line)
    assert line.endswith(f"/{running.id}")


@pytest.mark.needs("unified")
def test_cgroup_is_the_containers_v2(running):
    assert running.id in running.exec_report()["cgroup"][-1]


@pytest.mark.needs("unified")
@pytest.mark.parametrize("path", ["../../elsewhere", "/../elsewhere", "../other"])
def test_cgroup_outside_is_refused(running, path):
    done = running.exec("/payload", options=["--cgroup", path])
    assert done.rc != 0 or running.husk.standin


def test_many_at_once(running):
    procs = [running.husk.spawn("exec", running.id, "/payload", "exit", "5") for _ in range(10)]
    assert [p.wait(60) for p in procs] == [5] * 10


def test_of_a_container_that_dies_meanwhile(boxes):
    """It ends, with an answer; it never hangs."""
    box = boxes().up("sleep")
    procs = [box.husk.spawn("exec", box.id, "/payload", "sleep", stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
             for _ in range(4)]
    time.sleep(0.05)
    box.kill().ok()
    assert all(p.wait(20) != 0 for p in procs)


def test_foreground_signals_are_forwarded(running):
    process = running.husk.spawn("exec", running.id, "/payload", "trap", stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(10)
        assert process.stdout.readline() == b"USR1\n"
        process.send_signal(15)
        assert process.stdout.readline() == b"TERM\n"
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
