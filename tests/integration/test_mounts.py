"""Mounts: kinds, options, propagation, and where the tree ends up (config.md, Mounts)."""

import os
import subprocess

import pytest

PROPAGATION = {"private": set(), "slave": {"master"}, "shared": {"shared"}, "unbindable": {"unbindable"}}


@pytest.fixture
def shared(outside):
    """A mount of the host with a mount below it."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", outside], check=True)
    subprocess.run(["mount", "--make-shared", outside], check=True)
    os.mkdir(f"{outside}/sub")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{outside}/sub"], check=True)
    yield outside
    subprocess.run(["umount", "-R", "-l", outside], check=True)


@pytest.mark.fallback
@pytest.mark.parametrize("option, flag", [
    ("ro", "ro"), ("rw", "rw"), ("nosuid", "nosuid"), ("nodev", "nodev"), ("noexec", "noexec"), ("noatime", "noatime"),
    ("nodiratime", "nodiratime"), ("relatime", "relatime"), ("nosymfollow", "nosymfollow")])
def test_flags_of_a_bind(box, outside, option, flag):
    if option == "nosymfollow" and box.husk.standin:
        pytest.skip("stand-in")
    box.bundle.bind(outside, "/data", "bind", option)
    assert flag in box.report().mount("/data").flags


@pytest.mark.fallback
@pytest.mark.parametrize("option, flag", [
    ("ro", "ro"), ("nosuid", "nosuid"), ("nodev", "nodev"), ("noexec", "noexec"), ("noatime", "noatime"),
    ("relatime", "relatime")])
def test_flags_of_a_tmpfs(box, option, flag):
    box.bundle.mount("/data", "tmpfs", "tmpfs", [option])
    assert flag in box.report().mount("/data").flags


@pytest.mark.parametrize("pair", [("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec"), ("noatime", "atime"), ("ro", "rw"),
                                  ("nodiratime", "diratime")])
def test_the_later_option_wins(box, pair):
    box.bundle.mount("/data", "tmpfs", "tmpfs", list(pair))
    assert pair[0] not in box.report().mount("/data").flags


@pytest.mark.parametrize("option", ["defaults", "loud", "silent", "iversion", "noiversion", "lazytime", "nolazytime", "async",
                                    "sync", "dirsync", "norelatime", "nostrictatime", "strictatime", "mand", "nomand"])
def test_every_word_of_the_spec_is_known(box, option):
    if box.husk.standin:
        pytest.skip("peers hand some of these to the file system")
    box.bundle.mount("/data", "tmpfs", "tmpfs", [option])
    mount = box.report().mount("/data")
    if option in ("sync", "dirsync"):
        assert option in mount.flags | mount.options


@pytest.mark.fallback
def test_tmpfs_options(box):
    box.bundle.mount("/data", "tmpfs", "tmpfs", ["size=1m", "mode=0751", "nosuid"])
    mount = box.report().mount("/data")
    assert mount.kind == "tmpfs" and {"size=1024k", "mode=751"} <= mount.options


def test_bad_file_system_option(box):
    box.bundle.mount("/data", "tmpfs", "tmpfs", ["nonsense=1"])
    box.run().fails("/data", "nonsense" if not box.husk.standin else "")


def test_unknown_file_system(box):
    box.bundle.mount("/data", "x", "nosuchfs")
    box.run().fails("/data", "nosuchfs")


@pytest.mark.fallback
def test_bind_shows_the_source(box, outside):
    with open(f"{outside}/file", "w", encoding="ascii") as f:
        f.write("hello")
    box.bundle.bind(outside, "/data/deep/down", "rbind", "ro")
    assert box.run("read", "/data/deep/down/file").ok().json["text"] == "hello"
    assert os.path.isdir(box.bundle.inside("/data/deep/down"))


@pytest.mark.fallback
def test_bind_of_a_file(box, outside):
    with open(f"{outside}/file", "w", encoding="ascii") as f:
        f.write("hello")
    box.bundle.bind(f"{outside}/file", "/etc/made/file", "bind", "ro")
    assert box.run("read", "/etc/made/file").ok().json["text"] == "hello"
    assert box.run("write", "/etc/made/file").json["errno"] == "EROFS"


def test_bind_without_a_type(box, outside):
    box.bundle.mount("/data", outside, None, ["rbind"])
    assert box.report().mounted("/data")


def test_bind_source_relative_to_the_bundle(box):
    os.mkdir(f"{box.bundle.path}/data")
    box.bundle.bind("data", "/data")
    assert box.report().mounted("/data")


@pytest.mark.fallback
def test_missing_source(box):
    box.bundle.bind("/srv/no/such/data", "/data", "bind")
    box.run().fails("mount /data: open /srv/no/such/data: No such file or directory")


def test_plain_bind_leaves_the_submounts(box, shared):
    box.bundle.bind(shared, "/data", "bind")
    facts = box.report()
    assert facts.mounted("/data") and not facts.mounted("/data/sub")


def test_recursive_bind_takes_the_submounts(box, shared):
    box.bundle.bind(shared, "/data", "rbind")
    assert box.report().mounted("/data/sub")


def test_ro_of_a_recursive_bind_is_for_the_top(box, shared):
    box.bundle.bind(shared, "/data", "rbind", "ro")
    assert box.run("write", "/data/x").json["errno"] == "EROFS"
    assert box.run("write", "/data/sub/x").json["errno"] == ""


def test_rro_is_for_all_of_it(box, shared):
    box.bundle.bind(shared, "/data", "rbind", "rro")
    assert box.run("write", "/data/x").json["errno"] == "EROFS"
    assert box.run("write", "/data/sub/x").json["errno"] == "EROFS"


@pytest.mark.parametrize("option, flag", [("rnosuid", "nosuid"), ("rnodev", "nodev"), ("rnoexec", "noexec"),
                                          ("rnoatime", "noatime"), ("rnodiratime", "nodiratime")])
def test_recursive_flags(box, shared, option, flag):
    box.bundle.bind(shared, "/data", "rbind", option)
    facts = box.report()
    assert flag in facts.mount("/data").flags and flag in facts.mount("/data/sub").flags


def test_flags_of_the_source_survive_a_bind(box, outside):
    """A bind that asks for nothing keeps nodev and nosuid of what it binds, or changes them as asked."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nosuid,nodev,noexec", "tmpfs", outside], check=True)
    try:
        box.bundle.bind(outside, "/data", "bind", "ro")
        assert "ro" in box.report().mount("/data").flags
    finally:
        subprocess.run(["umount", outside], check=True)


