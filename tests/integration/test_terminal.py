"""Terminals: the console socket of the engines, and the terminal of a person in the foreground."""

import fcntl
import json
import os
import struct
import subprocess
import termios
import time

import pytest

from kit.terminal import read_until, set_size


@pytest.fixture
def with_terminal(box):
    box.process["terminal"] = True
    return box


@pytest.mark.fallback
def test_console_socket(with_terminal, console):
    box = with_terminal
    box.bundle.args("/payload", "report")
    box.create("--console-socket", console.path).ok()
    fd, words = console.receive()
    assert words, "the name must not be empty"
    box.start().ok()
    facts = json.loads(read_until(fd, "\n"))
    os.close(fd)
    assert facts["tty"]["isatty"] == [True] * 3 and facts["tty"]["controlling"]
    assert facts["tty"]["foreground"] == facts["pgid"]
    assert "console" in facts["dev"]
    assert any(" /dev/console " in line for line in facts["mounts"])
    assert len({facts["fds"][n] for n in "012"}) == 1
    assert sorted(facts["fds"]) == ["0", "1", "2"]


def test_terminal_belongs_to_the_user(with_terminal, console):
    box = with_terminal
    box.process["user"] = {"uid": 1000, "gid": 1000}
    box.bundle.args("/payload", "stat", "/dev/console")
    box.create("--console-socket", console.path).ok()
    fd, _ = console.receive()
    box.start().ok()
    seen = json.loads(read_until(fd, "\n"))
    os.close(fd)
    assert seen["uid"] == 1000


def test_console_size(with_terminal, console):
    box = with_terminal
    box.process["consoleSize"] = {"height": 33, "width": 99}
    box.bundle.args("/payload", "sleep")
    box.create("--console-socket", console.path).ok()
    fd, _ = console.receive()
    size = struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8))
    os.close(fd)
    assert size[:2] == (33, 99)


def test_console_size_without_a_terminal_is_ignored(box):
    box.process["consoleSize"] = {"height": 33, "width": 99}
    box.run("exit", 0).ok()


def test_detached_terminal_needs_a_socket(with_terminal):
    with_terminal.create().fails("console")


def test_console_socket_without_a_terminal(box, console):
    if "crun" in box.husk.program:
        pytest.skip("crun takes it")
    box.create("--console-socket", console.path).fails("console")


def test_console_socket_missing(with_terminal):
    with_terminal.create("--console-socket", "/no/such/socket").fails("/no/such/socket")


def test_terminal_in_a_user_namespace(with_terminal, console):
    box = with_terminal
    box.bundle.userns()
    box.bundle.args("/payload", "report")
    box.create("--console-socket", console.path).ok()
    fd, _ = console.receive()
    box.start().ok()
    facts = json.loads(read_until(fd, "\n"))
    os.close(fd)
    assert facts["tty"]["isatty"] == [True] * 3


def test_foreground(with_terminal, terminal):
    box = with_terminal
    box.bundle.args("/bin/sh", "-c", "tty; stty size; exit 7")
    box.bundle.save()
    screen = terminal(box.husk.argv("run", "--bundle", box.bundle.path, box.id), rows=31, cols=91)
    text, status = screen.wait()
    assert "31 91" in text and status == 7
    assert "/dev/" in text and "not a tty" not in text


def test_foreground_input_and_resize(with_terminal, terminal):
    box = with_terminal
    box.bundle.args("/payload", "trap")
    box.bundle.save()
    screen = terminal(box.husk.argv("run", "--bundle", box.bundle.path, box.id))
    screen.expect("ready")
    screen.resize(40, 120)
    screen.expect("WINCH 120x40")
    screen.write("\x03")  # control-C reaches the container as SIGINT, not the runtime
    screen.expect("INT")
    box.kill("TERM").ok()
    text, status = screen.wait()
    assert "TERM" in text and status == 0


def test_foreground_end_of_input(with_terminal, terminal):
    box = with_terminal
    box.bundle.args("/bin/cat")
    box.bundle.save()
    screen = terminal(box.husk.argv("run", "--bundle", box.bundle.path, box.id))
    time.sleep(0.3)
    screen.write("words\n")
    screen.expect("words\r\nwords")
    screen.write("\x04")
    assert screen.wait()[1] == 0


def test_foreground_leaves_the_terminal_as_it_was(with_terminal, terminal):
    box = with_terminal
    box.bundle.args("/bin/true")
    box.bundle.save()
    argv = box.husk.argv("run", "--bundle", box.bundle.path, box.id)
    screen = terminal(["sh", "-c", "stty -a > $0.before; \"$@\"; stty -a > $0.after", f"{box.bundle.path}/stty", *argv])
    assert screen.wait()[1] == 0
    assert open(f"{box.bundle.path}/stty.before", encoding="ascii").read() == \
        open(f"{box.bundle.path}/stty.after", encoding="ascii").read()


def test_much_output(with_terminal, terminal):
    box = with_terminal
    box.bundle.args("/bin/sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done")
    box.bundle.save()
    screen = terminal(box.husk.argv("run", "--bundle", box.bundle.path, box.id))
    text, status = screen.wait(30)
    assert status == 0 and "line 2999" in text and text.count("line ") == 3000


def test_exec_with_a_terminal(box, terminal):
    box.up()
    screen = terminal(box.husk.argv("exec", "--tty", box.id, "/bin/sh", "-c", "tty; stty size; exit 9"), rows=20, cols=70)
    text, status = screen.wait()
    assert "20 70" in text and status == 9


def test_exec_with_a_console_socket(box, console):
    box.up()
    box.exec("/payload", "report", options=["--tty", "--detach", "--console-socket", console.path]).ok()
    fd, _ = console.receive()
    facts = json.loads(read_until(fd, "\n"))
    os.close(fd)
    assert facts["tty"]["isatty"] == [True] * 3 and facts["tty"]["controlling"]


def test_exec_resize(box, terminal):
    box.up()
    screen = terminal(box.husk.argv("exec", "-t", box.id, "/payload", "trap"))
    screen.expect("ready")
    screen.resize(50, 150)
    screen.expect("WINCH 150x50")
    screen.write("\x1c")
    screen.expect("QUIT")


def test_signals_are_forwarded_in_the_foreground(box):
    box.bundle.args("/payload", "trap")
    box.bundle.save()
    process = box.husk.spawn("run", "--bundle", box.bundle.path, box.id, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        for number, name in ((1, b"HUP"), (2, b"INT"), (10, b"USR1"), (12, b"USR2"), (18, b"CONT")):
            process.send_signal(number)
            assert process.stdout.readline().strip() == name
        process.send_signal(15)
        assert process.stdout.readline() == b"TERM\n"
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_set_size_of_the_master_reaches_the_container(with_terminal, console):
    """conmon and the shims resize through the descriptor they were given."""
    box = with_terminal
    box.bundle.args("/payload", "trap")
    box.create("--console-socket", console.path).ok()
    fd, _ = console.receive()
    box.start().ok()
    read_until(fd, "ready")
    set_size(fd, 25, 77)
    read_until(fd, "WINCH 77x25")
    os.close(fd)
