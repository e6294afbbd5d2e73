"""Rootless: husk as an ordinary user, with and without subordinate ids."""

import json
import os
import shutil
import subprocess

import pytest

from kit.box import Box
from kit.bundle import Bundle
from kit.facts import Facts
from kit.runner import Husk

UID = 64001


@pytest.fixture(scope="module")
def account(scratch):
    """A user of the view: files of our own lie over passwd, subuid and subgid, and go with the fixture."""
    made = {
        "/etc/passwd": f"htuser:x:{UID}:{UID}::/tmp:/bin/sh\n", "/etc/group": f"htuser:x:{UID}:\n",
        "/etc/subuid": "htuser:700000:65536\n", "/etc/subgid": "htuser:700000:65536\n"}
    covered = []
    for path, line in made.items():
        ours = os.path.join(scratch, "over-" + os.path.basename(path))
        with open(ours, "w", encoding="utf-8") as f:
            if "sub" not in path:
                f.write(open(path, encoding="utf-8").read())
            f.write(line)
        if not os.path.exists(path):
            continue
        subprocess.run(["mount", "--bind", ours, path], check=True)
        covered.append(path)
    yield "htuser"
    for path in covered:
        subprocess.run(["umount", path], check=True)


@pytest.fixture
def user_root(scratch):
    path = os.path.join(scratch, f"root-{UID}")
    os.mkdir(path, 0o700)
    os.chown(path, UID, UID)
    yield path
    left = [name for name in os.listdir(path) if not name.startswith(("@", "."))]
    shutil.rmtree(path)
    assert left == []


@pytest.fixture(scope="session")
def reachable(program, scratch):
    """husk where an ordinary user can execute it: a checkout may lie in root's own home."""
    path = os.path.join(scratch, "husk-for-users")
    shutil.copy2(program, path)
    os.chmod(path, 0o755)
    return path


@pytest.fixture
def user_husk(reachable, wrapper, user_root, account):
    drop = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all", "env", "-u", "XDG_RUNTIME_DIR"]
    return Husk(reachable, user_root, [*drop, *wrapper])


@pytest.fixture
def rootless(user_husk, template, scratch, ident):
    made = Box(user_husk, Bundle(os.path.join(scratch, ident), template), ident)
    made.bundle.rootless(UID, UID)
    subprocess.run(["cp", "-r", template, made.bundle.path + "/own"], check=True)
    made.config["root"]["path"] = "own"
    made.bundle.rootfs = made.bundle.path + "/own"
    subprocess.run(["chown", "-R", f"{UID}:{UID}", made.bundle.path + "/own"], check=True)
    yield made
    if os.path.exists(made.state_dir):
        user_husk("delete", "--force", ident)
    shutil.rmtree(made.bundle.path)


def test_one_id(rootless):
    """Only the user itself is mapped; no helper is needed."""
    facts = rootless.report()
    assert facts["uid"] == [0] * 3
    assert [line.split() for line in facts["uid_map"]] == [["0", str(UID), "1"]]


def test_no_new_ids_can_be_had(rootless):
    rootless.process["user"] = {"uid": 5, "gid": 5}
    rootless.run().fails("5")


@pytest.mark.needs("newuidmap")
def test_a_user_namespace_that_nobody_asked_for(rootless):
    """Without one an ordinary user can have nothing: husk makes it, with all ids that the user has."""
    rootless.bundle.without_namespace("user")
    for key in ("uidMappings", "gidMappings"):
        del rootless.linux[key]
    facts = rootless.report()
    assert facts["uid"] == [0] * 3
    assert [line.split() for line in facts["uid_map"]] == [["0", str(UID), "1"], ["1", "700000", "65536"]]


@pytest.mark.needs("newuidmap")
def test_subordinate_ids(rootless):
    rootless.bundle.rootless(UID, UID, (700000, 65536))
    rootless.process["user"] = {"uid": 1000, "gid": 1000}
    facts = rootless.report()
    assert facts["uid"] == [1000] * 3 and facts["gid"] == [1000] * 3
    assert [line.split() for line in facts["uid_map"]] == [["0", str(UID), "1"], ["1", "700000", "65536"]]


@pytest.mark.needs("newuidmap")
def test_subordinate_ids_of_somebody_else(rootless):
    rootless.bundle.rootless(UID, UID, (900000, 65536))
    done = rootless.run()
    assert done.rc != 0 and done.err
    if not rootless.husk.standin:
        done.fails("idmap")


@pytest.mark.parametrize("own_namespace", [True, False])
def test_cgroups_of_the_host_cannot_be_written(rootless, own_namespace):
    """CVE-2023-25809: what is not the container's own is read-only, whatever the config says."""
    if own_namespace:
        rootless.bundle.namespace("cgroup")
    rootless.bundle.mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "rw"])
    done = rootless.run("report")
    if done.rc:
        done.fails("/sys/fs/cgroup")
        return
    for mount in Facts(done.json).mounts:
        if mount.kind in ("cgroup", "cgroup2") and mount.where.startswith("/sys/fs/cgroup"):
            assert "ro" in mount.flags or mount.root == "/" and own_namespace, mount