def test_locked_flags_in_a_user_namespace(box, outside):
    """What the host's mount forbids cannot be cleared from a user namespace; a read-only bind must still work."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nosuid,nodev,noexec,noatime", "tmpfs", outside], check=True)
    try:
        box.bundle.userns()
        os.mkdir(box.bundle.inside("/data"))
        box.bundle.bind(outside, "/data", "bind", "ro")
        assert {"ro", "nosuid", "nodev", "noexec"} <= box.report().mount("/data").flags
    finally:
        subprocess.run(["umount", outside], check=True)


@pytest.mark.parametrize("option", ["private", "slave", "shared", "unbindable"])
def test_propagation_of_a_mount(box, shared, option):
    box.bundle.bind(shared, "/data", "rbind", option)
    # A shared copy may have a master too: the host's mount that it was made from.
    assert set(box.report().mount("/data").propagation) - ({"master"} if option == "shared" else set()) == PROPAGATION[option]


@pytest.mark.parametrize("option", ["rprivate", "rslave", "rshared", "runbindable"])
def test_recursive_propagation_of_a_mount(box, shared, option):
    box.bundle.bind(shared, "/data", "rbind", option)
    facts = box.report()
    for where in ("/data", "/data/sub"):
        seen = set(facts.mount(where).propagation)
        assert seen - ({"master"} if option == "rshared" else set()) == PROPAGATION[option[1:]]


def test_a_shared_root_takes_nothing_from_its_mounts_and_the_host(box, shared):
    """The old root goes away with all that is in it: neither our mounts nor the host's may notice."""
    before = open("/proc/self/mountinfo", encoding="utf-8").read()
    box.linux["rootfsPropagation"] = "shared"
    box.bundle.bind(shared, "/data", "rbind", "rshared")
    facts = box.report()
    for where in ("/data", "/data/sub"):
        assert "shared" in facts.mount(where).propagation
    assert open("/proc/self/mountinfo", encoding="utf-8").read() == before


@pytest.mark.parametrize("option", ["private", "slave", "shared", "unbindable"])
def test_propagation_of_the_root(box, option):
    box.linux["rootfsPropagation"] = option
    seen = box.report().mount("/").propagation
    if option == "shared":
        assert "shared" in seen
    elif option == "unbindable":
        assert "unbindable" in seen
    elif option == "private":
        assert seen == []
    else:
        assert "shared" not in seen


