#!/usr/bin/python3
"""The config.json that Podman writes, with its default seccomp profile: husk runs it as a bundle of its own, and it looks as elsewhere."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402

UNIFIED = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
VARIANTS = {
    "plain": [],
    "user, read-only": ["--user=1000:1000", "--read-only", "--cap-drop=all"],
    "user namespace": ["--uidmap=0:100000:65536"],
    "privileged": ["--privileged"],
    "systemd": ["--systemd=always"],
}


def podman_config(folder, name, options):
    """Let podman create, and make ready, a container; its config.json is what the runtime gets."""
    store = f"{folder}/{name}"
    base = ["podman", "--runtime", kit.HUSK, "--cgroup-manager=cgroupfs", "--storage-driver=vfs", "--events-backend=file", f"--root={store}/root",
            f"--runroot={store}/run", f"--tmpdir={store}/tmp"]
    plain = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=none", "--hostname=box", *(["--pids-limit=0"] if UNIFIED else [])]
    status, text = kit.run([*base, "create", "--name", "c", *plain, *options, "--rootfs", f"{folder}/rootfs", "sh", "-c", kit.LOOK])
    if status == 0:
        status, text = kit.run([*base, "init", "c"])
    if status:
        return None, text
    for where, _, files in os.walk(f"{store}/root"):
        if "config.json" in files and where.endswith("/userdata"):
            with open(f"{where}/config.json", encoding="utf-8") as f:
                return json.load(f), ""
    return None, "no userdata/config.json"


def main():
    kit.need("podman", "conmon", "busybox")
    kit.both_views()
    os.environ["HOME"] = "/root"
    for path in ("/run", "/dev/shm"):
        kit.run(["mount", "-t", "tmpfs", "tmpfs", path])
    with kit.scratch() as folder:
        kit.busybox_root(f"{folder}/rootfs")
        for number, (name, options) in enumerate(VARIANTS.items()):
            config, wrong = podman_config(folder, f"p{number}", options)
            if not kit.check(f"podman init, {name}", config, wrong):
                continue
            config["linux"].pop("cgroupsPath", None)
            config.pop("hooks", None)
            seen = {}
            for runtime, program in {"husk": kit.HUSK, **kit.peers()}.items():
                bundle = f"{folder}/b{number}-{runtime}"
                os.mkdir(bundle)
                with open(f"{bundle}/config.json", "w", encoding="utf-8") as f:
                    json.dump(config, f)
                status, text = kit.run([program, "run", "-b", bundle, f"{runtime}-{number}"])
                if runtime == "husk":
                    filtered = "Seccomp:\t0" if name == "privileged" else "Seccomp:\t2"
                    kit.check(f"husk run, {name}", status == 0 and filtered in text, f"status {status}: {text[-600:]}")
                if status == 0:
                    seen[runtime] = text
            if "husk" in seen:
                kit.compare(f"podman's config, {name}", seen)
            store = f"{folder}/p{number}"
            kit.run(["podman", "--storage-driver=vfs", f"--root={store}/root", f"--runroot={store}/run", f"--tmpdir={store}/tmp", "--runtime", kit.HUSK,
                     "--cgroup-manager=cgroupfs", "rm", "-f", "-t", "0", "c"])
        status, text = kit.run([kit.HUSK, "list", "-q"])
        kit.check("nothing is left", status == 0 and not text, text)
    kit.finish()


if __name__ == "__main__":
    main()
