"""Hooks: the six kinds, where and when they run, what they are told, and what their failure does (config.md, runtime.md)."""

import json
import os
import time

import pytest

KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
RUNTIME_SIDE = ["prestart", "createRuntime", "poststart", "poststop"]


def shell(script):
    return ["/bin/sh", "-c", script]


@pytest.fixture
def log(outside):
    """A file on the host that hooks append to."""
    return os.path.join(outside, "log")


def lines(path):
    return open(path, encoding="utf-8").read().splitlines() if os.path.exists(path) else []


@pytest.mark.fallback
def test_order(box, outside, log):
    """All six, twice each, in the order of the lifecycle and of the arrays."""
    box.bundle.bind(outside, outside, "bind", "rw")
    for kind in KINDS:
        for turn in (1, 2):
            box.bundle.hook(kind, *shell(f"echo {kind}{turn} >> {log}"))
    box.bundle.args("/bin/sh", "-c", f"echo program >> {log}; sleep 0.3")
    box.create().ok()
    created = [kind + turn for kind in KINDS[:3] for turn in "12"]
    if "runc" not in box.husk.program or not box.husk.standin:  # runc 1.3 runs poststart in create
        assert lines(log) == created
    box.start().ok()
    seen = lines(log)
    assert seen[6:8] == ["startContainer1", "startContainer2"] or box.husk.standin
    box.wait()
    box.delete().ok()
    seen = lines(log)
    assert seen[:6] == created and seen[-2:] == ["poststop1", "poststop2"]
    assert [s for s in seen if s.startswith("poststart")] == ["poststart1", "poststart2"]
    assert seen.count("program") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_state_on_stdin(box, outside, kind):
    box.bundle.bind(outside, outside, "bind", "rw")
    box.config["annotations"] = {"org.example": "here"}
    box.bundle.hook(kind, *shell(f"cat > {outside}/state"))
    box.up()
    pid = box.pid
    box.stop()
    state = json.load(open(os.path.join(outside, "state"), encoding="utf-8"))
    assert state["id"] == box.id and state["ociVersion"] and state.get("annotations") == {"org.example": "here"}
    if box.husk.standin:
        return
    assert state["bundle"] == box.bundle.path
    status = {"startContainer": "created", "poststart": "running", "poststop": "stopped"}.get(kind, "creating")
    assert state["status"] == status
    if kind in ("prestart", "createRuntime", "poststart"):
        assert state["pid"] == pid
    elif kind == "poststop":
        assert state.get("pid", 0) == 0
    else:
        assert state["pid"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_namespaces(box, outside, kind):
    box.bundle.bind(outside, outside, "bind", "rw")
    box.bundle.hook(kind, *shell(f"for n in mnt uts net pid; do readlink /proc/self/ns/$n; done > {outside}/ns"))
    box.up()
    inner = [os.readlink(f"/proc/{box.pid}/ns/{n}") for n in ("mnt", "uts", "net", "pid")]
    box.stop()
    outer = [os.readlink(f"/proc/self/ns/{n}") for n in ("mnt", "uts", "net", "pid")]
    seen = lines(os.path.join(outside, "ns"))
    assert seen == (outer if kind in RUNTIME_SIDE else inner)


def test_runtime_hooks_see_the_mounts_before_pivot(box, outside, log):
    """createRuntime and createContainer run after the mounts are made and before pivot_root."""
    box.bundle.hook("createContainer", *shell(f"grep -c ' {box.bundle.rootfs}/proc ' /proc/self/mountinfo > {log}"))
    box.bundle.hook("createRuntime", *shell(f"cat > {log}.state"))
    box.run("exit", 0).ok()
    assert lines(log) == ["1"]


def test_a_hook_can_prepare_the_container(box, outside):
    """What nvidia's hooks do: put something into the container's mounts from createContainer."""
    box.bundle.hook("createContainer", *shell(f"echo made > {box.bundle.rootfs}/from-hook"))
    assert box.run("read", "/from-hook").ok().json["text"] == "made\n"


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer", "poststart", "poststop"])
def test_env_unset_is_inherited_and_empty_is_empty(box, outside, kind):
    box.bundle.bind(outside, outside, "bind", "rw")
    box.bundle.hook(kind, *shell(f"/usr/bin/env > {outside}/inherited"))
    box.bundle.hook(kind, *shell(f"/usr/bin/env > {outside}/empty"), env=[])
    box.bundle.hook(kind, *shell(f"/usr/bin/env > {outside}/given"), env=["A=1", "B=two words"])
    box.bundle.args("/payload", "exit", 0)
    box.run(env={**os.environ, "HOOK_TEST": "yes"}).ok()
    assert "HOOK_TEST=yes" in lines(os.path.join(outside, "inherited"))
    given = lines(os.path.join(outside, "given"))
    assert "A=1" in given and "B=two words" in given and "HOOK_TEST=yes" not in given
    if not box.husk.standin:
        assert "HOOK_TEST=yes" not in lines(os.path.join(outside, "empty"))


def test_arguments_are_taken_literally(box, outside):
    box.config["hooks"] = {"createRuntime": [
        {"path": "/bin/sh", "args": ["other-name", "-c", f"echo $0 \"$1\" > {outside}/args", "zero", "one * two"]}]}
    box.run("exit", 0).ok()
    assert lines(os.path.join(outside, "args")) == ["zero one * two"]


def test_files_of_the_runtime_do_not_reach_hooks(box, outside):
    box.bundle.hook("createRuntime", *shell(f"ls /proc/self/fd > {outside}/fds"))
    box.run("exit", 0).ok()
    assert set(lines(os.path.join(outside, "fds"))) <= {"0", "1", "2", "3"}, "3 is ls looking"


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer", "startContainer"])
@pytest.mark.fallback
def test_failure_before_the_program(box, outside, log, kind):
    """The error carries the hook's own words; nothing stays; poststop still runs."""
    box.bundle.bind(outside, outside, "bind", "rw")
    box.bundle.hook(kind, *shell("echo the reason >&2; exit 3"))
    box.bundle.hook("poststop", *shell(f"echo poststop >> {log}"))
    box.bundle.args("/payload", "write", "/tmp/ran")
    done = box.run()
    done.fails(kind, "the reason", rc=done.rc or 1)
    assert not os.path.exists(box.bundle.inside("/tmp/ran"))
    if not box.husk.standin:
        assert done.rc == 1
        assert lines(log) == ["poststop"]
        box.husk("state", box.id).fails("does not exist")


def test_poststart_failure_stops_the_container(box, log):
    box.bundle.hook("poststart", *shell("echo too late >&2; exit 1"))
    box.bundle.hook("poststop", *shell(f"echo poststop >> {log}"))
    box.bundle.args("/payload", "sleep")
    done = box.create()
    if box.husk.standin:
        return
    done.ok()
    box.start().fails("poststart", "too late")
    assert box.husk("state", box.id).rc != 0 or box.status == "stopped"
    box.delete("--force").ok()
    assert lines(log) == ["poststop"]


def test_poststop_failure_is_a_warning_and_the_rest_runs(box, log):
    box.bundle.hook("poststop", *shell("exit 1"))
    box.bundle.hook("poststop", *shell(f"echo second >> {log}"))
    box.up()
    box.kill().ok()
    box.wait()
    done = box.delete()
    if not box.husk.standin:
        done.ok()
        assert lines(log) == ["second"]
        box.husk("state", box.id).fails("does not exist")


@pytest.mark.parametrize("kind", ["createRuntime", "startContainer"])
def test_timeout_kills_the_whole_group(box, outside, kind):
    box.bundle.bind(outside, outside, "bind", "rw")
    box.bundle.hook(kind, *shell(f"(sleep 3; echo alive > {outside}/alive) & sleep 60"), timeout=1)
    begin = time.monotonic()
    done = box.run("exit", 0)
    assert 0.9 < time.monotonic() - begin < 4
    done.fails(kind, rc=done.rc or 1)
    if not box.husk.standin:
        time.sleep(2.5)
        assert not os.path.exists(os.path.join(outside, "alive"))


def test_a_hook_that_never_reads_its_stdin(box):
    box.config["annotations"] = {f"key{i}": "x" * 1000 for i in range(200)}
    box.bundle.hook("createRuntime", "/bin/true")
    box.run("exit", 0).ok()


def test_a_hook_that_writes_much(box):
    box.bundle.hook("createRuntime", *shell("head -c 3000000 /dev/zero | tr '\\0' x; exit 0"))
    box.run("exit", 0).ok()


def test_a_hook_that_leaves_a_daemon_does_not_block(box, outside):
    """Engines' hooks start helpers in the background; they keep stdout open."""
    box.bundle.hook("createRuntime", *shell(f"sleep 5 & echo $! > {outside}/pid"))
    begin = time.monotonic()
    box.run("exit", 0).ok()
    if not box.husk.standin:
        assert time.monotonic() - begin < 4
    try:
        os.kill(int(lines(os.path.join(outside, "pid"))[0]), 9)
    except ProcessLookupError:
        pass


def test_missing_hook_program(box):
    box.bundle.hook("createRuntime", "/no/such/hook")
    box.run("exit", 0).fails("/no/such/hook", "o such file or directory")


def test_start_container_path_is_inside(box):
    box.bundle.hook("startContainer", "/payload", "write", "/tmp/by-hook")
    box.run("exit", 0).ok()
    assert os.path.exists(box.bundle.inside("/tmp/by-hook"))


@pytest.mark.parametrize("hook, text", [
    ({"args": ["x"]}, "path"), ({"path": "relative"}, "path"), ({"path": "/bin/true", "timeout": 0}, "timeout"),
    ({"path": "/bin/true", "timeout": -1}, "timeout")])
def test_invalid_hooks(box, hook, text):
    if box.husk.standin:
        pytest.skip("peers take these")
    box.config["hooks"] = {"createRuntime": [hook]}
    box.run("exit", 0).fails("hooks.createRuntime[0]", text)