def test_netdevices_are_refused(rootless):
    rootless.bundle.namespace("network")
    rootless.linux["netDevices"] = {"lo": {}}
    rootless.create().fails("linux.netDevices", "only root")


def test_lifecycle(rootless):
    rootless.up()
    assert rootless.status == "running"
    assert rootless.exec("/payload", "exit", 5).rc == 5
    rootless.stop()


def test_exec_joins(rootless):
    rootless.up()
    facts = rootless.exec_report()
    assert facts["uid"] == [0] * 3 and facts["ns"]["user"] == os.readlink(f"/proc/{rootless.pid}/ns/user")


def test_files_belong_to_the_user(rootless):
    rootless.run("write", "/made").ok()
    assert os.stat(rootless.bundle.inside("/made")).st_uid == UID


def test_bind_of_a_file_that_the_user_cannot_read(rootless, outside):
    with open(f"{outside}/secret", "w", encoding="ascii") as f:
        f.write("secret")
    os.chmod(f"{outside}/secret", 0o600)
    rootless.bundle.bind(f"{outside}/secret", "/secret", "bind")
    done = rootless.run("read", "/secret")
    assert "secret" not in done.out.replace("/secret", "")


def test_default_devices(rootless):
    dev = rootless.report()["dev"]
    assert (dev["null"]["major"], dev["null"]["minor"]) == (1, 3)


def test_limits_that_cannot_be_had(rootless):
    """A limit is never silently dropped: without a cgroup of one's own it is an error that says so."""
    if rootless.husk.standin:
        pytest.skip("stand-in")
    rootless.bundle.resources(pids={"limit": 10})
    rootless.run().fails("cgroup")


def test_list_and_state(rootless):
    rootless.up()
    listed = rootless.husk("list", "--format", "json").ok().json
    assert [c["id"] for c in listed] == [rootless.id]
    if not rootless.husk.standin:
        assert listed[0]["owner"] == "htuser"


def test_spec_rootless_runs(rootless):
    """The example config of `spec --rootless` is a container that this user can run."""
    place = os.path.join(rootless.bundle.path, "spec")
    os.mkdir(place)
    os.chown(place, UID, UID)
    rootless.husk("spec", "--rootless", cwd=place).ok()
    with open(f"{place}/config.json", encoding="utf-8") as f:
        config = json.load(f)
    config["process"].update(terminal=False, args=["/payload"])
    config["root"]["path"] = rootless.bundle.rootfs
    rootless.bundle.config = config
    facts = Facts(rootless.run().ok().json)
    assert facts["uid"] == [0] * 3


def test_root_of_another_user_is_refused(rootless, root):
    """No permission is one line and nothing else."""
    rootless.bundle.save()
    rootless.husk.root = root
    rootless.husk("run", "--bundle", rootless.bundle.path, rootless.id).fails("ermission denied")


def test_default_root_without_a_runtime_directory(user_husk):
    argv = [*user_husk.prefix, user_husk.program, "list"]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=30)
    assert done.returncode in (0, 1)
    subprocess.run(["rm", "-rf", f"/tmp/husk-run-{UID}"], check=True)


def test_default_root_in_the_runtime_directory(rootless, scratch):
    if rootless.husk.standin:
        pytest.skip("stand-in")
    runtime = os.path.join(scratch, "xdg")
    os.mkdir(runtime, 0o700)
    os.chown(runtime, UID, UID)
    rootless.bundle.args("/payload", "exit", "0")
    rootless.bundle.save()
    argv = [*rootless.husk.prefix, f"XDG_RUNTIME_DIR={runtime}", rootless.husk.program, "run", "--keep", "--bundle",
            rootless.bundle.path, rootless.id]
    subprocess.run(argv, check=True, timeout=30)
    assert os.path.isdir(f"{runtime}/husk/{rootless.id}")
    argv[argv.index("run"):] = ["delete", rootless.id]
    subprocess.run(argv, check=True, timeout=30)
    shutil.rmtree(runtime)


def test_in_a_user_namespace_of_the_caller(box):
    """Nested: root of a user namespace, as in a container of a container."""
    box.bundle.without_mount("/sys").without_namespace("network")
    box.linux.pop("cgroupsPath")
    box.bundle.args("/payload", "exit", "6")
    box.bundle.save()
    os.chmod(box.husk.root, 0o755)
    root = os.path.join(box.bundle.path, "nested-root")
    script = f"exec \"$@\" --root {root} --cgroup-manager disabled run --bundle {box.bundle.path} {box.id}"
    done = subprocess.run(["unshare", "-Umr", "--propagation", "slave", "sh", "-c", script, "sh", *box.husk.prefix,
                           box.husk.program], capture_output=True, check=False, timeout=30)
    os.chmod(box.husk.root, 0o700)
    if not box.husk.standin:
        assert done.returncode == 6, done
