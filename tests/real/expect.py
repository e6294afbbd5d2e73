"""What a cell of a table asserts."""

import re
import time


class Wrong(Exception):
    """What a cell saw instead of what it should."""


def expect(answer, status, pattern=""):
    """The status, and a pattern somewhere in the output."""
    if answer[0] != status:
        raise Wrong(f"status {answer[0]}, not {status}: {answer[1].strip()[-300:]}")
    if not re.search(pattern, answer[1].replace("\r", ""), re.M):
        raise Wrong(f"no /{pattern}/ in: {answer[1].strip()[-300:]}")
    return answer[1]


def eventually(look, pattern, seconds=5):
    """Poll: engines report some things a moment later."""
    end = time.monotonic() + seconds
    while True:
        answer = look()
        if re.search(pattern, answer[1], re.M):
            return answer[1]
        if time.monotonic() > end:
            raise Wrong(f"no /{pattern}/ in: {answer[1].strip()[-300:]}")
        time.sleep(0.1)
