"""Run husk and keep what it said."""

import json
import os
import subprocess
import tempfile


class Result:
    """Exit status and output of one call."""

    def __init__(self, argv, rc, out, err, standin):
        self.argv, self.rc, self.out, self.err = argv, rc, out, err
        self.standin = standin

    def __repr__(self):
        return f"{' '.join(map(str, self.argv))}\n  exit {self.rc}\n  stdout: {self.out!r}\n  stderr: {self.err!r}"

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"no JSON on stdout: {self!r}") from None

    def ok(self):
        assert self.rc == 0, repr(self)
        return self

    def fails(self, *texts, rc=1):
        """It failed with `rc`, said so in one line, and the line holds every one of `texts`."""
        assert self.rc == rc, repr(self)
        if self.standin:  # another runtime lends its behaviour, not its words
            assert self.err.strip(), repr(self)
            return self
        assert self.err.count("\n") == 1 and self.err.endswith("\n"), f"not one line: {self!r}"
        for text in texts:
            assert text in self.err, f"{text!r} is not in {self!r}"
        return self


class Husk:
    """The program under test with a root directory of its own."""

    def __init__(self, program, root, prefix=()):
        self.program, self.root = program, str(root)
        self.prefix = list(prefix)
        self.standin = os.path.basename(program) in ("runc", "crun")

    def argv(self, *args, options=()):
        return [*self.prefix, self.program, "--root", self.root, *map(str, options), *map(str, args)]

    def __call__(self, *args, options=(), stdin=subprocess.DEVNULL, text=None, env=None, timeout=30, cwd=None,
                 pass_fds=()):
        """Output goes to files, not pipes: a container that stays behind holds them open."""
        argv = self.argv(*args, options=options)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            if text is not None:
                stdin = tempfile.TemporaryFile()
                stdin.write(text.encode())
                stdin.seek(0)
            done = subprocess.run(argv, stdin=stdin, stdout=out, stderr=err, env=env, cwd=cwd, timeout=timeout,
                                  pass_fds=pass_fds, check=False)
            out.seek(0)
            err.seek(0)
            return Result(argv, done.returncode, out.read().decode(errors="replace"),
                          err.read().decode(errors="replace"), self.standin)

    def spawn(self, *args, options=(), **kwargs):
        """Start it and hand back the process: for foreground runs that get signals or terminals."""
        return subprocess.Popen(self.argv(*args, options=options), **kwargs)
