"""Safety: every published escape of its kind, tried against husk. The CVE numbers say whose scar it is."""

import os
import re
import shutil
import stat
import subprocess
import time

import pytest

from kit.runner import Husk


@pytest.fixture
def secret(outside):
    """A directory of the host that must stay empty."""
    yield outside
    assert os.listdir(outside) == [], "the container reached the host"


@pytest.mark.fallback
@pytest.mark.parametrize("number", range(3, 16))
def test_cwd_through_a_leaked_descriptor(box, number):
    """CVE-2024-21626: a cwd of /proc/self/fd/N that is a directory of the host."""
    box.process["cwd"] = f"/proc/self/fd/{number}"
    done = box.run("list", ".")
    assert done.rc != 0, repr(done)


@pytest.mark.parametrize("number", range(3, 16))
def test_exec_cwd_through_a_leaked_descriptor(box, number):
    box.up()
    done = box.exec("/payload", "list", ".", options=["--cwd", f"/proc/self/fd/{number}"])
    assert done.rc != 0, repr(done)


def test_cwd_through_a_symlink_in_the_image(box):
    os.symlink("/proc/self/fd/7", box.bundle.inside("/job"))
    box.process["cwd"] = "/job"
    assert box.run("list", ".").rc != 0


@pytest.mark.fallback
def test_no_descriptor_of_the_runtime_is_left(box):
    """While the container waits at its gate and while it runs, nothing open leads to the host's directories."""
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    for moment in ("created", "running"):
        if moment == "running":
            box.start().ok()
            time.sleep(0.05)
        for fd in os.listdir(f"/proc/{box.pid}/fd"):
            path = f"/proc/{box.pid}/fd/{fd}"
            target = os.readlink(path)
            if int(fd) > 2 and not box.husk.standin:
                assert not stat.S_ISDIR(os.stat(path).st_mode), f"{moment}: {fd} is the directory {target}"
            if moment == "running":
                assert int(fd) <= 2, target


@pytest.mark.fallback
def test_overwrite_of_the_runtime_at_start(box):
    """CVE-2019-5736: the entry point is /proc/self/exe, so the program is husk itself as the kernel sees it."""
    with open(box.husk.program, "rb") as f:
        before = f.read()
    with open(box.bundle.inside("/entry"), "w", encoding="ascii") as f:
        f.write("#!/proc/self/exe\n")
    os.chmod(box.bundle.inside("/entry"), 0o755)
    box.bundle.args("/entry")
    box.run(timeout=20)
    box.process["args"] = ["/proc/self/exe"]
    box.run(timeout=20)
    with open(box.husk.program, "rb") as f:
        assert f.read() == before


def test_overwrite_of_the_runtime_from_inside(box):
    """CVE-2019-5736: a process of the container opens /proc/PID/exe of each newcomer for writing."""
    box.process["capabilities"] = {k: ["CAP_DAC_OVERRIDE", "CAP_SYS_PTRACE"] for k in ("bounding", "permitted", "effective")}
    box.up("sleep")
    hunter = ("while :; do for p in /proc/[0-9]*; do case $(readlink $p/exe 2>/dev/null) in /payload|/bin/busybox|'') ;; "
              "*) /payload overwrite $p/exe >> /tmp/catch;; esac; done; done")
    spy = box.husk.spawn("exec", box.id, "/bin/sh", "-c", hunter)
    try:
        for _ in range(60):
            box.exec("/payload", "true").ok()
    finally:
        spy.kill()
        spy.wait()
    caught = box.bundle.inside("/tmp/catch")
    text = open(caught, encoding="ascii").read() if os.path.exists(caught) else ""
    if not box.husk.standin:
        assert '{"errno":""}' not in text, "the runtime's program was open for writing inside"


