#!/usr/bin/env python3
"""Size and shape: files up to 600 lines, functions up to 80, nesting up to 4. There is no list of exceptions."""

import os
import re
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
FILE, FUNCTION, NESTING = 600, 80, 4
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|/\*.*?\*/|//[^\n]*|^[ \t]*#(?:\\\n|[^\n])*', re.S | re.M)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(code):
    """(name, first line, last line, body) of every function: kernel style puts its braces in the first column."""
    lines = code.splitlines()
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            head = " ".join(lines[max(0, start - 6):start])
            name = re.findall(r"(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$", head.strip())
            yield name[-1] if name else "?", start + 1, i + 1, "\n".join(lines[start + 1:i])
            start = None


def depth(body):
    """The deepest nesting of control statements, by indentation: clang-format guarantees tabs."""
    deepest = 0
    for line in body.splitlines():
        found = re.match(r"(\t+)(if|for|while|do|switch|\} else)\b", line)
        if found:
            deepest = max(deepest, len(found.group(1)))
    return deepest


def main():
    problems = []
    for folder in ("src", "libocispec", "tests"):
        for path, dirs, names in os.walk(os.path.join(TOP, folder)):
            dirs[:] = [d for d in dirs if d not in ("corpus", "spec", "__pycache__")]
            for name in sorted(names):
                if not name.endswith((".c", ".h", ".def", ".py")):
                    continue
                full = os.path.join(path, name)
                shown = os.path.relpath(full, TOP)
                with open(full, encoding="utf-8") as f:
                    text = f.read()
                if text.count("\n") > FILE:
                    problems.append(f"{shown}: {text.count(chr(10))} lines, more than {FILE}")
                if not name.endswith(".c"):
                    continue
                for function, first, last, body in functions(TEXT.sub(blank, text)):
                    if last - first - 1 > FUNCTION:
                        problems.append(f"{shown}:{first}: {function} has {last - first - 1} lines, more than {FUNCTION}")
                    if depth(body) > NESTING:
                        problems.append(f"{shown}:{first}: {function} nests {depth(body)} deep, more than {NESTING}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
