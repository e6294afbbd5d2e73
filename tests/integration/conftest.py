"""Fixtures of the integration suite. tests/run starts it; by hand: tests/view unified /usr/bin/python3 -m pytest tests/integration."""

import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(__file__))
sys.dont_write_bytecode = True

from kit import machine  # noqa: E402
from kit.box import Box  # noqa: E402
from kit.bundle import Bundle, make_rootfs  # noqa: E402
from kit.runner import Husk  # noqa: E402
from kit.terminal import ConsoleSocket, Terminal  # noqa: E402

TAG = "ht" + secrets.token_hex(3)
COUNT = itertools.count(1)
TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(what): skip where the machine cannot do it, and say why")
    config.addinivalue_line("markers", "fallback: part of the subset that runs on a kernel without newer system calls")
    config.addinivalue_line("markers", "slow: races and floods")
    if "HUSK_VIEW" not in os.environ:
        pytest.exit("start me through tests/run or tests/view: the tests mount things", 2)


def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            reason = machine.missing(need)
            if reason:
                pytest.skip(reason)


def build_dir():
    return os.environ.get("HUSK_BUILD", os.path.join(TOP, "build"))


@pytest.fixture(scope="session")
def program():
    """The husk under test, absolute."""
    return os.path.realpath(os.environ.get("HUSK") or os.path.join(build_dir(), "husk"))


@pytest.fixture(scope="session")
def wrapper():
    """Words before every husk: enosys and the calls to take away, in the fallback runs."""
    names = os.environ.get("HUSK_FALLBACK")
    return [os.path.join(build_dir(), "enosys"), names] if names else []


@pytest.fixture(scope="session")
def scratch():
    """A directory that ordinary users can enter; it carries our tag so that leftovers can be told apart."""
    path = tempfile.mkdtemp(prefix=TAG + "-")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def template(scratch):
    path = os.path.join(scratch, "template")
    make_rootfs(path, os.environ.get("PAYLOAD") or os.path.join(build_dir(), "payload"))
    return path


@pytest.fixture(scope="session")
def root(scratch):
    return os.path.join(scratch, "root")


@pytest.fixture(autouse=True)
def unchanged(root, scratch):
    """The rule for every test: afterwards the machine is as it was before."""
    os.makedirs(root, mode=0o700, exist_ok=True)
    roots = [root, "/run/husk"]
    before = machine.snapshot(TAG, roots)
    yield
    left = machine.difference(before, TAG, roots)
    if left:
        machine.remove_cgroups(TAG)
        for name in os.listdir(root):
            shutil.rmtree(os.path.join(root, name), ignore_errors=True)
        pytest.fail("the machine changed:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture
def husk(program, root, wrapper, unchanged):
    return Husk(program, root, wrapper)


@pytest.fixture
def ident(request):
    """An ID that no other test has and that a reader can trace."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.originalname or request.node.name)
    return f"{TAG}-{next(COUNT)}-{name[5:40]}"


@pytest.fixture
def bundle(template, scratch, ident):
    made = Bundle(os.path.join(scratch, ident), template)
    yield made
    shutil.rmtree(made.path, ignore_errors=True)


@pytest.fixture
def box(husk, bundle, ident):
    made = Box(husk, bundle, ident)
    yield made
    _bury(husk, made.id)


@pytest.fixture
def boxes(husk, template, scratch, ident):
    """A maker of containers, for tests that need several."""
    made = []

    def make():
        name = f"{ident}-{len(made)}"
        made.append(Box(husk, Bundle(os.path.join(scratch, name), template), name))
        return made[-1]

    yield make
    for one in made:
        _bury(husk, one.id)
        shutil.rmtree(one.bundle.path, ignore_errors=True)


def _bury(husk, ident):
    if os.path.exists(os.path.join(husk.root, ident)):
        husk("resume", ident)  # a frozen process cannot be killed on v1
        husk("delete", "--force", ident)


@pytest.fixture
def subreaper():
    machine.subreaper(True)
    yield
    machine.subreaper(False)


@pytest.fixture
def console(scratch, ident):
    # Socket addresses are short; the tag still tells whose it is.
    made = ConsoleSocket(os.path.join(scratch, f"c{next(COUNT)}"))
    yield made
    made.close()


@pytest.fixture
def terminal():
    """A maker of ptys with a program on them."""
    made = []

    def make(argv, **kwargs):
        made.append(Terminal(argv, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def outside(scratch, ident):
    """A directory of the host that containers must reach only if told to."""
    path = os.path.join(scratch, f"outside-{next(COUNT)}")
    os.mkdir(path)
    yield path
    subprocess.run(["chattr", "-i", path], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(path, ignore_errors=True)
