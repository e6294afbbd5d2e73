"""Network devices move into the container (config-linux.md, Network Devices). The devices are veth pairs."""

import json
import os
import shutil
import subprocess
import time

import pytest


def ip(*words, **kwargs):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=10, **kwargs).stdout


def names():
    return {link["ifname"] for link in json.loads(ip("-j", "link"))}


def link(name, *where):
    return json.loads(ip(*where, "-j", "-d", "address", "show", "dev", name))[0]


def addresses(found):
    return {(a["local"], a["prefixlen"]) for a in found["addr_info"] if a["scope"] == "global"}


@pytest.fixture(autouse=True)
def possible(husk):
    if not husk("features").ok().json["linux"].get("netDevices", {}).get("enabled"):
        pytest.skip("husk-netdev is not installed")
    if not shutil.which("ip"):
        pytest.skip("needs ip")


@pytest.fixture
def veth(possible):
    """ht0, with an address of each family, and its other end, which stays; both go in the end."""
    ip("link", "add", "ht0", "type", "veth", "peer", "name", "ht1")
    ip("link", "set", "ht0", "mtu", "1400", "address", "02:00:00:00:00:07")
    ip("link", "set", "ht0", "up")
    ip("link", "set", "ht1", "up")
    ip("addr", "add", "192.0.2.7/24", "brd", "+", "dev", "ht0")
    ip("addr", "add", "192.0.2.8/24", "dev", "ht0", "valid_lft", "1000", "preferred_lft", "1000")
    ip("addr", "add", "169.254.1.1/16", "scope", "link", "dev", "ht0")
    ip("addr", "add", "2001:db8::7/64", "dev", "ht0", "nodad")
    yield "ht0"
    subprocess.run(["ip", "link", "del", "ht1"], check=False, capture_output=True)


@pytest.fixture
def other():
    """A network namespace that somebody else made: words for ip(8), and its path."""
    holder = subprocess.Popen(["unshare", "-n", "sleep", "60"], stdout=subprocess.DEVNULL)
    mine = os.stat("/proc/self/ns/net").st_ino
    end = time.monotonic() + 5
    while os.stat(f"/proc/{holder.pid}/ns/net").st_ino == mine and time.monotonic() < end:
        time.sleep(0.01)
    yield f"/proc/{holder.pid}/ns/net"
    holder.kill()
    holder.wait()


def inside(box, name):
    return json.loads(subprocess.run(["nsenter", f"--net=/proc/{box.pid}/ns/net", "ip", "-j", "-d", "address", "show", "dev", name],
                                     check=True, capture_output=True, text=True, timeout=10).stdout)[0]


def test_moved(box, veth):
    before = link(veth)
    box.linux["netDevices"] = {veth: {}}
    box.up()
    assert veth not in names()
    after = inside(box, veth)
    assert "UP" in after["flags"]
    assert (after["mtu"], after["address"]) == (before["mtu"], before["address"]) == (1400, "02:00:00:00:00:07")
    assert addresses(after) == {("192.0.2.7", 24), ("2001:db8::7", 64)}, "permanent and global ones, no others"
    assert [a["broadcast"] for a in after["addr_info"] if a["local"] == "192.0.2.7"] == ["192.0.2.255"]


def test_renamed(box, veth):
    box.linux["netDevices"] = {veth: {"name": "eth0"}}
    box.up()
    assert veth not in names()
    assert addresses(inside(box, "eth0")) == {("192.0.2.7", 24), ("2001:db8::7", 64)}


def test_a_device_that_is_down_comes_up(box, veth):
    ip("link", "set", veth, "down")
    box.linux["netDevices"] = {veth: {}}
    box.up()
    assert "UP" in inside(box, veth)["flags"]


def test_template(box, veth):
    """The kernel finds the number."""
    box.linux["netDevices"] = {"ht0": {"name": "eth%d"}, "ht1": {"name": "eth%d"}}
    box.up()
    assert {inside(box, n)["ifname"] for n in ("eth0", "eth1")} == {"eth0", "eth1"}
    box.stop()


