#!/usr/bin/python3
"""Bundles that runtimes' own `spec` writes, with a busybox root: each runs, and looks the same in each runtime."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402


def write(folder, author, change):
    """The config.json of one author, changed."""
    path = os.path.join(folder, "config.json")
    if os.path.exists(path):
        os.unlink(path)
    status, text = kit.run([author, "spec"], cwd=folder)
    if status:
        return text
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    change(config)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)
    return None


def plain(config):
    config["process"].update(terminal=False, args=["sh", "-c", kit.LOOK])
    config["hostname"] = "box"


def terminal(config):
    config["process"].update(terminal=True, args=["sh", "-c", "tty; stty size; read word; echo got $word; exit 3"])


def main():
    kit.need("busybox")
    kit.both_views()
    peers = kit.peers()
    with kit.scratch() as folder:
        kit.run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
        kit.busybox_root(os.path.join(folder, "rootfs"))
        for author, path in {"husk": kit.HUSK, **peers}.items():
            wrong = write(folder, path, plain)
            if not kit.check(f"{author} spec", not wrong, wrong):
                continue
            seen = {}
            for runtime, program in {"husk": kit.HUSK, **peers}.items():
                status, text = kit.run([program, "run", "-b", folder, f"{runtime}-look"])
                if runtime == "husk":
                    kit.check(f"{author} spec, husk run", status == 0 and "CapEff" in text, text)
                if status == 0:
                    seen[runtime] = text
            kit.compare(f"{author} spec", seen)
            write(folder, path, terminal)
            status, text = kit.on_tty([kit.HUSK, "run", "-b", folder, "tty"], words="word\r", after="33 99")
            kit.check(f"{author} spec, husk run on a terminal", status == 3 and "/dev/pts/0" in text and "got word" in text, text)
        status, text = kit.run([kit.HUSK, "list", "-q"])
        kit.check("nothing is left", status == 0 and not text, text)
    kit.finish()


if __name__ == "__main__":
    main()
