"""Terminals: a socket that receives the console, and a pty that plays the user's terminal."""

import array
import fcntl
import os
import pty
import select
import socket
import struct
import termios
import time


class ConsoleSocket:
    """What an engine puts behind --console-socket."""

    def __init__(self, path):
        self.path = str(path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.listener.settimeout(10)

    def receive(self):
        """The descriptor that came, and the words that came with it."""
        peer, _ = self.listener.accept()
        with peer:
            peer.settimeout(10)
            words, ancillary, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(4 * 4))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
                assert len(fds) == 1
                return fds[0], words.decode()
        raise AssertionError("no descriptor on the console socket")

    def close(self):
        self.listener.close()
        os.unlink(self.path)


def set_size(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def read_until(fd, text, seconds=10):
    """Everything up to and with `text`; the other side's exit ends it too."""
    seen, end = "", time.monotonic() + seconds
    while text is None or text not in seen:
        left = end - time.monotonic()
        assert left > 0, f"{text!r} did not come, only {seen!r}"
        if not select.select([fd], [], [], left)[0]:
            continue
        try:
            chunk = os.read(fd, 65536)
        except OSError:  # EIO: the other end is closed
            chunk = b""
        if not chunk:
            assert text is None, f"it ended before {text!r}, after {seen!r}"
            return seen
        seen += chunk.decode(errors="replace")
    return seen


class Terminal:
    """A program on a pty of its own, as a user at a terminal runs it."""

    def __init__(self, argv, rows=24, cols=80, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            set_size(0, rows, cols)
            os.execvpe(argv[0], argv, env or os.environ)
        os.set_inheritable(self.fd, False)

    def write(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text, seconds=10):
        return read_until(self.fd, text, seconds)

    def resize(self, rows, cols):
        set_size(self.fd, rows, cols)

    def wait(self, seconds=15):
        """The rest of the output and the exit status."""
        rest = read_until(self.fd, None, seconds)
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return rest, os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
