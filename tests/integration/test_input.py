"""Bad input: one line on stderr, exit status 1, and a machine that nothing happened to."""

import copy
import json
import os
import resource
import subprocess

import pytest


@pytest.fixture
def refused(box):
    """Run with what the test wrote: refused, in one line, without a container."""

    def check(*texts):
        done = box.run(save=False)
        done.fails(*texts, rc=1 if not box.husk.standin else done.rc or 1)
        assert not os.path.exists(box.state_dir)
        return done

    return check


@pytest.mark.parametrize("text", [
    b"", b" ", b"\n", b"null", b"[]", b"3", b'"text"', b"{", b"}", b"{}", b"{]", b'{"a":}', b"\xff\xfe\x00", b"\0" * 100,
    b'{"ociVersion": "1.2.0"', b"{'a': 1}", b'{"ociVersion": "1.2.0"} x', b"\xef\xbb\xbf{}"])
def test_not_a_config(box, refused, text):
    box.bundle.write(text)
    refused("config.json")


def test_nested_deeply(box, refused):
    box.bundle.write('{"a":' * 100000)
    refused("config.json")


def test_nested_deeply_in_an_unknown_key(box):
    config = json.dumps(box.config)
    box.bundle.write(config[:-1] + ', "unknown": ' + "[" * 5000 + "]" * 5000 + "}")
    done = box.run(save=False)
    assert done.rc in (0, 1)


def test_ten_megabytes(box):
    box.config["annotations"] = {f"key{i}": "x" * 1000 for i in range(10000)}
    done = box.run("exit", 0)
    if done.rc != 0:
        done.fails("config.json")


def test_missing_config(box, refused):
    refused("config.json", "No such file or directory")


def test_config_that_is_a_directory(box, refused):
    os.mkdir(f"{box.bundle.path}/config.json")
    refused("config.json")


def test_missing_bundle(box):
    box.husk("run", "--bundle", "/no/such/bundle", box.id).fails("/no/such/bundle", "No such file or directory")


def test_unknown_keys_are_ignored(box):
    box.config["unknown"] = {"anything": [1, {"deep": None}]}
    box.process["unknown"] = "x"
    box.linux["unknown"] = [1]
    box.run("exit", 0).ok()


WRONG = [
    (["ociVersion"], 1, "ociVersion"), (["ociVersion"], "bogus", "ociVersion"), (["root"], [], "root"),
    (["root", "path"], 5, "root.path"), (["root", "readonly"], "true", "root.readonly"), (["process"], "x", "process"),
    (["process", "args"], "x", "process.args"), (["process", "args"], [1], "process.args[0]"),
    (["process", "args"], ["a\0b"], "process.args[0]"), (["process", "cwd"], None, "'cwd'"),
    (["process", "env"], {}, "process.env"), (["process", "user"], 0, "process.user"),
    (["process", "user", "uid"], "0", "process.user.uid"), (["process", "user", "uid"], -1, "process.user.uid"),
    (["process", "user", "uid"], 4294967296, "process.user.uid"), (["process", "user", "uid"], 1.5, "process.user.uid"),
    (["process", "user", "uid"], 1e30, "process.user.uid"), (["process", "noNewPrivileges"], "true", "noNewPrivileges"),
    (["process", "terminal"], 1, "process.terminal"), (["process", "oomScoreAdj"], 5000, "oomScoreAdj"),
    (["process", "capabilities"], [], "process.capabilities"), (["process", "rlimits"], {}, "process.rlimits"),
    (["hostname"], 5, "hostname"), (["hostname"], "x" * 65, "hostname"), (["mounts"], {}, "mounts"),
    (["mounts"], ["x"], "mounts[0]"), (["mounts"], [{"type": "proc"}], "mounts[0]"),
    (["mounts"], [{"destination": "/x", "type": "tmpfs", "options": "ro"}], "mounts[0].options"),
    (["hooks"], [], "hooks"), (["hooks"], {"prestart": {}}, "hooks.prestart"), (["annotations"], {"a": 1}, "annotations"),
    (["annotations"], {"": "x"}, "annotations"), (["linux"], [], "linux"), (["linux", "namespaces"], {}, "linux.namespaces"),
    (["linux", "namespaces"], [{}], "linux.namespaces[0]"), (["linux", "maskedPaths"], "/x", "linux.maskedPaths"),
    (["linux", "sysctl"], {"a": 1}, "linux.sysctl"), (["linux", "resources"], [], "linux.resources"),
    (["linux", "resources"], {"pids": {"limit": "x"}}, "linux.resources.pids.limit"),
    (["linux", "resources"], {"memory": {"limit": 1 << 70}}, "linux.resources.memory.limit"),
    (["linux", "devices"], [{"path": "/dev/x"}], "linux.devices[0]"), (["linux", "cgroupsPath"], 5, "linux.cgroupsPath"),
    (["linux", "seccomp"], {}, "linux.seccomp"), (["linux", "seccomp"], {"defaultAction": 1}, "linux.seccomp.defaultAction"),
    (["linux", "rootfsPropagation"], "bogus", "rootfsPropagation"), (["linux", "personality"], {"domain": "X"}, "personality"),
    (["linux", "uidMappings"], [{"containerID": 0}], "linux.uidMappings[0]"), (["linux", "timeOffsets"], [], "timeOffsets"),
]


