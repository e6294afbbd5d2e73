"""The option strings of config.md, Linux mount options: read from the table of the specification itself."""

import os
import re

import pytest

SPEC = os.path.realpath(os.path.join(os.path.dirname(__file__), "../conformance/spec/config.md"))

with open(SPEC, encoding="utf-8") as _text:
    OPTIONS = re.findall(r"^ `(\w+) *` +\| (?:MUST|SHOULD) ", _text.read(), re.M)

# What shows in mountinfo; the others are words for the mount call alone.
SEEN = {"dirsync", "lazytime", "noatime", "nodev", "nodiratime", "noexec", "nosuid", "relatime", "ro", "rw", "sync", "nosymfollow"}
NEED_MAPPINGS = {"idmap", "ridmap"}


def test_the_table_was_read():
    assert len(OPTIONS) > 55 and {"async", "bind", "unbindable", "rro"} <= set(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option(box, outside, option):
    if option in NEED_MAPPINGS:
        box.bundle.userns()
        os.mkdir(box.bundle.inside("/data"))
        box.bundle.bind(outside, "/data", "bind", option)
    elif option in ("bind", "rbind"):
        box.bundle.bind(outside, "/data", option)
    elif option == "remount":
        box.bundle.mount("/data", "tmpfs", "tmpfs").mount("/data", "tmpfs", "tmpfs", ["remount", "nosuid"])
    elif option == "tmpcopyup":
        box.bundle.mount("/tmp", "tmpfs", "tmpfs", [option])
    else:
        box.bundle.mount("/data", "tmpfs", "tmpfs", [option])
    facts = box.report()
    where = facts.mount("/tmp" if option == "tmpcopyup" else "/data")
    if option in SEEN:
        assert option in where.flags | where.options
    shown = {"shared": "shared", "rshared": "shared", "unbindable": "unbindable", "runbindable": "unbindable"}.get(option)
    assert not shown or shown in where.propagation
