"""Bundles: a root file system with the payload and busybox, and a config.json as a Python dict."""

import copy
import json
import os
import shutil

CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_SETGID",
        "CAP_SETUID", "CAP_SYS_CHROOT"]

DEFAULT = {
    "ociVersion": "1.2.0",
    "process": {
        "user": {"uid": 0, "gid": 0},
        "args": ["/payload"],
        "env": ["PATH=/bin:/usr/bin", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {"bounding": CAPS, "effective": CAPS, "permitted": CAPS},
        "noNewPrivileges": True,
    },
    "root": {"path": "rootfs"},
    "hostname": "inside",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
    ],
    "linux": {
        "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
    },
}

APPLETS = ("sh", "cat", "ls", "sleep", "true", "false", "echo", "id", "env", "mount", "touch", "mkdir", "ln", "stat", "tty",
           "kill", "ps", "test", "printf", "dd", "readlink", "rm", "mv", "head", "stty")


def make_rootfs(path, payload, busybox="/bin/busybox"):
    """A root file system of ordinary files, built once; bundles link to it."""
    for directory in ("bin", "dev", "etc", "proc", "sys", "tmp", "root", "home", "usr/bin"):
        os.makedirs(os.path.join(path, directory))
    os.chmod(os.path.join(path, "tmp"), 0o1777)
    shutil.copy(payload, os.path.join(path, "payload"))
    shutil.copy(busybox, os.path.join(path, "bin/busybox"))
    for name in ("payload", "bin/busybox"):
        os.chmod(os.path.join(path, name), 0o755)
    for name in APPLETS:
        os.symlink("busybox", os.path.join(path, "bin", name))
    with open(os.path.join(path, "etc/passwd"), "w", encoding="ascii") as f:
        f.write("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
    with open(os.path.join(path, "etc/group"), "w", encoding="ascii") as f:
        f.write("root:x:0:\nuser:x:1000:\nextra:x:2000:user\n")


class Bundle:
    """One bundle directory. Change `config`, then let the runner `save` it."""

    def __init__(self, path, template):
        self.path = str(path)
        self.rootfs = os.path.join(self.path, "rootfs")
        os.mkdir(self.path)
        shutil.copytree(template, self.rootfs, symlinks=True, copy_function=os.link)
        self.config = copy.deepcopy(DEFAULT)

    def save(self):
        with open(os.path.join(self.path, "config.json"), "w", encoding="utf-8") as f:
            json.dump(self.config, f, indent=1)

    def write(self, text):
        """A config that no dict can express."""
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(os.path.join(self.path, "config.json"), mode) as f:
            f.write(text)

    def inside(self, cpath):
        """The host path of a path in the container."""
        return os.path.join(self.rootfs, cpath.lstrip("/"))

    @property
    def process(self):
        return self.config["process"]

    @property
    def linux(self):
        return self.config["linux"]

    def args(self, *args):
        self.process["args"] = [str(a) for a in args]
        return self

    def mount(self, destination, source=None, kind=None, options=()):
        entry = {"destination": destination}
        if kind:
            entry["type"] = kind
        if source is not None:
            entry["source"] = str(source)
        if options:
            entry["options"] = list(options)
        self.config["mounts"].append(entry)
        return self

    def bind(self, source, destination, *options):
        return self.mount(destination, source, "bind", options or ("bind",))

    def without_mount(self, destination):
        self.config["mounts"] = [m for m in self.config["mounts"] if m["destination"] != destination]
        return self

    def namespace(self, kind, path=None):
        """Ask for a namespace: a new one, or the one at `path`."""
        self.without_namespace(kind)
        self.linux["namespaces"].append({"type": kind, **({"path": path} if path else {})})
        return self

    def without_namespace(self, kind):
        self.linux["namespaces"] = [n for n in self.linux["namespaces"] if n["type"] != kind]
        return self

    def userns(self, base=100000, size=65536):
        self.namespace("user")
        self.linux["uidMappings"] = [{"containerID": 0, "hostID": base, "size": size}]
        self.linux["gidMappings"] = [{"containerID": 0, "hostID": base, "size": size}]
        return self

    def resources(self, **limits):
        self.linux.setdefault("resources", {}).update(limits)
        return self

    def hook(self, kind, *args, **more):
        self.config.setdefault("hooks", {}).setdefault(kind, []).append(
            {"path": str(args[0]), "args": [str(a) for a in args], **more})
        return self

    def rootless(self, uid, gid, whole_range=None):
        """What an ordinary user can have: one id mapped to root, or also a subordinate range."""
        self.namespace("user").without_namespace("network").without_mount("/sys")
        for key, own in (("uidMappings", uid), ("gidMappings", gid)):
            self.linux[key] = [{"containerID": 0, "hostID": own, "size": 1}]
            if whole_range:
                self.linux[key].append({"containerID": 1, "hostID": whole_range[0], "size": whole_range[1]})
        self.linux.pop("cgroupsPath", None)
        return self
