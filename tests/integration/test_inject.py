"""Faults at every step: failing system calls, killed processes, verbs that meet. The long form is tests/inject."""

import os
import random
import signal
import subprocess
import threading
import time

import pytest

from kit.faults import NEVER, STYLES, VERBS, Lab, Storm, errors_for

SAMPLE = 14  # faults of each kind per verb; tests/inject does them all


@pytest.fixture
def lab(program, fault_tool, scratch, template, ident):
    made = Lab(program, fault_tool, scratch, template, ident)
    yield made
    made.bury()
    made.close()


@pytest.fixture(scope="session")
def fault_tool():
    path = os.path.join(os.environ.get("HUSK_BUILD", "build"), "fault")
    if not os.path.exists(path):
        pytest.skip("needs the program fault in the build directory")
    return os.path.abspath(path)


@pytest.mark.parametrize("name, style", [*(("create", style) for style in STYLES), ("run", "plain"), ("run", "userns"),
                                         ("start", "userns"), ("exec", "userns"), ("exec", "hostns"), ("delete", "rich"),
                                         ("delete", "hostns"), ("kill", "plain")])
def test_sample(lab, name, style):
    """Never the same points twice in a row, and a failure names its own."""
    verb = VERBS[name]
    lab.configure(style, verb)
    points = lab.points(verb)
    chance = random.SystemRandom()
    bad = []
    for point in chance.sample([p for p in points if p.call not in NEVER], SAMPLE // 2):
        error = chance.choice(errors_for(point.call))
        bad += [f"{point}: {os.strerror(error)}: {c}" for c in lab.strike(verb, point, error=error)]
    for point in chance.sample(points, SAMPLE // 2):
        victim = chance.choice([0, point.process])
        bad += [f"{point}: SIGKILL for {victim}: {c}" for c in lab.strike(verb, point, victim=victim)]
    assert not bad, "\n".join(bad)


@pytest.mark.slow
def test_storm(program, scratch, template, ident):
    """Many at once, some killed by chance: whatever happened, delete --force of every ID leaves nothing."""
    storm = Storm(program, scratch, template, ident)
    complaints = storm.rage(seconds=4, workers=6)
    storm.close()
    assert not complaints, "\n".join(complaints)


def test_creates_of_one_id(boxes):
    one = boxes()
    one.bundle.args("/payload", "sleep")
    one.bundle.save()
    argv = one.husk.argv("create", "--bundle", one.bundle.path, one.id)
    for _ in range(5):
        racers = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                  for _ in range(4)]
        assert sorted(r.wait(20) for r in racers) == [0, 1, 1, 1]
        assert one.status == "created"
        one.delete("--force").ok()


def test_create_against_delete(boxes):
    """Each create ends as if it had been alone, before or after a delete."""
    one = boxes()
    one.bundle.args("/payload", "sleep")
    one.bundle.save()
    over = threading.Event()
    bad = []

    def delete():
        while not over.is_set():
            result = one.delete("--force")
            if result.rc:
                bad.append(repr(result))

    thread = threading.Thread(target=delete)
    thread.start()
    try:
        for _ in range(25):
            result = one.create(save=False)
            if result.rc and "already exists" not in result.err:
                bad.append(repr(result))
    finally:
        over.set()
        thread.join()
    assert not bad, bad[0]


def test_run_killed_while_the_container_runs(box):
    box.bundle.args("/payload", "sleep").save()
    runner = box.husk.spawn("run", "--bundle", box.bundle.path, box.id, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while box.husk("state", box.id).rc or box.status != "running":
            time.sleep(0.02)
    finally:
        runner.kill()
        runner.wait()
    assert box.status == "running"
    box.exec("/payload", "exit", "0").ok()
    box.kill().ok()
    box.wait()
    box.delete().ok()


def test_others_reach_a_container_that_runs_in_the_foreground(box):
    box.bundle.args("/payload", "sleep").save()
    runner = box.husk.spawn("run", "--bundle", box.bundle.path, box.id, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while box.husk("state", box.id).rc or box.status != "running":
            time.sleep(0.02)
        box.husk("pause", box.id, timeout=10).ok()
        box.husk("resume", box.id, timeout=10).ok()
        box.husk("delete", "--force", box.id, timeout=10).ok()
        assert runner.wait(10) == 128 + signal.SIGKILL
    finally:
        runner.kill()
        runner.wait()


def test_delete_waits_for_no_one_elses_directory(box):
    """run buries its own container only: a new one of the same name stays."""
    box.bundle.args("/payload", "sleep").save()
    runner = box.husk.spawn("run", "--bundle", box.bundle.path, box.id, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while box.husk("state", box.id).rc or box.status != "running":
            time.sleep(0.02)
        runner.send_signal(signal.SIGSTOP)
        box.delete("--force").ok()
        box.create().ok()
        runner.send_signal(signal.SIGCONT)
        assert runner.wait(10) == 128 + signal.SIGKILL
        assert box.status == "created"
    finally:
        runner.kill()
        runner.wait()


def test_killed_create_is_not_the_owner_of_a_cgroup_that_was_there(boxes, lab):
    """What lives in a cgroup of that name is not killed by whoever clears the remains away."""
    other = boxes()
    other.bundle.args("/payload", "sleep")
    other.create().ok()
    other.start().ok()
    verb = VERBS["create"]
    lab.configure("plain", verb)
    points = lab.points(verb)
    lab.box.linux["cgroupsPath"] = other.linux["cgroupsPath"]
    lab.box.bundle.save()
    # from its first record up to where it would make the cgroup
    first = next(i for i, p in enumerate(points) if p.call == "renameat" and p.text == "state.json.tmp")
    for point in [p for p in points[first + 1:] if p.process == 0][:12]:
        status, err = lab.call(verb, ["kill", point.process, point.number, 0])
        assert status in (137, 1), err
        lab.bury()
        assert other.status == "running", repr(point)


def test_sigchld_ignored_by_the_caller(box):
    box.bundle.hook("createRuntime", "/bin/true").args("/payload", "exit", "3")
    box.bundle.save()
    done = subprocess.run(box.husk.argv("run", "--bundle", box.bundle.path, box.id), timeout=20, check=False,
                          stdin=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert done.returncode == 3


@pytest.mark.parametrize("closed", [(0,), (0, 1), (0, 1, 2), (1,), (2,)])
def test_standard_descriptors_closed_by_the_caller(box, closed):
    box.bundle.hook("createRuntime", "/bin/sh", "-c", "cat >/dev/null && [ $(ls /proc/self/fd | wc -l) -le 4 ]")
    box.bundle.args("/bin/sh", "-c", "ls -l /proc/self/fd > /tmp/fds; exit 4").save()
    shell = " ".join(f"{fd}{'<' if fd == 0 else '>'}&-" for fd in closed)
    line = " ".join(map(str, box.husk.argv("run", "--bundle", box.bundle.path, box.id)))
    done = subprocess.run(["sh", "-c", f"{line} {shell}"], timeout=20, check=False)
    assert done.returncode == 4
    with open(box.bundle.inside("/tmp/fds"), encoding="ascii") as f:
        listed = [text for text in f.read().splitlines() if "->" in text]
    assert not any("root" in text.split("->")[1] or "socket" in text.split("->")[1] for text in listed), listed


def test_own_descriptors_are_not_preserved(box):
    """--preserve-fds of what the caller did not open must not hand out the state directory (CVE-2024-21626)."""
    box.bundle.args("/payload", "exit", "0").save()
    argv = box.husk.argv("run", "--preserve-fds", "2", "--bundle", box.bundle.path, box.id)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20, check=False)
    assert done.returncode == 1 and b"preserve descriptor 3: Bad file descriptor" in done.stderr


def test_bad_record(box):
    box.bundle.args("/payload", "sleep")
    box.create().ok()
    path = os.path.join(box.state_dir, "state.json")
    with open(path, "rb") as f:
        good = f.read()
    with open(path, "wb") as f:
        f.write(good[:40])
    for verb in (["state"], ["start"], ["kill"], ["delete", "--force"]):
        box.husk(*verb, box.id).fails("state.json: ")
    box.create().fails("state.json: ")
    assert box.id not in box.husk("list", "-q").ok().out
    with open(path, "wb") as f:
        f.write(good)
    box.delete("--force").ok()


def test_console_socket_that_hangs_up(box, scratch):
    """Its error is told, not taken for the death of the container's init."""
    import socket
    path = os.path.join(scratch, "hangup")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(0)
    box.process["terminal"] = True
    box.bundle.args("/payload", "exit", "0")
    over = threading.Event()

    def hang_up():
        listener.settimeout(0.05)
        while not over.is_set():
            try:
                listener.accept()[0].close()
            except OSError:
                pass

    thread = threading.Thread(target=hang_up)
    thread.start()
    result = box.create("--console-socket", path)
    over.set()
    thread.join()
    listener.close()
    os.unlink(path)
    if result.rc:
        result.fails("console socket")
    else:  # it took the terminal before it hung up
        box.delete("--force").ok()
