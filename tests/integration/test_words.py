"""The error lines that callers look for words in: each is provoked, is the one of docs/errors.md, and fits the caller's rule."""

import os
import re

import pytest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))

# The rules of the callers, as they apply them.
GONE = re.compile("does not exist")  # containerd: delete and kill
DEAD = re.compile("no such process|container not running|invalid process")  # CRI-O minds the case, containerd does not
NOT_FOUND = re.compile(r"(?i)executable file not found in|no such file or directory|open executable")  # podman, 127
NO_PERMISSION = re.compile(r"(?i)permission denied|operation not permitted")  # podman, 126
MOBY_127 = re.compile("executable file not found|no such file or directory|not a directory")  # in lower case
MOBY_126 = re.compile("permission denied|is a directory")  # in lower case
TEXT = re.compile("")  # shown to people as it is
# Both look for one of these after the other: a line that fits the second must not fit the first.
BEFORE = {NOT_FOUND: NO_PERMISSION, MOBY_126: MOBY_127}


def nothing(box):
    box.bundle.save()


def running(box):
    box.up()


def paused(box):
    box.up().husk("pause", box.id).ok()


def stopped(box):
    box.up("exit", 0).wait()


def image(program):
    """Nothing but a bundle whose program is this."""
    def make(box):
        box.bundle.args(program).save()
    make.__name__ = f"args {program}"
    return make


def with_terminal(box):
    box.process["terminal"] = True
    box.bundle.save()


def no_rootfs(box):
    box.config["root"]["path"] = "nowhere"
    box.bundle.save()


CREATE, RUN = "create --bundle BUNDLE web", "run --bundle BUNDLE web"

CASES = [
    (nothing, "state web", [GONE]),
    (nothing, "start web", [GONE]),
    (nothing, "kill web KILL", [GONE]),
    (nothing, "delete web", [GONE]),
    (nothing, "exec web /bin/true", [GONE]),
    (nothing, "pause web", [GONE]),
    (nothing, "update --pids-limit 9 web", [GONE]),
    (stopped, "kill web KILL", [DEAD]),
    (stopped, "exec web /bin/true", [TEXT]),
    (stopped, "start web", [TEXT]),
    (stopped, "pause web", [TEXT]),
    (stopped, "update --pids-limit 9 web", [TEXT]),
    (running, CREATE, [re.compile("container with given ID already exists")]),
    (running, "start web", [TEXT]),
    (running, "delete web", [TEXT]),
    (running, "resume web", [re.compile("container not paused")]),
    (running, "kill web NONSENSE", [TEXT]),
    (paused, "pause web", [TEXT]),
    (paused, "exec web /bin/true", [TEXT]),
    (nothing, "create --bundle BUNDLE a/b", [re.compile("invalid container ID format")]),
    (nothing, "create --bundle BUNDLE ''", [TEXT]),
    (nothing, "create --bundle /no/such/bundle web", [TEXT]),
    (no_rootfs, CREATE, [TEXT]),
    (image("no-such"), RUN, [NOT_FOUND, MOBY_127]),
    (image("/no/such"), RUN, [NOT_FOUND, MOBY_127]),
    (image("/etc/passwd"), RUN, [NO_PERMISSION, MOBY_126]),
    (image("/etc"), RUN, [MOBY_126]),
    (image("/etc/passwd/x"), RUN, [MOBY_127]),
    (running, "exec web no-such", [NOT_FOUND, MOBY_127]),
    (running, "exec web /no/such", [NOT_FOUND, MOBY_127]),
    (running, "exec web /etc/passwd", [NO_PERMISSION, MOBY_126]),
    (running, "exec web /etc", [MOBY_126]),
    (running, "exec web /etc/passwd/x", [MOBY_127]),
    (running, "exec --cwd /no/such web /bin/true", [NOT_FOUND, MOBY_127]),
    (with_terminal, CREATE, [TEXT]),
    (nothing, "create --bundle BUNDLE --console-socket /no/such.sock web", [TEXT]),
    (with_terminal, "create --bundle BUNDLE --console-socket /no/such.sock web", [TEXT]),
    (nothing, "create --bundle", [re.compile("flag needs an argument|requires an argument")]),
    (nothing, "restore --lsm-mount-context", [TEXT]),
    (nothing, "create --bogus web", [TEXT]),
    (nothing, "delete a b", [TEXT]),
]


def table():
    """{(state, command): line} of docs/errors.md"""
    found = {}
    with open(os.path.join(TOP, "docs/errors.md"), encoding="utf-8") as page:
        for line in page:
            row = re.match(r"\| ([^|]*) \| `husk (.*?)` \| `` (.*?) `` \|", line)
            if row:
                found[row[1], row[2]] = row[3]
    return found


def state(make):
    """As the table says it."""
    return make.__name__.replace("_", " ")


def provoke(box, make, command):
    make(box)
    words = ["" if w == "''" else w.replace("BUNDLE", box.bundle.path) for w in command.split()]
    done = box.husk(*(box.id if w == "web" else w for w in words))
    assert done.rc == (255 if words[0] == "exec" else 1), done
    assert done.err.count("\n") == 1 and done.err.startswith("husk: "), done
    return done.err.rstrip("\n").removeprefix("husk: ").replace(box.bundle.path, "BUNDLE").replace(box.id, "web")


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{state(m)}: {c}" for m, c, _ in CASES])
def test_line(box, number):
    if box.husk.standin:
        pytest.skip("the words are husk's")
    make, command, rules = CASES[number]
    line = provoke(box, make, command)
    assert table().get((state(make), command)) == line
    for rule in rules:
        text = line.lower() if rule in (MOBY_126, MOBY_127) else line
        assert rule.search(text), (rule.pattern, line)
        assert rule not in BEFORE or not BEFORE[rule].search(text), (BEFORE[rule].pattern, line)