def test_default_propagation_hides_the_container_from_the_host(box):
    box.bundle.mount("/data", "tmpfs", "tmpfs")
    box.up()
    assert box.id not in open("/proc/self/mountinfo", encoding="utf-8").read()


def test_slave_sees_later_mounts_of_the_host(box, shared):
    box.bundle.bind(shared, "/data", "rbind", "rslave")
    box.up()
    os.mkdir(f"{shared}/late")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{shared}/late"], check=True)
    assert box.exec_report().mounted("/data/late")
    subprocess.run(["umount", f"{shared}/late"], check=True)


def test_mounts_are_made_in_order(box, outside):
    os.mkdir(f"{outside}/in")
    box.bundle.mount("/data", "tmpfs", "tmpfs").bind(outside, "/data/a").mount("/data/a/in", "tmpfs", "tmpfs")
    facts = box.report()
    where = [m.where for m in facts.mounts if m.where.startswith("/data")]
    assert where == ["/data", "/data/a", "/data/a/in"]


@pytest.mark.fallback
def test_symlinked_destination_stays_inside(box, outside):
    """An absolute symlink of the image is resolved in the image, never on the host."""
    os.symlink(outside, box.bundle.inside("/link"))
    box.bundle.mount("/link/data", "tmpfs", "tmpfs")
    done = box.run()
    assert os.listdir(outside) == []
    if done.rc == 0:
        assert os.path.isdir(box.bundle.inside(outside))


@pytest.mark.fallback
def test_dotdot_symlink_stays_inside(box, outside):
    os.symlink("../../../../../../../../.." + outside, box.bundle.inside("/tmp/link"))
    box.bundle.bind(box.bundle.path, "/tmp/link/data", "bind")
    box.run()
    assert os.listdir(outside) == []


def test_symlink_inside_the_image_is_followed(box):
    os.mkdir(box.bundle.inside("/real"))
    os.symlink("/real", box.bundle.inside("/link"))
    box.bundle.mount("/link/data", "tmpfs", "tmpfs")
    assert box.report().mounted("/real/data")


def test_symlink_loop(box):
    os.symlink("loop", box.bundle.inside("/loop"))
    box.bundle.mount("/loop/data", "tmpfs", "tmpfs")
    box.run().fails("/loop/data")


def test_relative_destination_is_from_the_root(box):
    box.bundle.mount("data", "tmpfs", "tmpfs")
    done = box.run()
    if done.rc == 0:
        assert any(" /data " in line for line in done.json["mounts"])


def test_file_onto_directory(box, outside):
    open(f"{outside}/file", "w", encoding="ascii").close()
    box.bundle.bind(f"{outside}/file", "/home", "bind")
    box.run().fails("/home")


def test_readonly_root(box):
    box.config["root"]["readonly"] = True
    assert box.run("write", "/x").json["errno"] == "EROFS"
    assert "ro" in box.report().mount("/").flags


def test_root_is_writable_by_default(box):
    assert box.run("write", "/x").ok().json["errno"] == ""


@pytest.mark.fallback
def test_masked_and_readonly_paths(box, outside):
    os.mkdir(box.bundle.inside("/secret"))
    open(box.bundle.inside("/secret/inside"), "w", encoding="ascii").close()
    with open(box.bundle.inside("/key"), "w", encoding="ascii") as f:
        f.write("key")
    box.linux["maskedPaths"] = ["/secret", "/key", "/not/there", "/proc/keys"]
    box.linux["readonlyPaths"] = ["/home", "/proc/sys", "/not/there/either"]
    assert box.run("list", "/secret").ok().json["names"] == []
    assert box.run("read", "/key").ok().json["text"] == ""
    assert box.run("write", "/home/x").json["errno"] == "EROFS"
    assert box.run("write", "/secret/x").json["errno"] in ("EROFS", "EACCES", "EPERM")
    assert box.run("write", "/proc/sys/kernel/shm_rmid_forced", "1").json["errno"] == "EROFS"
    facts = box.report()
    assert "ro" in facts.mount("/proc/sys").flags and facts.mounted("/secret") and facts.mounted("/proc/keys")


