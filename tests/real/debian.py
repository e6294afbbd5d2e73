#!/usr/bin/python3
"""A Debian root: apt, dpkg, bash, perl and 200 processes as root in a container whose config.json `runc spec` wrote (else `husk spec`)."""

import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402

# What engines give by default: dpkg and apt change owners and users.
CAPS = [f"CAP_{name}" for name in "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()]

FORKS = """
pids=(); sum=0
for i in {1..200}; do (sleep 0.3; exit $((i % 7))) & pids+=($!); done
for i in {1..200}; do wait "${pids[i-1]}"; s=$?; [ $s = $((i % 7)) ] || echo "process $i: $s"; sum=$((sum + s)); done
echo "sum $sum, left $(jobs -r | wc -l)"
"""

PERL = """
my %want; for my $i (1 .. 200) { my $p = fork(); die "fork: $!" unless defined $p; if (!$p) { select(undef, undef, undef, 0.2); exit($i % 100); } $want{$p} = $i % 100; }
my $good = 0; while ((my $p = wait()) > 0) { $good++ if $? >> 8 == delete $want{$p}; } print "perl reaped $good\\n";
"""

DEB = """
set -e
mkdir -p /tmp/d/DEBIAN /tmp/d/usr/bin
printf 'Package: husk-probe\\nVersion: 1.2\\nArchitecture: all\\nMaintainer: n <n@example.org>\\nDescription: probe\\n' >/tmp/d/DEBIAN/control
printf '#!/bin/sh\\nset -e\\nuseradd --system husk-probe\\ninstall -o husk-probe -m 4750 /bin/true /usr/bin/husk-probe-suid\\n' >/tmp/d/DEBIAN/postinst
chmod 755 /tmp/d/DEBIAN/postinst
printf '#!/bin/sh\\necho probe runs\\n' >/tmp/d/usr/bin/husk-probe
chmod 755 /tmp/d/usr/bin/husk-probe
dpkg-deb --root-owner-group -b /tmp/d /tmp/husk-probe.deb
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /tmp/husk-probe.deb
husk-probe
stat -c '%U %a' /usr/bin/husk-probe-suid
dpkg -l husk-probe | grep ^ii
apt-get remove -y --purge husk-probe
"""

CASES = {
    "apt-get --version": (["apt-get", "--version"], 0, "^apt [0-9]+"),
    "dpkg -l": (["dpkg", "-l"], 0, "^ii  bash "),
    "bash": (["bash", "-c", 'set -o pipefail; x=$(seq 1000 | while read -r n; do echo $((n * n)); done | sort -n | tail -1); echo "$x" ${BASH_VERSION%%.*}; '
              "cat <(echo substituted) <<<unused"], 0, "^1000000 5\nsubstituted"),
    "bash: 200 processes": (["bash", "-c", FORKS], 0, "^sum 598, left 0$"),
    "perl: 200 forks": (["perl", "-e", PERL], 0, "^perl reaped 200$"),
    "apt-get install of a local package": (["bash", "-c", DEB], 0, "^probe runs\nhusk-probe 4750\nii  husk-probe +1.2"),
    "apt-get update": (["bash", "-c", "timeout 20 apt-get update -o Acquire::Retries=0"], None, "Reading package lists|Could not resolve|Temporary failure|Err:"),
    "tar keeps owners": (["bash", "-c", "cd /tmp && mkdir t && touch t/f && chown 12:34 t/f && tar cf t.tar t && rm -r t && tar xf t.tar && stat -c %u:%g t/f"], 0, "^12:34$"),
    "su, login environment": (["su", "-", "nobody", "-s", "/bin/bash", "-c", "id -un; echo $HOME"], 0, "^nobody\n/nonexistent"),
    "a status": (["bash", "-c", "exit 42"], 42, ""),
}


def debian_root(folder):
    """A read-only base from HUSK_DEBIAN or debootstrap, and an overlay on it."""
    base = os.environ.get("HUSK_DEBIAN")
    if not base:
        if not shutil.which("debootstrap"):
            kit.skip("needs debootstrap, or HUSK_DEBIAN with a Debian root")
        base = os.path.join(folder, "base")
        status, text = kit.run(["debootstrap", "--variant=minbase", "stable", base], limit=500)
        if status:
            kit.skip(f"debootstrap cannot fetch Debian here: {text.strip().splitlines()[-1:]}")
    return base


def overlay(base, folder):
    for name in ("upper", "work", "bundle", "bundle/rootfs"):
        os.makedirs(os.path.join(folder, name))
    options = f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work"
    status, text = kit.run(["mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/bundle/rootfs"])
    if status:
        kit.run(["cp", "-a", f"{base}/.", f"{folder}/bundle/rootfs"], limit=200)
    return os.path.join(folder, "bundle")


def configure(bundle, author, words, terminal=False):
    path = os.path.join(bundle, "config.json")
    if os.path.exists(path):
        os.unlink(path)
    status, text = kit.run([author, "spec"], cwd=bundle)
    if status:
        raise SystemExit(f"{author} spec: {text}")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    config["process"].update(terminal=terminal, args=words, capabilities={kind: CAPS for kind in ("bounding", "effective", "permitted")},
                             noNewPrivileges=False)
    config["process"]["env"].append("LC_ALL=C")
    config["root"]["readonly"] = False
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)


def main():
    kit.need()
    base = os.environ.get("HUSK_DEBIAN")
    with kit.scratch() as folder:
        # Outside the view: there is no network in it.
        if not os.environ.get("HUSK_VIEW"):
            os.environ["HUSK_DEBIAN"] = base or debian_root(folder)
            kit.both_views()
        kit.run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
        bundle = overlay(base, folder)
        author = kit.peers().get("runc", kit.HUSK)
        for name, (words, wanted, pattern) in CASES.items():
            configure(bundle, author, words)
            status, text = kit.run([kit.HUSK, "run", "-b", bundle, "debian"], limit=120)
            good = wanted in (None, status) and re.search(pattern, text, re.M)
            kit.check(name, good, f"status {status}: {text.strip()[-600:]}")
        configure(bundle, author, ["bash", "--norc", "-i"], terminal=True)
        status, text = kit.on_tty(["script", "-qefc", f"{kit.HUSK} run -b {bundle} debian", "/dev/null"],
                                  words="tty; stty size; apt-get --version | head -1; jobs; exit 5\r", after="# ")
        good = status == 5 and re.search("/dev/pts/0\r\n33 99\r\napt [0-9]+", text) and "job control" not in text
        kit.check("bash on a terminal, by script(1)", good, f"status {status}: {text}")
        status, text = kit.run([kit.HUSK, "list", "-q"])
        kit.check("nothing is left", status == 0 and not text, text)
        kit.run(["umount", f"{bundle}/rootfs"])
    kit.finish()


if __name__ == "__main__":
    main()
