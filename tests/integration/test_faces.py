"""Faces: what callers read — logs, version, features, the example config, help."""

import json
import os
import re

import pytest


@pytest.fixture
def log(scratch, ident):
    path = os.path.join(scratch, f"log-{ident}")
    yield path
    if os.path.exists(path):
        os.unlink(path)


def read(path):
    return open(path, encoding="utf-8").read()


@pytest.mark.fallback
def test_json_log_is_one_object(husk, ident, log):
    """containerd reads the last error, podman the whole file as one object."""
    done = husk("state", ident, options=["--log", log, "--log-format", "json"])
    done.fails("does not exist")
    entry = json.loads(read(log))
    assert entry["level"] == "error" and "does not exist" in entry["msg"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", entry["time"])


def test_log_is_appended_to(husk, ident, log):
    for _ in range(2):
        husk("state", ident, options=["--log", log, "--log-format", "json"])
    assert [json.loads(line)["level"] for line in read(log).splitlines()] == ["error", "error"]


def test_text_log(husk, ident, log):
    husk("state", ident, options=["--log", log])
    assert "does not exist" in read(log)


def test_stderr_says_the_same(husk, ident, log):
    plain = husk("state", ident).err
    both = husk("state", ident, options=["--log", log, "--log-format", "json"]).err
    if not husk.standin:
        assert plain.strip() == both.strip()
        assert json.loads(read(log))["msg"] in plain


def test_log_with_strange_characters(box, log):
    box.bundle.args('/no/such "program"\nwith\tcontrol\x01 and \u00e9')
    box.bundle.save()
    done = box.husk("run", "--bundle", box.bundle.path, box.id, options=["--log", log, "--log-format", "json"])
    assert done.rc != 0
    assert len([json.loads(line) for line in read(log).splitlines()]) >= 1
    if not box.husk.standin:
        assert done.err.count("\n") == 1


def test_success_writes_nothing(box, log):
    box.bundle.args("/payload", "exit", "0")
    box.bundle.save()
    done = box.husk("run", "--bundle", box.bundle.path, box.id, options=["--log", log, "--log-format", "json"]).ok()
    assert done.err == ""
    assert not os.path.exists(log) or read(log) == ""


def test_log_that_cannot_be_opened(husk):
    husk("list", options=["--log", "/no/such/dir/log"]).fails("/no/such/dir/log")


def test_debug_goes_on(box, log):
    box.bundle.args("/payload", "exit", "0")
    box.bundle.save()
    box.husk("run", "--bundle", box.bundle.path, box.id, options=["--debug", "--log", log, "--log-format", "json"]).ok()
    for line in read(log).splitlines():
        assert json.loads(line)["level"] in ("debug", "info", "warning")


def test_version(husk):
    text = husk("--version").ok().out
    assert re.match(r"\w+ version \S+\n", text) and "commit: " in text and re.search(r"^spec: 1\.\d", text, re.M)
    assert husk("-v").rc == 0


def test_features(husk):
    done = husk("features").ok()
    assert done.err == ""
    seen = done.json
    assert seen["ociVersionMin"].startswith("1.0") and seen["ociVersionMax"]
    assert set(seen["hooks"]) == {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}
    assert {"bind", "ro", "rro", "rbind", "nosuid"} <= set(seen["mountOptions"])
    assert {"user", "pid", "mount", "network"} <= set(seen["linux"]["namespaces"])
    assert seen["linux"]["cgroup"]["v1"] and seen["linux"]["cgroup"]["v2"]
    if not husk.standin:
        assert seen["linux"]["seccomp"]["enabled"] and "SCMP_ACT_NOTIFY" in seen["linux"]["seccomp"]["actions"]
        assert seen["linux"]["mountExtensions"]["idmap"]["enabled"] is True


def test_features_are_true(box):
    """Every mount option that is announced is one that works on a bind or a tmpfs, or needs mappings."""
    if box.husk.standin:
        pytest.skip("stand-in")
    options = [o for o in box.husk("features").json["mountOptions"] if o not in ("idmap", "ridmap", "remount")]
    os.mkdir(f"{box.bundle.path}/source")
    for i, option in enumerate(options):
        if option in ("bind", "rbind"):
            box.bundle.bind(f"{box.bundle.path}/source", f"/m{i}", option)
        elif option.startswith("r") and option not in ("ro", "rw", "relatime"):
            box.bundle.bind(f"{box.bundle.path}/source", f"/m{i}", "rbind", option)
        else:
            box.bundle.mount(f"/m{i}", "tmpfs", "tmpfs", [option])
    box.run("exit", 0).ok()


def test_spec(husk, box):
    place = f"{box.bundle.path}/spec"
    os.mkdir(place)
    husk("spec", cwd=place).ok()
    config = json.load(open(f"{place}/config.json", encoding="utf-8"))
    assert config["ociVersion"].startswith("1.") and config["root"]["path"] == "rootfs"
    done = husk("spec", cwd=place)
    assert done.rc != 0 and "config.json" in done.err
    config["process"].update(terminal=False, args=["/payload"])
    config["root"]["path"] = box.bundle.rootfs
    box.bundle.config = config
    config["linux"]["cgroupsPath"] = f"/{box.id}"
    box.run().ok()


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"], ["exec", "--help"], ["delete", "-h"]])
def test_help(husk, words):
    assert husk(*words).ok().out


def test_systemd_is_refused_where_there_is_none(box):
    if os.path.isdir("/run/systemd/system"):
        pytest.skip("systemd is here")
    box.linux["cgroupsPath"] = f"system.slice:test:{box.id}"
    box.bundle.args("/payload", "exit", "0")
    box.bundle.save()
    done = box.husk("run", "--bundle", box.bundle.path, box.id, options=["--systemd-cgroup"])
    done.fails("systemd" if not box.husk.standin else "")


@pytest.mark.parametrize("options", [["--rootless", "auto"], ["--rootless=true"], ["--criu", "/x"], ["--log-level", "error"],
                                     ["--cgroup-manager", "cgroupfs"]])
def test_global_options_of_the_peers(husk, options):
    if husk.standin:
        pytest.skip("each peer has its own")
    husk("list", options=options).ok()


def test_commands_ignore_what_engines_pass_along(box):
    """go-runc and conmon pass these to every create."""
    if "crun" in box.husk.program:
        pytest.skip("stand-in")
    box.bundle.args("/payload", "exit", "0")
    box.bundle.save()
    box.husk("run", "--bundle", box.bundle.path, "--no-pivot", "--no-new-keyring", "-no-subreaper", box.id).ok()


def test_plan_touches_nothing(box):
    if box.husk.standin:
        pytest.skip("only husk has a plan")
    box.bundle.bind("/no/such/source", "/data", "bind")
    box.bundle.save()
    text = box.husk("plan", "--bundle", box.bundle.path).ok().out
    assert "/data" in text and "namespaces" in text
    assert sorted(os.listdir(box.bundle.path)) == ["config.json", "rootfs"]
