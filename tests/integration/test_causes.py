"""Causes: an error names what the kernel hides behind a number."""

import json
import os

import pytest

ALLOW = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}


def put(box, cpath, content, mode=0o755):
    path = box.bundle.inside(cpath)
    with open(path, "wb") as f:
        f.write(content.encode() if isinstance(content, str) else content)
    os.chmod(path, mode)
    return cpath


def start_fails(box, program, *words):
    box.process["args"] = [program]
    box.create().ok()
    box.start().fails(*words)


def test_missing_interpreter(box):
    program = put(box, "/script", "#!/opt/none/python3 -u\nprint(1)\n")
    start_fails(box, program, "exec: \"/script\": No such file or directory: its interpreter /opt/none/python3 does not exist")


def test_interpreter_with_dos_line(box):
    program = put(box, "/script", "#!/bin/sh\r\necho 1\r\n")
    start_fails(box, program, "its interpreter /bin/sh does not exist, the line ends as in DOS")


def test_missing_loader(box):
    source = next(p for p in ("/bin/ls", "/usr/bin/ls") if os.path.exists(p))
    with open(source, "rb") as f:
        program = put(box, "/dynamic", f.read())
    start_fails(box, program, "exec: \"/dynamic\": No such file or directory: its dynamic loader /lib")


def test_other_architecture(box):
    with open("/bin/busybox", "rb") as f:
        binary = bytearray(f.read())
    binary[18:20] = (183 if binary[18] != 183 else 62).to_bytes(2, "little")
    start_fails(box, put(box, "/foreign", bytes(binary)), "exec: \"/foreign\": Exec format error: it is a program for ")


@pytest.mark.parametrize("content, words", [("", "the file is empty"), ("echo 1\n", "neither a program nor a script that begins with #!")])
def test_no_program(box, content, words):
    start_fails(box, put(box, "/odd", content), "exec: \"/odd\": Exec format error: " + words)


def test_exec_says_it_too(box):
    put(box, "/script", "#!/opt/none\n")
    box.up()
    box.exec("/script").fails("exec: \"/script\": No such file or directory: its interpreter /opt/none does not exist", rc=255)


def test_noexec(box):
    box.bundle.bind(box.bundle.inside("/bin"), "/noexec", "bind", "noexec")
    box.process["args"] = ["/noexec/busybox", "true"]
    box.create().fails("exec: \"/noexec/busybox\": permission denied: its file system is mounted noexec")


@pytest.mark.parametrize("late", [True, False])
def test_filter_refuses_execve(box, late):
    box.process["noNewPrivileges"] = late
    box.linux["seccomp"] = {**ALLOW, "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
    start_fails(box, "/payload", "exec: \"/payload\": Operation not permitted: the seccomp filter does not allow execve")


def test_filter_kills_execve(box, subreaper):
    box.linux["seccomp"] = {**ALLOW, "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS"}]}
    start_fails(box, "/payload", "it was killed by signal 31 (SIGSYS): the seccomp filter does not allow")
    os.waitpid(-1, 0)  # ours by the fixture


def test_filter_kills_execve_of_run(box):
    box.linux["seccomp"] = {**ALLOW, "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS"}]}
    box.process["args"] = ["/payload"]
    box.run().fails("killed by signal 31 (SIGSYS): the seccomp filter")


def test_quick_programs_are_not_taken_for_dead(box):
    for _ in range(20):
        box.run("exit", 0).ok()


@pytest.mark.needs("memory controller")
def test_memory_limit_too_low(box):
    box.bundle.resources(memory={"limit": 16384})
    box.process["args"] = ["/payload"]
    done = box.create()
    if done.rc == 0:
        done = box.start()
    done.fails("out of memory, the memory limit is too low to start it")


@pytest.mark.needs("unified", "pids controller")
def test_pids_limit_reached(box):
    box.bundle.resources(pids={"limit": 1})
    box.up()
    box.exec("/payload", "exit", "0").fails("limit", rc=255)


def test_codes_in_the_log(box, scratch):
    log = os.path.join(scratch, box.id + ".log")
    options = ["--log", log, "--log-format", "json"]
    put(box, "/script", "#!/opt/none\n")
    box.husk("state", "none-such", options=options)
    box.process["args"] = ["missing"]
    box.bundle.save()
    box.husk("create", "--bundle", box.bundle.path, box.id, options=options)
    box.process["args"] = ["/script"]
    box.bundle.save()
    box.husk("create", "--bundle", box.bundle.path, box.id, options=options).ok()
    box.husk("start", box.id, options=options)
    box.husk("start", box.id, options=options)
    with open(log, encoding="utf-8") as f:
        assert [json.loads(line)["code"] for line in f] == ["not-found", "exec-not-found", "exec-not-found", "invalid-state"]
