"""NOTIFY_SOCKET: the service manager hears what the program in the container says about itself (sd_notify(3))."""

import array
import os
import socket
import subprocess
import threading
import time

import pytest

class Manager:
    """What systemd is for a service: a datagram socket, with the barrier."""

    def __init__(self, path):
        self.path, self.seen, self.barriers = path, [], 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path[1:] if path[0] == "@" else path)
        self.socket.settimeout(0.1)
        self.over = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over:
            try:
                text, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(16))
            except TimeoutError:
                continue
            for _, _, data in ancillary:
                fds = array.array("i")
                fds.frombytes(data)
                self.barriers += 1
                for fd in fds:
                    os.close(fd)
            self.seen += text.decode().split("\n")

    def wait(self, line, seconds=10):
        end = time.monotonic() + seconds
        while line not in self.seen:
            assert time.monotonic() < end, f"{line!r} is not in {self.seen}"
            time.sleep(0.02)

    def close(self):
        self.over = True
        self.thread.join()
        self.socket.close()
        if self.path[0] == "/":
            os.unlink(self.path)


@pytest.fixture(params=["path", "abstract"])
def manager(request, scratch, husk):
    if husk.standin:
        pytest.skip("stand-in")
    made = Manager(os.path.join(scratch, "manager") if request.param == "path" else f"@{scratch}-manager")
    yield made
    made.close()


def env(manager):
    return {**os.environ, "NOTIFY_SOCKET": manager.path}


def say(box, text):
    """Send a message as the program would, from the container's mount namespace."""
    code = f"""import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto({text.encode()!r}, {f"/proc/{box.pid}/root/run/notify/notify.sock"!r})"""
    return subprocess.run(["/usr/bin/python3", "-c", code], check=True, timeout=10)


def test_start_waits_for_ready(box, manager):
    box.bundle.args("/payload", "sleep")
    box.create(env=env(manager)).ok()
    starting = box.husk.spawn("start", box.id, env=env(manager))
    box.wait("running")
    say(box, "STATUS=warming up\nMAINPID=1\nFDSTORE=1")
    manager.wait("STATUS=warming up")
    assert starting.poll() is None, "start did not wait"
    say(box, "READY=1")
    assert starting.wait(10) == 0
    assert {"READY=1", f"MAINPID={box.pid}"} <= set(manager.seen)
    assert manager.barriers == 1
    assert not {"MAINPID=1", "FDSTORE=1"} & set(manager.seen)


def test_start_ends_with_the_program(box, manager):
    """Who never says READY does not keep anybody waiting for ever."""
    box.bundle.args("/payload", "exit", "0")
    box.create(env=env(manager)).ok()
    box.start(env=env(manager), timeout=15).ok()
    assert "READY=1" not in manager.seen


def test_run_passes_messages_on(box, manager):
    box.bundle.args("/payload", "sleep")
    box.bundle.save()
    running = box.husk.spawn("run", "--bundle", box.bundle.path, box.id, env=env(manager))
    end = time.monotonic() + 10
    while not os.path.exists(os.path.join(box.state_dir, "notify/notify.sock")) or box.status != "running":
        assert time.monotonic() < end
        time.sleep(0.02)
    say(box, "READY=1")
    manager.wait(f"MAINPID={box.pid}")
    say(box, "STOPPING=1")
    manager.wait("STOPPING=1")
    box.kill().ok()
    assert running.wait(10) == 137


def test_inside(box, manager):
    """The environment says where, and the directory can only be talked to."""
    box.process["env"].append("NOTIFY_SOCKET=/elsewhere")
    seen = box.report(env=env(manager))
    assert seen.env["NOTIFY_SOCKET"] == "/run/notify/notify.sock"
    assert {"ro", "nosuid", "nodev", "noexec"} <= seen.mount("/run/notify").flags


def test_in_a_user_namespace(box, manager):
    box.bundle.userns()
    os.makedirs(box.bundle.inside("/run/notify"))  # the image is not that user's
    box.process["user"] = {"uid": 1000, "gid": 1000}
    box.bundle.args("/payload", "sleep")
    box.create(env=env(manager)).ok()
    starting = box.husk.spawn("start", box.id, env=env(manager))
    box.wait("running")
    say(box, "READY=1")
    assert starting.wait(10) == 0
    assert os.stat(os.path.join(box.state_dir, "notify/notify.sock")).st_mode & 0o777 == 0o777


def test_without_a_manager_there_is_nothing(box):
    seen = box.report(env={k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"})
    assert "NOTIFY_SOCKET" not in seen.env
    assert not os.path.exists(box.bundle.inside("/run/notify"))
