"""Lifecycle: the verbs, the states that allow them, and the words of each refusal (runtime.md)."""

import json
import os
import re
import signal
import time

import pytest

pytestmark = pytest.mark.fallback


def test_run_to_the_end(box):
    assert box.run("exit", 0).ok().out == ""
    box.husk("state", box.id).fails(f'container "{box.id}" does not exist')


@pytest.mark.parametrize("status", [1, 7, 255])
def test_run_exit_status(box, status):
    assert box.run("exit", status).rc == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_run_status_after_a_signal(box, number):
    box.bundle.without_namespace("pid")  # pid 1 of a namespace is immune to its own signals
    assert box.run("kill-self", int(number)).rc == 128 + number


def test_create_start_kill_delete(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    state = box.state()
    assert state["status"] == "created" and state["id"] == box.id and state["bundle"] == box.bundle.path
    assert state["pid"] > 0 and re.match(r"\d+\.\d+\.\d+", state["ociVersion"])
    box.start().ok()
    assert box.status == "running"
    box.kill("TERM").ok()
    box.kill("KILL").ok()
    box.wait("stopped")
    state = box.state()
    assert state.get("pid", 0) == 0
    box.delete().ok()
    box.husk("state", box.id).fails("does not exist")


def test_state_has_only_allowed_keys(box):
    box.config["annotations"] = {"org.example.key": "value"}
    box.up()
    state = box.state()
    assert state["annotations"] == {"org.example.key": "value"}
    allowed = {"ociVersion", "id", "status", "pid", "bundle", "rootfs", "created", "annotations", "owner"}
    if not box.husk.standin:
        assert set(state) <= allowed
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", state["created"])


def test_program_does_not_run_before_start(box):
    box.bundle.args("/payload", "write", "/tmp/mark")
    box.create().ok()
    time.sleep(0.1)
    assert not os.path.exists(box.bundle.inside("/tmp/mark"))
    box.start().ok()
    box.wait()
    assert os.path.exists(box.bundle.inside("/tmp/mark"))


def test_config_is_frozen_at_create(box):
    box.bundle.args("/payload", "write", "/tmp/first")
    box.create().ok()
    box.bundle.args("/payload", "write", "/tmp/second")
    box.bundle.save()
    box.start().ok()
    box.wait()
    assert os.path.exists(box.bundle.inside("/tmp/first")) and not os.path.exists(box.bundle.inside("/tmp/second"))


def test_taken_id(box):
    box.up()
    box.create().fails("container with given ID already exists")
    assert box.status == "running"


def test_start_twice(box):
    box.up()
    box.start().fails()
    assert box.status == "running"


def test_start_of_stopped(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    box.kill().ok()
    box.wait()
    box.start().fails()
    assert box.status == "stopped"


def test_kill_of_stopped(box):
    box.up("exit", 0)
    box.wait()
    box.kill().fails("container not running")


def test_kill_all_of_stopped_is_fine(box):
    if box.husk.standin:
        pytest.skip("peers differ")
    box.up("exit", 0)
    box.wait()
    box.kill("KILL", "--all").ok()


@pytest.mark.parametrize("name", ["TERM", "SIGTERM", "term", "15"])
def test_kill_signal_spellings(box, name):
    box.bundle.args("/payload", "trap")
    box.create().ok()
    box.start().ok()
    time.sleep(0.1)
    box.kill(name).ok()
    box.wait()


def test_kill_default_is_term(box):
    box.bundle.args("/payload", "trap")
    box.create().ok()
    box.start().ok()
    time.sleep(0.1)
    box.husk("kill", box.id).ok()
    box.wait()


def test_kill_unknown_signal(box):
    box.up()
    box.kill("NONSENSE").fails("NONSENSE")
    assert box.status == "running"


def test_kill_created(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    box.kill().ok()
    box.wait()
    box.delete().ok()


def test_delete_running(box):
    box.up()
    box.delete().fails(f"cannot delete container {box.id} that is not stopped: running")
    assert box.status == "running"


def test_delete_force_running(box):
    box.up()
    pid = box.pid
    box.delete("--force").ok()
    assert not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat", encoding="ascii").read().split()[2] == "Z"


def test_delete_created(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    box.delete("--force").ok()
    box.husk("state", box.id).fails("does not exist")


def test_delete_missing(husk, ident):
    husk("delete", ident).fails(f'container "{ident}" does not exist')
    husk("delete", "--force", ident).ok()


@pytest.mark.parametrize("verb", [["state"], ["start"], ["kill"], ["pause"], ["resume"], ["ps"], ["exec"]])
def test_verbs_on_a_missing_container(husk, ident, verb):
    more = ["/payload"] if verb == ["exec"] else []
    rc = 255 if verb == ["exec"] and not husk.standin else None
    done = husk(*verb, ident, *more)
    done.fails(f'container "{ident}" does not exist', rc=rc or done.rc or 1)


def test_delete_reaches_every_process(box):
    box.bundle.without_namespace("pid")
    box.up("spawn", 3)
    time.sleep(0.2)
    box.delete("--force").ok()


def test_id_can_be_used_again(box):
    for _ in range(2):
        box.up()
        box.stop()


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../up", "a b", "a\nb", "-x", "é"])
def test_bad_ids(husk, bundle, bad):
    bundle.save()
    done = husk("create", "--bundle", bundle.path, bad)
    if bad == "-x":
        assert done.rc != 0 and done.err
    elif bad == "":
        done.fails("container id cannot be empty")
    else:
        done.fails("invalid container ID format")


@pytest.mark.parametrize("good", ["a", "A_b.c+d-e", "..a", "0"])
def test_good_ids(box, good):
    box.id = good + box.id
    box.linux["cgroupsPath"] = f"/{box.id}"
    box.run("exit", 0).ok()


def test_relative_bundle_and_default_bundle(box):
    box.bundle.args("/payload", "exit", 3)
    box.bundle.save()
    assert box.husk("run", box.id, cwd=box.bundle.path).rc == 3
    parent, name = os.path.split(box.bundle.path)
    assert box.husk("run", "-b", name, box.id, cwd=parent).rc == 3


@pytest.mark.parametrize("spelling", [["--bundle={}"], ["--bundle", "{}"], ["-b", "{}"], ["-bundle", "{}"]])
def test_option_spellings(box, spelling):
    if "crun" in box.husk.program:
        pytest.skip("crun knows fewer spellings")
    box.bundle.args("/payload", "exit", 4)
    box.bundle.save()
    assert box.husk("run", *(s.format(box.bundle.path) for s in spelling), box.id).rc == 4


def test_list(boxes, husk):
    assert husk("list", "--format", "json").ok().json in (None, [])
    first, second = boxes().up(), boxes()
    second.bundle.args("/payload", "sleep")
    second.create().ok()
    listed = {c["id"]: c for c in husk("list", "-f", "json").ok().json}
    assert listed[first.id]["status"] == "running" and listed[second.id]["status"] == "created"
    assert listed[first.id]["owner"] == "root" and listed[first.id]["pid"] == first.pid
    assert sorted(husk("list", "-q").ok().out.split()) == sorted([first.id, second.id])
    table = husk("list").ok().out.splitlines()
    if not husk.standin:
        assert table[0].split() == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
    assert any(line.startswith(first.id) for line in table[1:])


def test_list_is_null_when_there_are_none(husk):
    if "crun" in husk.program:
        pytest.skip("crun prints an empty array")
    assert husk("list", "--format", "json").ok().out.strip() == "null"


def test_ps(box):
    box.up("spawn", 2)
    time.sleep(0.1)
    pids = box.husk("ps", "--format", "json", box.id).ok().json
    assert len(pids) == 3 and box.pid in pids
    assert str(box.pid) in box.husk("ps", box.id).ok().out


def test_pause_and_resume(box):
    box.up()
    box.husk("resume", box.id).fails("container not paused")
    box.husk("pause", box.id).ok()
    assert box.status == "paused"
    box.husk("resume", box.id).ok()
    assert box.status == "running"


def test_pause_of_created_or_stopped(box):
    box.up("exit", 0)
    box.wait()
    box.husk("pause", box.id).fails("container not running")


def test_delete_of_paused(box):
    box.up()
    box.husk("pause", box.id).ok()
    box.delete("--force").ok()


def test_run_detached_and_pid_file(box, scratch):
    box.bundle.args("/payload", "sleep")
    path = os.path.join(scratch, "pid")
    with open(path, "w", encoding="ascii") as f:
        f.write("an older file, which is longer than a pid")
    box.run(options=["--detach", "--pid-file", path]).ok()
    text = open(path, encoding="ascii").read()
    assert text == str(box.pid), "digits only, not even a newline"
    os.unlink(path)


def test_pid_file_is_resolved_before_the_bundle(box, scratch):
    box.bundle.args("/payload", "sleep")
    box.bundle.save()
    box.husk("create", "--bundle", box.bundle.path, "--pid-file", "pid.txt", box.id, cwd=scratch).ok()
    assert os.path.exists(os.path.join(scratch, "pid.txt"))
    os.unlink(os.path.join(scratch, "pid.txt"))


def test_run_keep(box):
    box.run("exit", 0, options=["--keep"]).ok()
    assert box.status == "stopped"
    box.delete().ok()


def test_init_belongs_to_the_subreaper(box, subreaper):
    box.up()
    stat = open(f"/proc/{box.pid}/stat", encoding="ascii").read()
    assert int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid()
    pid = box.pid
    box.kill().ok()
    # The exit status reaches whoever waits on the pid of the pid file, as engines do.
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_process_absent(box):
    del box.config["process"]
    done = box.create()
    if done.rc == 0:
        box.start().fails()
        box.delete("--force").ok()
    else:
        done.fails()


def test_start_reports_a_missing_program(box):
    box.bundle.args("/no/such/program")
    done = box.create()
    if done.rc == 0:
        done = box.start()
    done.fails("no such file or directory")


def test_extra_files_in_the_root_are_no_containers(husk):
    os.mkdir(os.path.join(husk.root, ".hidden"))
    try:
        husk("list", "-q").ok()
    finally:
        os.rmdir(os.path.join(husk.root, ".hidden"))


def test_two_starts_at_once(box):
    """One wins; the other is told why not."""
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    both = [box.husk.spawn("start", box.id, stderr=-3, stdout=-3) for _ in range(2)]
    codes = sorted(p.wait(20) for p in both)
    if not box.husk.standin:
        assert codes == [0, 1]
    assert box.status == "running"


def test_many_at_once(boxes, husk):
    made = [boxes() for _ in range(8)]
    for one in made:
        one.bundle.args("/payload", "exit", 5)
        one.bundle.save()
    running = [husk.spawn("run", "--bundle", one.bundle.path, one.id) for one in made]
    assert [p.wait(60) for p in running] == [5] * 8


def test_annotations_of_any_kind(box):
    box.config["annotations"] = {"a": "", "unknown.key/with:odd chars": json.dumps({"x": [1, 2]})}
    box.run("exit", 0).ok()
