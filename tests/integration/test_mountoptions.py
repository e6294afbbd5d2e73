"""The table of mount options and its corners, by what is there afterwards (config.md, Linux mount options)."""

import os
import subprocess

import pytest

CGROUP = "/sys/fs/cgroup"


@pytest.fixture
def outside(scratch, ident):
    path = os.path.join(scratch, f"{ident}-source")
    os.makedirs(os.path.join(path, "sub"))
    yield path
    subprocess.run(["umount", "-l", path + "/sub"], check=False, capture_output=True)
    subprocess.run(["rm", "-rf", path], check=False)


@pytest.fixture(autouse=True)
def own(husk):
    if husk.standin:
        pytest.skip("peers lack some of these")


@pytest.mark.parametrize("option, shown", [("lazytime", "lazytime"), ("sync", "sync"), ("dirsync", "dirsync"), ("ro", "ro")])
def test_flags_of_the_file_system(box, option, shown):
    box.bundle.mount("/data", "tmpfs", "tmpfs", [option])
    mount = box.report().mount("/data")
    assert shown in mount.flags | mount.options


@pytest.mark.parametrize("pair, absent", [(("lazytime", "nolazytime"), "lazytime"), (("sync", "async"), "sync")])
def test_flags_of_the_file_system_taken_back(box, pair, absent):
    box.bundle.mount("/data", "tmpfs", "tmpfs", list(pair))
    assert absent not in box.report().mount("/data").options


@pytest.mark.parametrize("words, present, absent", [
    (["strictatime"], None, "relatime"), (["noatime"], "noatime", "relatime"), (["noatime", "relatime"], "relatime", "noatime"),
    (["strictatime", "nostrictatime"], "relatime", None), (["noatime", "atime"], None, "noatime"),
    (["nodiratime"], "nodiratime", None), (["nodiratime", "diratime"], None, "nodiratime"),
    (["nosymfollow"], "nosymfollow", None), (["nosymfollow", "symfollow"], None, "nosymfollow")])
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_access_times_and_links(box, outside, kind, words, present, absent):
    if kind == "bind":
        box.bundle.bind(outside, "/data", "bind", *words)
    else:
        box.bundle.mount("/data", "tmpfs", "tmpfs", words)
    flags = box.report().mount("/data").flags
    assert (present is None or present in flags) and absent not in flags


@pytest.mark.parametrize("words, present, absent", [
    (["rro"], "ro", None), (["rnosuid"], "nosuid", None), (["rnodev"], "nodev", None), (["rnoexec"], "noexec", None),
    (["rnoatime"], "noatime", "relatime"), (["rstrictatime"], None, "relatime"), (["rnodiratime"], "nodiratime", None),
    (["rnosymfollow"], "nosymfollow", None), (["rrelatime"], "relatime", None)])
def test_for_the_whole_tree(box, outside, words, present, absent):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", outside + "/sub"], check=True)
    box.bundle.bind(outside, "/data", "rbind", *words)
    facts = box.report()
    for where in ("/data", "/data/sub"):
        flags = facts.mount(where).flags
        assert (present is None or present in flags) and absent not in flags, where


@pytest.mark.parametrize("word, flag", [("rrw", "ro"), ("rsuid", "nosuid"), ("rdev", "nodev"), ("rexec", "noexec"),
                                        ("rdiratime", "nodiratime"), ("ratime", "noatime"), ("rsymfollow", "nosymfollow")])
def test_taken_from_the_whole_tree(box, outside, word, flag):
    subprocess.run(["mount", "-t", "tmpfs", "-o", flag, "tmpfs", outside + "/sub"], check=True)
    box.bundle.bind(outside, "/data", "rbind", word)
    assert flag not in box.report().mount("/data/sub").flags


def test_iversion_is_for_those_who_have_it(box):
    """A file system that has no such flag may say so; it is never taken for an option of its own."""
    box.bundle.mount("/data", "tmpfs", "tmpfs", ["iversion"])
    done = box.run("exit", "0")
    assert done.rc == 0 or "unknown parameter" not in done.err.lower(), repr(done)


def test_remount_keeps_what_is_not_named(box, outside):
    box.bundle.bind(outside, "/data", "bind", "nosuid", "nodev", "noatime")
    box.bundle.mount("/data", outside, None, ["bind", "remount", "ro"])
    assert {"ro", "nosuid", "nodev", "noatime"} <= box.report().mount("/data").flags


def test_remount_of_a_file_system(box):
    box.bundle.mount("/data", "tmpfs", "tmpfs", ["size=1m"])
    box.bundle.mount("/data", "tmpfs", "tmpfs", ["remount", "size=2m", "nosuid"])
    mount = box.report().mount("/data")
    assert "size=2048k" in mount.options and "nosuid" in mount.flags


def test_remount_of_nothing(box):
    os.mkdir(box.bundle.inside("/data"))
    box.bundle.mount("/data", "none", None, ["remount", "ro"])
    box.run().fails("mount /data")


def test_copy_symlink(box, outside):
    os.symlink("../target", os.path.join(outside, "link"))
    box.bundle.bind(os.path.join(outside, "link"), "/new/link", "bind", "copy-symlink")
    done = box.run("exit", "0")
    assert done.rc == 0 and os.readlink(box.bundle.inside("/new/link")) == "../target", repr(done)


def test_copy_symlink_of_a_file_is_a_bind(box, outside):
    with open(outside + "/file", "w", encoding="ascii") as f:
        f.write("x")
    box.bundle.bind(outside + "/file", "/new", "bind", "copy-symlink")
    assert box.report().mounted("/new")


