#!/usr/bin/python3
"""The whole suite, phase after phase: build, unit, check, integration in three views, fallbacks, budgets, sanitizers, fuzz corpora, lint."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
FALLBACKS = ["openat2", "mountapi", "clone3", "pidfd", "close_range", "openat2,mountapi,clone3,pidfd"]
# what an operator does first; the whole table, beside other runtimes, takes ten minutes: tests/run real
PODMAN_SHORT = ["--alone", "--who=root", "--only=^(--read-only|stop|kill|pause|exec|exec missing|tty)$"]
PHASES = ["unit", "check", "integration", "fallback", "real", "conformance", "bench", "asan", "fuzz", "lint"]


class Suite:
    """Runs phases and adds up what they say."""

    def __init__(self, options):
        self.options = options
        self.counts = [0, 0, 0]
        self.bad = []
        self.log_dir = os.path.join(options.build, "test-logs")
        self.begin = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.begin:6.1f}s] {text}", flush=True)

    def add(self, name, passed, failed, skipped=0, tail=""):
        self.counts = [a + b for a, b in zip(self.counts, (passed, failed, skipped))]
        if failed:
            self.bad.append(name)
            print(tail, flush=True)
        self.say(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")

    def call(self, name, argv, cwd=TOP, env=None, limit=900):
        """Exit status and output of a phase; the output also goes to a file. A phase that hangs is ended."""
        os.makedirs(self.log_dir, exist_ok=True)
        path = os.path.join(self.log_dir, re.sub(r"[^\w.-]+", "-", name) + ".log")
        with open(path, "wb") as log:
            process = subprocess.Popen(argv, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                log.write(f"\n{name}: ended after {limit} s\n".encode())
                status = 124
        with open(path, encoding="utf-8", errors="replace") as log:
            return status, log.read()

    def make(self, build, configure=(), targets=("all",)):
        """Configure once, then make; the answer is the text of a failure."""
        if not os.path.exists(os.path.join(TOP, "configure")):
            status, text = self.call("autogen", [os.path.join(TOP, "autogen.sh")])
            if status:
                return text
        os.makedirs(build, exist_ok=True)
        if not os.path.exists(os.path.join(build, "Makefile")):
            # husk calls its helper program by an absolute path: one below the build directory
            status, text = self.call("configure", [os.path.join(TOP, "configure"), f"--libexecdir={build}/libexec", *configure], cwd=build)
            if status:
                return text
        status, text = self.call("make", ["make", f"-j{os.cpu_count()}", *targets, f"libexecdir={build}/libexec", "install-pkglibexecPROGRAMS"], cwd=build)
        return text if status else None

    def build_all(self, build, configure=()):
        name = os.path.basename(build)
        self.say(f"build {name}")
        # An empty TESTS builds the check programs and runs none.
        wrong = self.make(build, configure) or self.make(build, configure, ["check", "TESTS="])
        if wrong:
            self.add(f"build {name}", 0, 1, tail=wrong[-6000:])
            return False
        return True

    def unit(self, build, label="unit", env=None):
        if not os.path.exists(os.path.join(build, "unit")):
            return self.add(label, 0, 0, 1)
        status, text = self.call(label, ["./unit", "--jobs=2"], cwd=build, env=env)
        found = re.search(r"Tested: (?:\D*)(\d+).*?Passing: (?:\D*)(\d+).*?Failing: (?:\D*)(\d+).*?Crashing: (?:\D*)(\d+)", text, re.S)
        if not found:
            return self.add(label, 0, 1, tail=text[-4000:])
        _, passing, failing, crashing = map(int, found.groups())
        return self.add(label, passing, failing + crashing + (1 if status and not failing + crashing else 0), tail=text[-6000:])

    def check(self, build, label="check", env=None):
        """The tests that make knows: corpora, drift, golden plans, lanes."""
        _, text = self.call(label, ["make", "check"], cwd=build, env=env)
        count = {word: sum(map(int, re.findall(rf"^# {word}: +(\d+)", text, re.M))) for word in ("PASS", "SKIP", "FAIL", "XPASS", "ERROR")}
        if not re.search(r"^# TOTAL: ", text, re.M):
            nothing = re.search(r"Error \d", text) is None
            return self.add(label, 0, 0 if nothing else 1, tail=text[-4000:])
        log = os.path.join(build, "test-suite.log")
        detail = open(log, encoding="utf-8", errors="replace").read()[-6000:] if os.path.exists(log) else ""
        return self.add(label, count["PASS"], count["FAIL"] + count["XPASS"] + count["ERROR"], count["SKIP"], detail)

    def pytest(self, label, view, build, more=(), env=None, limit=600):
        argv = [os.path.join(TOP, "tests/view"), view, "/usr/bin/python3", "-B", "-m", "pytest", "-q", "--tb=short",
                "-c", os.path.join(TOP, "tests/integration/pytest.ini"), os.path.join(TOP, "tests/integration"),
                *self.options.pytest, *more]
        status, text = self.call(label, argv, env={"HUSK_BUILD": build, **(env or {})}, limit=limit)
        last = [line for line in text.splitlines() if re.search(r"\d+ (passed|failed|skipped|error|deselected).* in [\d.]+s", line)]
        if status == 125:
            self.say(f"{label}: {text.strip()}")
            return self.add(label, 0, 0, 1)
        if not last:
            return self.add(label, 0, 1, tail=text[-4000:])
        count = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last[-1])}
        for reason in sorted(set(re.findall(r"^SKIPPED \[\d+\] \S+ (.*)$", text, re.M))):
            self.say(f"  skipped: {reason}")
        failed = count.get("failed", 0) + count.get("error", 0)
        return self.add(label, count.get("passed", 0), failed or (1 if status not in (0, 5) else 0), count.get("skipped", 0),
                        tail=text[-12000:])

    def integration(self):
        views = [self.options.view] if self.options.view else ["as-is", "unified", "v1"]
        if not self.options.view and os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
            views = ["as-is"]  # this machine is unified: the other views would show the same or nothing
        for view in views:
            self.pytest(f"integration, {view}", view, self.options.build)

    def fallback(self):
        """A kernel without newer calls, a few at a time and all together."""
        for names in [self.options.fallback] if self.options.fallback else FALLBACKS:
            self.pytest(f"fallback without {names}", self.options.view or "as-is", self.options.build, ["-m", "fallback"],
                        {"HUSK_FALLBACK": names})

    def asan(self):
        if not shutil.which("gcc"):
            return self.add("asan", 0, 0, 1)
        build = self.options.build + "-asan"
        if not self.build_all(build, ["--enable-sanitizers"]):
            return None
        strict = {"ASAN_OPTIONS": "detect_leaks=1:use_sigaltstack=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
        self.unit(build, "asan unit", strict)
        self.check(build, "asan check", strict)
        # In containers the leak check cannot look at itself; the rest of the sanitizer works.
        return self.pytest("asan integration", "as-is", build, ["-m", "fallback"], {"ASAN_OPTIONS": "detect_leaks=0:use_sigaltstack=0"})

    def real(self):
        """Real inputs and real callers, as far as their packages are installed; the long tables only when asked for by name."""
        folder = os.path.join(TOP, "tests/real")
        named = "real" in self.options.what
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".py") or name in ("kit.py", "expect.py"):
                continue
            if name == "debian.py" and not named:
                self.say("  skipped: real debian fetches a Debian root: tests/run real")
                self.add("real debian", 0, 0, 1)
                continue
            short = [] if named or name != "podman.py" else PODMAN_SHORT
            self.script(f"real {name[:-3]}", ["/usr/bin/python3", "-B", os.path.join(folder, name), *short], {"HUSK_BUILD": self.options.build})

    def script(self, name, argv, env=None):
        """A part that prints its own closing line."""
        status, text = self.call(name, argv, env=env)
        for reason in re.findall(r"^skipped: (.*)$", text, re.M):
            self.say(f"  skipped: {reason}")
        found = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.M)
        if not found:
            if status == 0:
                return self.add(name, 0, 0, 1)
            return self.add(name, 0, 1, tail=text[-4000:])
        return self.add(name, *map(int, found[-1]), tail=text[-6000:])

    def run(self):
        wanted = self.options.what or PHASES
        needs_build = {"unit", "check", "integration", "fallback", "real", "conformance", "bench"} & set(wanted)
        if needs_build and not os.environ.get("HUSK") and not self.build_all(self.options.build):
            wanted = [w for w in wanted if w not in needs_build]
        for phase in wanted:
            self.say(phase)
            if phase in ("unit", "check"):
                getattr(self, phase)(self.options.build)
            elif phase == "fuzz":
                self.script("fuzz", [os.path.join(TOP, "tests/fuzz/run"), "--seconds", str(self.options.fuzz_seconds)])
            elif phase == "conformance":
                self.script("requirements", [os.path.join(TOP, "tests/conformance/check")])
                self.script("validation programs", [os.path.join(TOP, "tests/conformance/run"), "--build", self.options.build])
            elif phase == "bench":
                self.script("bench", [os.path.join(TOP, "tests/bench/syscalls"),
                                      os.environ.get("HUSK") or os.path.join(self.options.build, "husk")])
            elif phase == "lint":
                self.script("lint", [os.path.join(TOP, "tests/lint/run")])
            else:
                getattr(self, phase)()
        if self.bad:
            self.say("failed: " + ", ".join(self.bad) + f"; logs in {self.log_dir}")
        print("{} passed, {} failed, {} skipped".format(*self.counts), flush=True)
        return 1 if self.counts[1] or self.bad else 0


def main():
    parser = argparse.ArgumentParser(prog="tests/run", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*PHASES, []], help="phases to run; default: all, in this order")
    parser.add_argument("--install", action="store_true", help="first install the Debian packages (must be the first word)")
    parser.add_argument("--view", choices=["as-is", "unified", "v1"], help="one view of the cgroups instead of three")
    parser.add_argument("--fallback", metavar="CALLS", help="one set of missing calls instead of all")
    parser.add_argument("--build", default=os.path.join(TOP, "build"), help="build directory (default: build)")
    parser.add_argument("--fuzz-seconds", type=int, default=0, help="fuzz each target for so long; 0 replays the corpora")
    parser.add_argument("--pytest", action="append", default=[], metavar="WORD", help="a word for pytest, as in --pytest=-x")
    options = parser.parse_args()
    if options.fallback and not options.what:
        options.what = ["fallback"]
    elif options.view and not options.what:
        options.what = ["integration"]
    options.build = os.path.realpath(options.build)
    return Suite(options).run()


if __name__ == "__main__":
    sys.exit(main())
