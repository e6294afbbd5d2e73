"""kill --regex and delete --regex, as crun has them; kill --all."""

import time

import pytest


@pytest.fixture
def three(boxes):
    made = [boxes() for _ in range(3)]
    for box in made:
        box.up()
    return made


@pytest.mark.parametrize("option", ["-r", "--regex"])
def test_kill_and_delete(three, husk, option):
    one, two, other = three
    stem = one.id[:-1]
    husk("kill", option, f"^{stem}[01]$", "KILL").ok()
    one.wait()
    two.wait()
    assert other.status == "running"
    husk("delete", option, f"^{stem}[01]$").ok()
    assert [c["id"] for c in husk("list", "-f", "json").json] == [other.id]
    husk("delete", "-f", option, f"^{stem}").ok()
    assert husk("list", "-f", "json").json in (None, [])


def test_the_first_failure_is_told_and_the_rest_done(three, husk):
    one, two, other = three
    stem = one.id[:-1]
    for box in (one, other):
        box.kill().ok()
        box.wait()
    done = husk("delete", "--regex", stem)
    if husk.standin:
        pytest.skip("stand-in")
    done.fails(two.id, "not stopped")
    assert [c["id"] for c in husk("list", "-f", "json").json] == [two.id]


def test_bad_pattern(husk):
    husk("kill", "--regex", "(", "KILL").fails("regex" if not husk.standin else "")


def test_nothing_matches(husk):
    husk("kill", "--regex", "^no-such-container$", "KILL").ok()
    husk("delete", "--regex", "^no-such-container$").ok()


@pytest.mark.fallback
def test_kill_all(box):
    """Everybody in the container hears it, not the first process alone."""
    box.up()
    for _ in range(3):
        box.exec("/payload", "sleep", options=["-d"]).ok()
    assert len(box.husk("ps", "-f", "json", box.id).json) == 4
    box.kill("KILL", "--all").ok()
    box.wait()
    end = time.monotonic() + 5
    while box.husk("ps", "-f", "json", box.id).json:
        assert time.monotonic() < end
        time.sleep(0.02)
    box.kill("TERM", "--all").ok()