def test_src_nofollow(box, outside):
    """The link itself is mounted: on a link, since nothing else fits."""
    os.symlink("elsewhere", os.path.join(outside, "link"))
    os.symlink("here", box.bundle.inside("/link"))
    box.bundle.bind(os.path.join(outside, "link"), "/link", "bind", "src-nofollow", "dest-nofollow")
    box.bundle.args("/bin/readlink", "/link")
    assert box.run().ok().out == "elsewhere\n"


def test_dest_nofollow(box, outside):
    """What the link points to stays as it is."""
    os.mkdir(box.bundle.inside("/real"))
    os.symlink("real", box.bundle.inside("/link"))
    box.bundle.bind(outside, "/link", "bind", "dest-nofollow")
    done = box.run("report")
    if done.rc == 0:
        assert not any(" /real " in line for line in done.json["mounts"])
    else:
        done.fails("/link")


def test_tmpcopyup_keeps_modes_owners_and_links(box):
    top = box.bundle.inside("/full")
    os.makedirs(top + "/dir")
    os.chmod(top + "/dir", 0o1771)
    os.chown(top + "/dir", 5, 6)
    os.symlink("dir", top + "/link")
    with open(top + "/file", "w", encoding="ascii") as f:
        f.write("text")
    os.chmod(top + "/file", 0o640)
    box.bundle.mount("/full", "tmpfs", "tmpfs", ["tmpcopyup", "ro"])
    box.bundle.args("/bin/sh", "-c", "cat /full/file; readlink /full/link; stat -c '%a %u %g' /full/dir /full/file; touch /full/x")
    done = box.run()
    assert done.out == "textdir\n1771 5 6\n640 0 0\n" and "Read-only" in done.err, repr(done)


@pytest.mark.parametrize("option", ["idmap", "ridmap"])
def test_idmap_follows_the_container(box, outside, option):
    box.bundle.userns()
    os.mkdir(box.bundle.inside("/data"))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", outside + "/sub"], check=True)
    with open(outside + "/sub/file", "w", encoding="ascii"):
        pass
    box.bundle.bind(outside, "/data", "rbind", option)
    assert box.run("stat", "/data/sub").json["uid"] == (0 if option == "ridmap" else 65534)


def test_a_mount_on_the_root(box, outside):
    """It hides nothing of the container: its root is what it was, or husk says no."""
    box.bundle.bind(outside, "/", "bind")
    done = box.run("exit", "0")
    if done.rc:
        done.fails("/")


def test_relative_destination(box):
    box.bundle.mount("data/deep", "tmpfs", "tmpfs")
    assert box.report().mounted("/data/deep")


@pytest.mark.parametrize("kind, where, gone", [("sysfs", "/sys", "network"), ("mqueue", "/dev/mqueue", "ipc"), ("proc", "/proc", "pid")])
def test_in_a_user_namespace_without_its_own(box, kind, where, gone):
    """The kernel gives no new instance there: the host's shows through, and cannot be written."""
    box.bundle.userns().without_namespace(gone).without_mount(where)
    box.bundle.mount(where, kind, kind, ["nosuid", "noexec", "nodev", "ro"])
    if gone == "network":
        box.config.get("linux").pop("sysctl", None)
    done = box.run("report")
    if done.rc:
        done.fails(where)
        assert kind == "mqueue" and not os.path.ismount("/dev/mqueue"), repr(done)
        return
    line = [m for m in done.json["mounts"] if f" {where} " in m][-1]
    assert f" - {kind} " in line and " ro," in line


def cgroup_mounts(facts):
    return [m for m in facts.mounts if m.where.startswith(CGROUP)]


@pytest.mark.parametrize("own_namespace", [True, False])
@pytest.mark.parametrize("word", ["ro", "rw"])
def test_cgroup_shows_the_container_itself(box, own_namespace, word):
    """In every layout; without a cgroup namespace version 1 shows the container's part alone."""
    if own_namespace:
        box.bundle.namespace("cgroup")
    box.bundle.mount(CGROUP, "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", word])
    facts = box.report()
    mounts = [m for m in cgroup_mounts(facts) if m.kind in ("cgroup", "cgroup2")]
    assert mounts
    for mount in mounts:
        assert {"nosuid", "noexec", "nodev", word} <= mount.flags, mount
        if own_namespace:
            assert mount.root == "/", mount
        elif mount.kind == "cgroup":
            assert mount.root.endswith(box.id), mount


def test_cgroup_in_a_user_namespace_belongs_to_it(box):
    box.bundle.userns().namespace("cgroup")
    box.bundle.mount(CGROUP, "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "ro"])
    for mount in cgroup_mounts(box.report()):
        assert "ro" in mount.flags or mount.kind == "tmpfs"


@pytest.mark.parametrize("kind", ["tmpfs", "proc", "sysfs", "devpts"])
def test_unknown_option_is_the_file_systems(box, kind):
    box.bundle.mount("/data", kind, kind, ["no_such_option"])
    box.run().fails("mount /data", "no_such_option")


def test_bind_with_data_is_warned_about(box, outside):
    box.bundle.bind(outside, "/data", "bind", "size=5m")
    done = box.run("exit", "0")
    assert done.rc == 0 and "size=5m" in done.err, repr(done)


def test_devpts_options(box):
    box.bundle.without_mount("/dev/pts")
    box.bundle.mount("/dev/pts", "devpts", "devpts", ["newinstance", "ptmxmode=0666", "mode=0600", "gid=5"])
    options = box.report().mount("/dev/pts").options
    assert {"ptmxmode=666", "mode=600", "gid=5"} <= options


def test_device_that_does_not_match(box):
    os.mknod(box.bundle.inside("/wrong"), 0o600 | 0o020000, os.makedev(1, 5))
    box.linux["devices"] = [{"path": "/wrong", "type": "c", "major": 1, "minor": 3}]
    box.create().fails("/wrong")