def test_masked_path_must_be_absolute(box):
    if box.husk.standin:
        pytest.skip("stand-in")
    box.linux["maskedPaths"] = ["proc/kcore"]
    box.run().fails("linux.maskedPaths[0]")


def test_tmpcopyup(box):
    os.makedirs(box.bundle.inside("/var/lib"))
    with open(box.bundle.inside("/var/lib/file"), "w", encoding="ascii") as f:
        f.write("copied")
    os.symlink("file", box.bundle.inside("/var/lib/link"))
    os.chmod(box.bundle.inside("/var/lib/file"), 0o640)
    box.bundle.mount("/var", "tmpfs", "tmpfs", ["tmpcopyup", "mode=0755"])
    box.bundle.args("/bin/sh", "-c", "cat /var/lib/file; readlink /var/lib/link; stat -c %a /var/lib/file; echo x > /var/lib/file")
    assert box.run().ok().out == "copiedfile\n640\n"
    assert open(box.bundle.inside("/var/lib/file"), encoding="ascii").read() == "copied"


def test_remount(box, outside):
    box.bundle.bind(outside, "/data", "bind", "rw")
    box.bundle.mount("/data", outside, None, ["bind", "remount", "ro"])
    assert "ro" in box.report().mount("/data").flags


@pytest.mark.parametrize("kind, where, options", [("mqueue", "/dev/mqueue", ["nosuid"]), ("tmpfs", "/dev/shm", ["size=65536k"]),
                                                  ("ramfs", "/ram", [])])
def test_kinds(box, kind, where, options):
    box.bundle.mount(where, kind, kind, options)
    assert box.report().mount(where).kind == kind


def test_sysfs_is_readonly_when_asked(box):
    assert "ro" in box.report().mount("/sys").flags


@pytest.mark.needs("v1")
def test_cgroup_mount_v1(box):
    box.bundle.namespace("cgroup")
    box.bundle.mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"])
    facts = box.report()
    assert facts.mount("/sys/fs/cgroup/memory").kind == "cgroup"
    assert facts.mount("/sys/fs/cgroup/memory").root == "/"
    assert "ro" in facts.mount("/sys/fs/cgroup/memory").flags


@pytest.mark.needs("unified")
def test_cgroup_mount_v2(box):
    box.bundle.namespace("cgroup")
    box.bundle.mount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", "ro"])
    facts = box.report()
    mount = facts.mount("/sys/fs/cgroup")
    assert mount.kind == "cgroup2" and mount.root == "/" and "ro" in mount.flags
    assert facts["cgroup"][-1] == "0::/"


def test_idmapped_bind(box, outside):
    """Files of the host's root appear as the container's root through a mapped mount."""
    if box.husk.standin:
        pytest.skip("stand-in")
    box.bundle.userns()
    os.mkdir(box.bundle.inside("/data"))
    box.bundle.bind(outside, "/data", "bind", "idmap")
    done = box.run("stat", "/data")
    assert done.rc == 0 and done.json["uid"] == 0, repr(done)


def test_mappings_of_one_mount(box, outside):
    box.config["mounts"].append({
        "destination": "/data", "type": "bind", "source": outside, "options": ["bind"],
        "uidMappings": [{"containerID": 0, "hostID": 1234, "size": 1}],
        "gidMappings": [{"containerID": 0, "hostID": 1234, "size": 1}]})
    seen = box.run("stat", "/data").ok().json
    assert (seen["uid"], seen["gid"]) == (1234, 1234)


def test_no_pivot(box):
    assert box.run("report", options=["--no-pivot"]).ok().json["cwd"] == "/"


def test_root_path_may_be_absolute(box):
    box.config["root"]["path"] = box.bundle.rootfs
    box.run("exit", 0).ok()


def test_root_path_may_be_a_symlink(box):
    """It is the operator's path, not the image's."""
    os.symlink("rootfs", f"{box.bundle.path}/alias")
    box.config["root"]["path"] = "alias"
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.ok()


def test_missing_root(box):
    box.config["root"]["path"] = "nowhere"
    box.run().fails("nowhere", "No such file or directory")


def test_root_that_is_a_file(box):
    box.config["root"]["path"] = "config.json"
    box.run().fails("config.json")


def test_the_host_is_not_in_reach(box):
    facts = box.report()
    where = {m.where for m in facts.mounts}
    assert all(w == "/" or w.split("/")[1] in ("proc", "dev", "sys") for w in where), where
    assert len([m for m in facts.mounts if m.where == "/"]) == 1
