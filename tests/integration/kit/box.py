"""A container in a test: a bundle, an ID, and the verbs."""

import os
import time

from .facts import Facts


class Box:
    """The fixture `box` makes one; it is deleted by force when the test ends."""

    def __init__(self, husk, bundle, ident):
        self.husk, self.bundle, self.id = husk, bundle, ident
        bundle.linux["cgroupsPath"] = f"/{ident}"

    @property
    def config(self):
        return self.bundle.config

    @property
    def process(self):
        return self.bundle.config["process"]

    @property
    def linux(self):
        return self.bundle.config["linux"]

    @property
    def state_dir(self):
        return os.path.join(self.husk.root, self.id)

    def create(self, *options, save=True, **kwargs):
        if save:
            self.bundle.save()
        return self.husk("create", "--bundle", self.bundle.path, *options, self.id, **kwargs)

    def start(self, **kwargs):
        return self.husk("start", self.id, **kwargs)

    def run(self, *args, options=(), save=True, **kwargs):
        """Run in the foreground; `args`, if given, are the payload's."""
        if args:
            self.bundle.args("/payload", *args)
        if save:
            self.bundle.save()
        return self.husk("run", "--bundle", self.bundle.path, *options, self.id, **kwargs)

    def report(self, *sysctls, **kwargs):
        """Run the payload to its end and look at what it saw."""
        return Facts(self.run("report", *sysctls, **kwargs).ok().json)

    def up(self, *args, options=()):
        """A running container whose first process sleeps, unless told otherwise."""
        self.bundle.args("/payload", *(args or ("sleep",)))
        self.create(*options).ok()
        self.start().ok()
        return self

    def exec(self, *args, options=(), **kwargs):
        return self.husk("exec", *options, self.id, *args, **kwargs)

    def exec_report(self, *options, **kwargs):
        return Facts(self.exec("/payload", "report", options=options, **kwargs).ok().json)

    def kill(self, signal="KILL", *options):
        return self.husk("kill", *options, self.id, signal)

    def delete(self, *options):
        return self.husk("delete", *options, self.id)

    def state(self):
        return self.husk("state", self.id).ok().json

    @property
    def status(self):
        return self.state()["status"]

    @property
    def pid(self):
        return self.state()["pid"]

    def wait(self, status="stopped", seconds=10):
        end = time.monotonic() + seconds
        while self.status != status:
            assert time.monotonic() < end, f"still {self.status}, not {status}"
            time.sleep(0.02)
        return self

    def stop(self):
        """Kill it, wait and delete it without force."""
        self.kill().ok()
        self.wait()
        self.delete().ok()

    def cgroup_dir(self, controller):
        """The directory of this container in the hierarchy that has `controller`."""
        from .machine import cgroup_root

        return os.path.join(cgroup_root(controller), self.linux["cgroupsPath"].lstrip("/"))