@pytest.mark.parametrize("path, value, text", WRONG, ids=[f"{'.'.join(p)}={str(v)[:20]!r}" for p, v, _ in WRONG])
def test_wrong_types_and_values(box, path, value, text):
    if box.husk.standin:
        pytest.skip("peers take many of these")
    place = box.config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    box.run().fails(text)
    assert not os.path.exists(box.state_dir)


@pytest.mark.parametrize("key", ["ociVersion", "root"])
def test_required_keys(box, key):
    if box.husk.standin:
        pytest.skip("peers take these")
    del box.config[key]
    box.run().fails(key)


def test_duplicate_key(box, refused):
    if box.husk.standin:
        pytest.skip("peers take the last or the first")
    text = json.dumps(box.config)
    box.bundle.write(text[:-1] + ', "hostname": "again"}')
    refused("hostname")


def test_absurd_numbers(box):
    for number in ("1e999", "-0", "0x10", "01", "1" * 400, "NaN", "Infinity"):
        text = json.dumps(box.config).replace('"uid": 0', f'"uid": {number}')
        box.bundle.write(text)
        done = box.run("exit", 0, save=False)
        assert done.rc == 1 or number == "-0" or box.husk.standin, repr(done)


def test_every_failure_leaves_nothing(box):
    """Failures at each depth of a start; the fixture compares the machine, here we compare the verbs."""
    breakers = [
        lambda c: c["root"].update(path="/no/such/root"),
        lambda c: c["mounts"].append({"destination": "/x", "type": "bind", "source": "/no/such", "options": ["bind"]}),
        lambda c: c["mounts"].append({"destination": "/x", "type": "nosuchfs", "source": "x"}),
        lambda c: c["linux"]["namespaces"].append({"type": "cgroup", "path": "/no/such/ns"}),
        lambda c: c["linux"].update(sysctl={"net.no.such.thing": "1"}),
        lambda c: c["process"].update(cwd="/payload"),
        lambda c: c["process"].update(args=["/no/such/program"]),
        lambda c: c.update(hooks={"createRuntime": [{"path": "/bin/false"}]}),
        lambda c: c.update(hooks={"createContainer": [{"path": "/bin/false"}]}),
        lambda c: c.update(hooks={"startContainer": [{"path": "/bin/false"}]}),
    ]
    whole = copy.deepcopy(box.config)
    for breaker in breakers:
        box.bundle.config = copy.deepcopy(whole)
        breaker(box.bundle.config)
        done = box.run("report") if "args" not in str(breaker.__code__.co_names) else box.run()
        if done.rc == 0:
            continue
        done.fails(rc=done.rc if box.husk.standin else 1)
        assert not os.path.exists(box.state_dir), repr(done)
    box.bundle.config = whole
    box.run("exit", 0).ok()


