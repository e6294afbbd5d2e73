#!/usr/bin/python3
"""An ordinary user's containers: one id or a whole range of subordinate ids, every verb, the same facts as in other runtimes."""

import json
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402

UID = 46231  # nobody's: the view gets a passwd and a subuid file of its own
FIRST, COUNT = 700000, 65536


def user_files(folder, with_range):
    """passwd, group, subuid and subgid with our user, bound over the view's."""
    ranges = f"huskreal:{FIRST}:{COUNT}\n" if with_range else ""
    for name, line in (("passwd", f"huskreal:x:{UID}:{UID}::/:/bin/sh\n"), ("group", f"huskreal:x:{UID}:\n"), ("subuid", ranges), ("subgid", ranges)):
        real, ours = f"/etc/{name}", f"{folder}/etc.{name}"
        if os.path.ismount(real):
            kit.run(["umount", real])
        text = open(real, encoding="utf-8").read() if os.path.exists(real) else ""
        with open(ours, "w", encoding="utf-8") as f:
            f.write((text if name in ("passwd", "group") else "") + line)
        if not os.path.exists(real):
            open(real, "w", encoding="utf-8").close()
        kit.run(["mount", "--bind", ours, real])


class User:
    """Runs programs as the user, with a runtime folder of its own."""

    def __init__(self, folder):
        self.home = os.path.join(folder, "user")
        os.makedirs(os.path.join(self.home, "run"))
        for path in (self.home, f"{self.home}/run"):
            os.chown(path, UID, UID)
        self.env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": f"{self.home}/run", "HOME": self.home, "USER": "huskreal", "TERM": "xterm"}

    def do(self, *argv, **more):
        return kit.run(list(argv), user=UID, group=UID, extra_groups=[], env=self.env, **more)


def bundle(user, runtime, change=None):
    """The runtime's own rootless config in the user's folder, changed."""
    path = os.path.join(user.home, "config.json")
    if os.path.exists(path):
        os.unlink(path)
    status, text = user.do(runtime, "spec", "--rootless", cwd=user.home)
    if status:
        raise SystemExit(f"spec --rootless: {text}")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    config["process"]["terminal"] = False
    if change:
        change(config)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)


def args(*words):
    def change(config):
        config["process"]["args"] = list(words)
    return change


def whole_range(config):
    linux = config["linux"]
    linux["uidMappings"] = [{"containerID": 0, "hostID": UID, "size": 1}, {"containerID": 1, "hostID": FIRST, "size": COUNT}]
    linux["gidMappings"] = [{"containerID": 0, "hostID": UID, "size": 1}, {"containerID": 1, "hostID": FIRST, "size": COUNT}]
    config["root"]["readonly"] = False
    caps = ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_FOWNER", "CAP_DAC_OVERRIDE"]
    config["process"]["capabilities"] = {"bounding": caps, "effective": caps, "permitted": caps}
    config["process"]["args"] = ["sh", "-c", "id -u; touch /tmp/f; chown 1000:1000 /tmp/f; stat -c %u:%g /tmp/f; cat /proc/self/uid_map; "
                                             "cat /proc/self/setgroups; rm /tmp/f; su user -c id"]


def verbs(user):
    """A life in single steps."""
    husk = kit.HUSK
    bundle(user, husk, args("sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done"))

    def step(name, argv, status=0, pattern=""):
        got, text = user.do(husk, *argv, cwd=user.home)
        kit.check(f"rootless {name}", got == status and re.search(pattern, text), f"status {got}: {text.strip()}")
    step("create", ["create", "one"])
    step("state of created", ["state", "one"], 0, '"status": *"created"')
    step("start", ["start", "one"])
    step("list", ["list"], 0, "one .*running")
    step("exec", ["exec", "one", "sh", "-c", "id -u; ps -o args; exit 5"], 5, "^0\n(.|\n)*sleep 0.1")
    step("exec -d", ["exec", "-d", "--pid-file", f"{user.home}/pid", "one", "sleep", "300"])
    step("ps", ["ps", "one"], 0, "sh -c trap")
    status, text = kit.on_tty(["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", husk, "exec", "-t", "one", "sh", "-c", "tty; stty size"],
                              env=user.env)
    kit.check("rootless exec -t", status == 0 and "/dev/pts/0" in text and "33 99" in text, f"status {status}: {text}")
    step("kill", ["kill", "one", "TERM"])
    time.sleep(0.5)
    step("state of stopped", ["state", "one"], 0, '"status": *"stopped"')
    step("delete", ["delete", "one"])
    step("run -d", ["run", "-d", "two"])
    step("delete of running", ["delete", "two"], 1)
    step("delete -f", ["delete", "-f", "two"])
    step("list of nothing", ["list", "-q"], 0, "\\A\\Z")


def looks(user, label, change):
    """The same bundle in each runtime."""
    seen = {}
    for runtime, program in {"husk": kit.HUSK, **kit.peers()}.items():
        bundle(user, kit.HUSK, change)
        status, text = user.do(program, "run", f"look-{runtime}", cwd=user.home)
        if runtime == "husk":
            kit.check(f"rootless run, {label}", status == 0, f"status {status}: {text.strip()}")
        if status == 0:
            seen[runtime] = text
        elif runtime != "husk":
            print(f"     {runtime}, {label}: status {status}: {text.strip()[-200:]}")
    if "husk" in seen:
        kit.compare(f"rootless, {label}", seen)
    return seen.get("husk", "")


def main():
    kit.need("busybox", "newuidmap", "setpriv")
    kit.both_views()
    with kit.scratch() as folder:
        user = User(folder)
        kit.busybox_root(os.path.join(user.home, "rootfs"))
        kit.run(["chown", "-hR", f"{UID}:{UID}", os.path.join(user.home, "rootfs")])
        # a checkout may lie in root's own home, where nobody else can execute anything
        kit.HUSK = shutil.copy2(kit.HUSK, os.path.join(folder, "husk"))
        for ranges in (False, True):
            user_files(folder, ranges)
            word = "with subordinate ids" if ranges else "without subordinate ids"
            looks(user, f"spec --rootless, {word}", args("sh", "-c", kit.LOOK))
            if ranges:
                text = looks(user, "mapping of a whole range", whole_range)
                good = re.search(f"\\A0\n1000:1000\n +0 +{UID} +1\n +1 +{FIRST} +{COUNT}\nallow\nuid=1000", text)
                kit.check("ids of a whole range", good, text)
        verbs(user)

        user_files(folder, False)
        bundle(user, kit.HUSK, whole_range)
        status, text = user.do(kit.HUSK, "run", "none", cwd=user.home)
        kit.check("a range that is not ours is refused in words", status == 1 and re.search("new[ug]idmap: ", text), f"status {status}: {text}")
        status, text = user.do(kit.HUSK, "list", "-q", cwd=user.home)
        kit.check("nothing is left", status == 0 and not text, text)
    kit.finish()


if __name__ == "__main__":
    main()