def test_the_name_is_free_inside_but_taken_outside(box, veth):
    """ht0 becomes ht1, which exists here and not there."""
    box.linux["netDevices"] = {veth: {"name": "ht1"}}
    box.up()
    assert "ht1" in names()
    assert inside(box, "ht1")["address"] == "02:00:00:00:00:07"


def test_clash_in_a_joined_namespace(box, veth, other):
    """Nothing has moved afterwards, not even what moved before the clash."""
    subprocess.run(["nsenter", f"--net={other}", "ip", "link", "add", "eth0", "type", "bridge"], check=True)
    before = link(veth)
    box.bundle.namespace("network", other)
    box.linux["netDevices"] = {"ht1": {"name": "eth1"}, veth: {"name": "eth0"}}
    box.create().fails("linux.netDevices", "ht0: the name eth0 is taken in the container")
    after = link(veth)
    assert {"ht0", "ht1"} <= names()
    assert "UP" in after["flags"] and addresses(after) == addresses(before) - {("192.0.2.8", 24)}


def test_template_does_not_clash(box, veth, other):
    subprocess.run(["nsenter", f"--net={other}", "ip", "link", "add", "eth0", "type", "bridge"], check=True)
    box.bundle.namespace("network", other)
    box.linux["netDevices"] = {veth: {"name": "eth%d"}}
    box.up()
    assert inside(box, "eth1")["address"] == "02:00:00:00:00:07"
    box.stop()
    assert veth not in names(), "never moved back"
    subprocess.run(["nsenter", f"--net={other}", "ip", "link", "del", "eth1"], check=True)


def test_a_later_failure_takes_it_back(box, veth):
    """A create that fails leaves the device as it was, though the namespace it was in is gone."""
    before = link(veth)
    box.linux["netDevices"] = {veth: {"name": "eth%d"}}
    box.bundle.hook("createRuntime", "/bin/false")
    box.create().fails("createRuntime hook 0")
    after = link(veth)
    assert "UP" in after["flags"] and after["address"] == before["address"]
    assert ("192.0.2.7", 24) in addresses(after)


def test_hooks_see_it(box, veth, scratch):
    path = os.path.join(scratch, "seen")
    box.linux["netDevices"] = {veth: {"name": "eth7"}}
    box.bundle.hook("createContainer", "/bin/sh", "-c", f"ls /sys/class/net > {path}")
    box.bundle.hook("createRuntime", "/bin/sh", "-c", f"ls /sys/class/net > {path}.host")
    box.run("exit", "0").ok()
    with open(path + ".host", encoding="ascii") as f:
        assert veth not in f.read().split()


@pytest.mark.parametrize("devices, text", [
    ({"ht9": {}}, "ht9: no such network device"),
    ({"ht0": {"name": "lo"}}, "the name lo is taken"),
    ({"ht0": {"name": "a/b"}}, "'a/b' is no name"),
    ({"ht0": {"name": "a name"}}, "is no name"),
    ({"ht0": {"name": "sixteen-letters-"}}, "is no name"),
    ({"ht0": {"name": "%d%d"}}, "is no name"),
    ({"ht0": {"name": "%s"}}, "is no name"),
    ({"ht%d": {}}, "is no name"),
    ({"ht0": {"name": "same"}, "ht1": {"name": "same"}}, "would both be called same")])
def test_refused(box, veth, devices, text):
    box.linux["netDevices"] = devices
    box.create().fails("linux.netDevices", text)
    assert {"ht0", "ht1"} <= names()


def test_needs_a_network_namespace(box, veth):
    box.bundle.without_namespace("network").without_mount("/sys")
    box.linux["netDevices"] = {veth: {}}
    box.create().fails("linux.netDevices", "network namespace")
    assert veth in names()


def test_in_a_user_namespace(box, veth):
    box.bundle.userns()
    box.linux["netDevices"] = {veth: {"name": "eth0"}}
    box.up()
    assert ("192.0.2.7", 24) in addresses(inside(box, "eth0"))