def test_full_disk_for_the_state(box, scratch):
    small = os.path.join(scratch, "small")
    os.mkdir(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,nr_inodes=4", "tmpfs", small], check=True)
    try:
        box.bundle.args("/payload", "exit", 0)
        box.bundle.save()
        with open(f"{small}/fill", "wb") as f:
            try:
                f.write(b"x" * 65536)
            except OSError:
                pass
        root, box.husk.root = box.husk.root, small
        done = box.husk("run", "--bundle", box.bundle.path, box.id)
        box.husk.root = root
        done.fails("No space left on device" if not box.husk.standin else "")
        assert os.listdir(small) == ["fill"] or box.husk.standin
    finally:
        subprocess.run(["umount", small], check=True)
        os.rmdir(small)


def test_root_directory_that_is_a_file(box, scratch):
    path = os.path.join(scratch, "afile")
    open(path, "w", encoding="ascii").close()
    box.bundle.save()
    root, box.husk.root = box.husk.root, path
    done = box.husk("run", "--bundle", box.bundle.path, box.id)
    box.husk.root = root
    os.unlink(path)
    done.fails("afile")


def test_root_directory_is_made_private(box, scratch):
    fresh = os.path.join(scratch, "fresh", "root")
    box.bundle.args("/payload", "exit", 0)
    box.bundle.save()
    root, box.husk.root = box.husk.root, fresh
    done = box.husk("run", "--bundle", box.bundle.path, box.id)
    box.husk.root = root
    done.ok()
    assert os.stat(fresh).st_mode & 0o077 == 0 or box.husk.standin
    subprocess.run(["rm", "-rf", os.path.dirname(fresh)], check=True)


def test_few_descriptors(box):
    """Out of descriptors is an error, in one line, wherever it strikes."""
    box.bundle.args("/payload", "exit", 0)
    box.bundle.save()
    for limit in range(4, 14):
        done = subprocess.run(box.husk.argv("run", "--bundle", box.bundle.path, box.id), capture_output=True, check=False,
                              timeout=30, preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
        if not box.husk.standin:
            assert done.returncode in (0, 1), (limit, done)
            assert done.returncode == 0 or done.stderr.count(b"\n") == 1, (limit, done)
        assert not os.path.exists(box.state_dir)


def test_closed_standard_descriptors(box):
    box.bundle.args("/payload", "exit", 3)
    box.bundle.save()
    argv = box.husk.argv("run", "--bundle", box.bundle.path, box.id)
    for shut in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
        done = subprocess.run(["sh", "-c", f"exec \"$@\" {shut}", "sh", *argv], check=False, timeout=30)
        if not box.husk.standin:
            assert done.returncode == 3, shut


@pytest.mark.parametrize("words", [[], ["nonsense"], ["run"], ["run", "--bogus"], ["kill"], ["exec"], ["state", "a", "b"],
                                   ["--root"], ["--log-format", "xml", "list"], ["list", "--format", "xml"],
                                   ["create", "--preserve-fds", "x", "id"], ["create", "--preserve-fds", "-1", "id"]])
def test_wrong_command_lines(husk, words):
    done = husk(*words)
    if not words:
        return
    assert done.rc != 0 and done.err.strip(), repr(done)


def test_state_directory_without_a_state(box):
    """What a crash may leave: a directory with nothing, or with garbage, in it."""
    os.mkdir(box.state_dir)
    box.husk("list").ok()
    box.husk("delete", "--force", box.id)
    if not box.husk.standin:
        assert not os.path.exists(box.state_dir)
    subprocess.run(["rm", "-rf", box.state_dir], check=True)
    os.mkdir(box.state_dir)
    with open(f"{box.state_dir}/state.json", "w", encoding="ascii") as f:
        f.write("{ garbage")
    assert box.husk("state", box.id).rc != 0
    box.husk("list").ok()
    subprocess.run(["rm", "-rf", box.state_dir], check=True)


def test_disappearing_output(box):
    """A reader that goes away is no reason to crash."""
    done = subprocess.run(["sh", "-c", "\"$@\" | true", "sh", *box.husk.argv("features")], check=False, timeout=30,
                          capture_output=True)
    assert done.returncode == 0


def test_output_to_a_full_device(husk):
    if husk.standin:
        pytest.skip("peers do not look")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(husk.argv("features"), stdout=full, stderr=subprocess.PIPE, check=False, timeout=30)
    assert done.returncode == 1 and b"No space left on device" in done.stderr