def test_exec_is_not_visible_before_it_is_confined(box):
    """CVE-2016-9962: the joining process cannot be traced by the container, and shows no files of the host."""
    box.process["capabilities"] = {k: ["CAP_SYS_PTRACE"] for k in ("bounding", "permitted", "effective")}
    box.up("sleep")
    hunter = ("while :; do for p in /proc/[0-9]*; do n=${p#/proc/}; case $(cat $p/comm 2>/dev/null) in payload|sh|cat|busybox|'') ;; "
              "*) ls -l $p/fd >> /tmp/seen 2>/dev/null; ls $p/cwd/ >> /tmp/cwds 2>/dev/null;; esac; done; done")
    spy = box.husk.spawn("exec", box.id, "/bin/sh", "-c", hunter, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            box.exec("/payload", "true").ok()
    finally:
        spy.kill()
        spy.wait()
    seen = box.bundle.inside("/tmp/seen")
    text = open(seen, encoding="utf-8").read() if os.path.exists(seen) else ""
    if not box.husk.standin:
        assert box.husk.root not in text and "/sys/fs/cgroup" not in text, text


@pytest.mark.fallback
@pytest.mark.parametrize("where", ["/proc", "/sys", "/dev"])
def test_symlink_of_the_image_in_place_of(box, secret, where):
    """CVE-2019-19921, CVE-2025-54867, CVE-2026-41579: the image's /proc, /sys or /dev is a symlink to elsewhere."""
    os.rmdir(box.bundle.inside(where))
    os.symlink(secret, box.bundle.inside(where))
    done = box.run("exit", 0)
    if done.rc != 0 and not box.husk.standin:
        done.fails(where)


@pytest.mark.parametrize("target", ["/tmp/fake", "../../../../../../tmp/fake"])
def test_proc_that_is_a_symlink_within_the_image(box, target):
    """A procfs somewhere else would leave a /proc of the image's own making in place, for LSM labels to be written to."""
    os.makedirs(box.bundle.inside("/tmp/fake/self/attr"))
    os.rmdir(box.bundle.inside("/proc"))
    os.symlink(target, box.bundle.inside("/proc"))
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails("/proc")


def test_dev_that_is_the_images_own(box, secret):
    """CVE-2026-41579: without a mount on /dev the links are made in the image's directory, never through its symlinks."""
    box.bundle.without_mount("/dev").without_mount("/dev/pts")
    os.rmdir(box.bundle.inside("/dev"))
    os.symlink(secret, box.bundle.inside("/dev"))
    box.run("exit", 0)


@pytest.mark.parametrize("name", ["ptmx", "fd", "stdin", "console", "null", "pts"])
def test_dev_with_symlinks_of_the_image(box, secret, name):
    box.bundle.without_mount("/dev").without_mount("/dev/pts")
    os.symlink(f"{secret}/{name}", box.bundle.inside(f"/dev/{name}"))
    box.run("exit", 0)


def test_fake_dev_null_as_a_mask(box):
    """CVE-2025-31133: a /dev/null that is an ordinary file would make masked paths show attacker's bytes."""
    box.bundle.without_mount("/dev").without_mount("/dev/pts")
    with open(box.bundle.inside("/dev/null"), "w", encoding="ascii") as f:
        f.write("attacker")
    box.linux["maskedPaths"] = ["/etc/passwd", "/proc/keys"]
    done = box.run("read", "/etc/passwd")
    if done.rc == 0:
        assert done.json["text"] == ""


def test_masked_file_cannot_be_written_through(box):
    box.linux["maskedPaths"] = ["/etc/passwd"]
    box.run("write", "/etc/passwd", "attacker")
    assert "attacker" not in open(box.bundle.inside("/etc/passwd"), encoding="ascii").read()


@pytest.mark.fallback
def test_inheritable_capabilities_are_empty(box):
    """CVE-2022-29162, CVE-2022-27650, CVE-2025-27612."""
    facts = box.report()
    assert facts.caps("Inh") == 0 and facts.caps("Amb") == 0
    box.up()
    for options in ([], ["--cap", "CAP_NET_RAW"], ["-u", "1000"]):
        facts = box.exec_report(*options)
        assert (facts.caps("Inh") == 0 and facts.caps("Amb") == 0) or options == ["--cap", "CAP_NET_RAW"] and box.husk.standin


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tmpfs", "bind"])
def test_rename_race_on_a_destination(boxes, outside, kind):
    """CVE-2021-30465: a volume shared by two containers; one swaps a directory for a symlink while the other mounts on it."""
    volume = os.path.join(outside, "volume")
    target = os.path.join(outside, "target")
    os.makedirs(f"{volume}/real/data")
    os.mkdir(target)
    os.mkdir(f"{target}/data")
    os.symlink("/" + "../" * 12 + target.lstrip("/"), f"{volume}/link")
    attacker = boxes()
    attacker.bundle.bind(volume, "/vol", "bind", "rw")
    attacker.up("flip", "/vol/real", "/vol/link")
    victim = boxes()
    victim.bundle.bind(volume, "/vol", "bind", "rw")
    if kind == "tmpfs":
        victim.bundle.mount("/vol/real/data", "tmpfs", "tmpfs")
    else:
        victim.bundle.bind(victim.bundle.path, "/vol/real/data", "bind")
    good = 0
    for _ in range(120):
        done = victim.run("report")
        if done.rc == 0:
            where = [line.split(" ")[4] for line in done.json["mounts"]]
            assert any(w.startswith("/vol/") or outside in w for w in where)
            good += 1
        assert not any(target in line for line in open("/proc/self/mountinfo", encoding="utf-8"))
        assert os.listdir(f"{target}/data") == []
    assert sorted(os.listdir(target)) == ["data"]


@pytest.mark.slow
def test_rename_race_on_created_files(boxes, outside):
    """CVE-2024-45310: mount points are created below a path that changes meanwhile; nothing appears on the host."""
    volume, target = os.path.join(outside, "volume"), os.path.join(outside, "target")
    os.makedirs(f"{volume}/real")
    os.mkdir(target)
    os.symlink("/" + "../" * 12 + target.lstrip("/"), f"{volume}/link")
    attacker, victim = boxes(), boxes()
    attacker.bundle.bind(volume, "/vol", "bind", "rw")
    attacker.up("flip", "/vol/real", "/vol/link")
    victim.bundle.bind(volume, "/vol", "bind", "rw")
    victim.bundle.bind("/etc/hostname", "/vol/real/new/file", "bind")
    for _ in range(120):
        victim.run("exit", 0)
        assert os.listdir(target) == []


def test_masks_do_not_follow_symlinks_to_the_host(box, outside):
    with open(f"{outside}/file", "w", encoding="ascii") as f:
        f.write("host")
    os.symlink(f"{outside}/file", box.bundle.inside("/masked"))
    box.linux["maskedPaths"] = ["/masked"]
    box.linux["readonlyPaths"] = ["/masked"]
    box.run("exit", 0)
    assert open(f"{outside}/file", encoding="ascii").read() == "host"
    assert not any(outside in line for line in open("/proc/self/mountinfo", encoding="utf-8"))


def test_device_path_that_climbs(box, secret):
    box.linux["devices"] = [{"path": f"/dev/../../../../../../../..{secret}/node", "type": "c", "major": 1, "minor": 3}]
    box.run("exit", 0)


def test_device_path_through_a_symlink(box, secret):
    os.symlink(secret, box.bundle.inside("/tmp/link"))
    box.linux["devices"] = [{"path": "/tmp/link/node", "type": "c", "major": 1, "minor": 3}]
    box.run("exit", 0)


def test_the_old_root_is_gone(box):
    """Nothing of the host's tree can be reached: not by .. from the root, not by a mount that stayed."""
    box.bundle.args("/bin/sh", "-c", "cd /../../..; ls -d payload && ls /")
    assert "payload" in box.run().ok().out
    assert not any(re.search(r" /(old|oldroot|\.)[^ ]* ", line) for line in box.report()["mounts"])


def test_runtime_memory_is_not_dumpable_to_the_container(boxes):
    """While a container waits at its gate another one in its pid namespace cannot look into it."""
    first = boxes()
    first.process["capabilities"] = {k: ["CAP_SYS_PTRACE"] for k in ("bounding", "permitted", "effective")}
    first.up("sleep")
    second = boxes()
    second.bundle.namespace("pid", f"/proc/{first.pid}/ns/pid")
    second.bundle.args("/payload", "sleep")
    second.create().ok()
    inside = [line for line in open(f"/proc/{second.pid}/status", encoding="ascii") if line.startswith("NSpid")]
    number = inside[0].split()[-1]
    seen = first.exec("/payload", "look", number).json
    if not first.husk.standin:
        assert seen["errno"] in ("EACCES", "EPERM") or seen["exe"] != first.husk.program, seen


def test_environment_of_the_caller_is_not_in_the_container(box):
    """Nor in /proc/1/environ, where it would be if the runtime's own image were still there."""
    box.bundle.args("/payload", "sleep")
    box.bundle.save()
    box.husk("create", "--bundle", box.bundle.path, box.id, env={**os.environ, "SECRET_OF_THE_HOST": "x"}).ok()
    box.start().ok()
    time.sleep(0.05)
    assert b"SECRET_OF_THE_HOST" not in open(f"/proc/{box.pid}/environ", "rb").read()


def test_setuid_does_not_help_with_no_new_privs(box):
    os.chown(box.bundle.inside("/payload"), 0, 0)
    path = box.bundle.inside("/bin/suid")
    with open(box.bundle.inside("/payload"), "rb") as source, open(path, "wb") as copy:
        copy.write(source.read())
    os.chmod(path, 0o4755)
    box.process.update(user={"uid": 1000, "gid": 1000}, args=["/bin/suid", "report"])
    assert box.run().ok().json["uid"] == [1000] * 3


def test_exec_path_is_looked_up_inside(box):
    """A program that only the host has is not found."""
    box.up()
    done = box.exec("/usr/bin/python3", "-c", "1")
    assert done.rc != 0
    done = box.exec("python3", "-c", "1", options=["--env", "PATH=/usr/bin"])
    assert done.rc != 0


@pytest.mark.fallback
def test_cwd_is_not_made_through_the_root_of_another_process(box, secret):
    """As CVE-2024-45310, by way of /proc: with the host's pids the image's symlink leads to the host's own root."""
    box.bundle.without_namespace("pid")
    os.symlink(f"/proc/{os.getpid()}/root{secret}", box.bundle.inside("/job"))
    box.process["cwd"] = "/job/new/dir"
    done = box.run("exit", 0)
    if not box.husk.standin:
        done.fails("cwd")


@pytest.mark.fallback
def test_home_is_not_read_through_the_root_of_another_process(box, outside):
    box.bundle.without_namespace("pid").args("/bin/sh", "-c", "echo $HOME")
    with open(f"{outside}/passwd", "w", encoding="ascii") as f:
        f.write("root:x:0:0:root:/secret-of-the-host:/bin/sh\n")
    os.unlink(box.bundle.inside("/etc/passwd"))
    os.symlink(f"/proc/{os.getpid()}/root{outside}/passwd", box.bundle.inside("/etc/passwd"))
    box.process["env"] = ["PATH=/bin"]
    assert "secret" not in box.run().out


def test_record_that_somebody_else_planted(box, program, outside):
    """A root directory in a place like /tmp: what another user put there is nobody's container, and its hooks run for nobody."""
    os.chmod(outside, 0o1777)
    proof, planted = f"{outside}/proof", f"{outside}/{box.id}"
    box.bundle.hook("poststop", "/bin/busybox", "touch", proof)
    box.create().ok()
    shutil.copytree(box.state_dir, planted, ignore=shutil.ignore_patterns("go", "result"))
    for path in (planted, f"{planted}/state.json", f"{planted}/config.json"):
        os.chown(path, 64001, 64001)
    box.bundle.config.pop("hooks")
    box.delete("--force").ok()
    os.unlink(proof)
    everybodys = Husk(program, outside)
    if box.husk.standin:
        return
    everybodys("delete", "--force", box.id).fails("64001")
    everybodys("create", "--bundle", box.bundle.path, box.id).fails("64001")
    assert everybodys("list", "-q").ok().out == ""
    assert not os.path.exists(proof)


def test_own_pids_are_never_shown_by_the_hosts_procfs(box):
    """Where /proc is covered in parts the kernel refuses a user namespace a new procfs; the host's would betray its processes."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/proc/irq"], check=True)
    try:
        box.husk.prefix = ["unshare", "--user", "--map-root-user", "--mount", *box.husk.prefix]
        box.bundle.rootless(0, 0)
        done = box.run("report")
    finally:
        subprocess.run(["umount", "/proc/irq"], check=True)
    if not box.husk.standin:
        done.fails("mount /proc")
