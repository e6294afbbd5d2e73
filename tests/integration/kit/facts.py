"""Facts: what the payload reported, with names for the parts that tests ask about."""


class Mount:
    """One line of mountinfo."""

    def __init__(self, line):
        left, right = line.split(" - ", 1)
        fields = left.split(" ")
        self.id, self.parent, self.root, self.where = fields[0], fields[1], fields[3], fields[4]
        self.flags = set(fields[5].split(","))
        self.propagation = [word.split(":")[0] for word in fields[6:]]
        self.kind, self.source, options = right.split(" ", 2)
        self.options = set(options.split(","))

    def __repr__(self):
        return f"{self.where} {self.kind} {sorted(self.flags)} {sorted(self.options)} {self.propagation}"


class Facts(dict):
    """The report as a dict, plus the parsed parts."""

    @property
    def mounts(self):
        return [Mount(line) for line in self["mounts"]]

    def mount(self, where):
        """The topmost mount at `where`."""
        found = [m for m in self.mounts if m.where == where]
        assert found, f"nothing is mounted at {where}: {self['mounts']}"
        return found[-1]

    def mounted(self, where):
        return any(m.where == where for m in self.mounts)

    @property
    def env(self):
        return dict(e.split("=", 1) for e in self["env"])

    def caps(self, which):
        """A capability mask as an integer: Inh, Prm, Eff, Bnd, Amb."""
        return int(self["status"]["Cap" + which], 16)

    @property
    def umask(self):
        return int(self["status"]["Umask"], 8)
