"""The long form of test_inject.py: tests/inject starts it."""

import argparse
import errno
import os
import secrets
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))

from kit.bundle import make_rootfs  # noqa: E402
from kit.faults import NEVER, STYLES, VERBS, Lab, Storm, errors_for  # noqa: E402

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))


def strikes(points, kinds):
    """Every way to strike every point: (point, error, victim)."""
    for point in points:
        if "fail" in kinds and point.call not in NEVER:
            for number in errors_for(point.call):
                yield point, number, None
        if "kill" in kinds:
            yield point, None, 0
            if point.process:
                yield point, None, point.process


def main():
    parser = argparse.ArgumentParser(prog="tests/inject")
    parser.add_argument("verbs", nargs="*", default=list(VERBS), metavar="VERB", help=f"of {', '.join(VERBS)}; all if none")
    parser.add_argument("--build", default=os.environ.get("HUSK_BUILD", os.path.join(TOP, "build")))
    parser.add_argument("--style", action="append", choices=STYLES, help="of container; default: all")
    parser.add_argument("--kind", action="append", choices=("fail", "kill"), help="default: both")
    parser.add_argument("--step", type=int, default=1, help="only every n-th fault")
    parser.add_argument("--at", type=int, nargs=2, metavar=("PROCESS", "CALL"), help="only this point")
    parser.add_argument("--storm", type=float, metavar="SECONDS", help="instead: verbs at random, some of them killed")
    parser.add_argument("--seconds", type=float, default=0, help="stop after this long")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="hinject-")
    os.chmod(scratch, 0o755)
    make_rootfs(os.path.join(scratch, "template"), os.path.join(options.build, "payload"))
    if options.storm:
        storm = Storm(os.path.join(options.build, "husk"), scratch, os.path.join(scratch, "template"), "hi" + secrets.token_hex(3))
        complaints = storm.rage(options.storm, 16)
        shutil.rmtree(scratch, ignore_errors=True)
        print("\n".join(complaints) or "nothing left")
        return 1 if complaints else 0
    begin, count, bad = time.monotonic(), 0, 0
    for name in options.verbs:
        verb = VERBS[name]
        for style in options.style or STYLES:
            lab = Lab(os.path.join(options.build, "husk"), os.path.join(options.build, "fault"), scratch,
                      os.path.join(scratch, "template"), "hi" + secrets.token_hex(3))
            lab.configure(style, verb)
            points = lab.points(verb)
            if options.at:
                points = [p for p in points if [p.process, p.number] == options.at]
            print(f"{name}, {style}: {len(points)} calls", flush=True)
            for i, (point, error, victim) in enumerate(strikes(points, options.kind or ("fail", "kill"))):
                if i % options.step or (options.seconds and time.monotonic() - begin > options.seconds):
                    continue
                count += 1
                what = f"SIGKILL for process {victim}" if error is None else errno.errorcode[error]
                complaints = lab.strike(verb, point, error, victim)
                if complaints:
                    bad += 1
                    print(f"{name}, {style}, {point}: {what}\n    " + "\n    ".join(complaints), flush=True)
            lab.close()
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{count} faults in {time.monotonic() - begin:.0f} s, {bad} with a bad end")
    return 1 if bad else 0


sys.exit(main())
