#!/usr/bin/env python3
"""The rules of the source that no compiler knows: banned calls, descriptors, #if, yajl, include arrows. See docs/layers.md."""

import os
import re
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))

# name, pattern, files it is allowed in, why
RULES = [
    ("banned", r"\b(strtol|strtoul|strtoll|strtoull|atoi|atol|atoll|sprintf|vsprintf|strcpy|strcat|gets|system|popen|alloca|exit)\s*\(",
     r"src/base/num\.c", "use base/num.h, arena_printf, a checked copy; the process ends in main or by _exit"),
    ("goto", r"\bgoto\b", None, "owned variables clean up after themselves"),
    ("if", r"^\s*#\s*(if|ifdef|ifndef|elif)\b", r"(src/(sys|base)/.*)", "differences between kernels live in sys and base"),
    ("numbers", r"\b__NR_[a-z]", r"(src/(sys|base)/.*)", "numbers of calls that the C library lacks live there too"),
    ("yajl", r"yajl", r"(libocispec/json\.[ch])", "one file to replace"),
    ("print", r"\b(fprintf\s*\(\s*stderr|perror\s*\(|dprintf\s*\(\s*(2|STDERR_FILENO)\b)", r"(src/main\.c|src/net/netdev_main\.c|src/cmd/output\.c|src/life/helper\.c)",
     "only main prints errors; a helper's child speaks to a pipe"),
    ("fopen", r"\bfopen\s*\([^;]*\"[rwa][^e\"]*\"", None, "the mode needs an e, for CLOEXEC"),
    ("todo", r"\b(TODO|FIXME|XXX|HACK)\b", None, "finish it or leave it out"),
]
# A call that makes a descriptor names CLOEXEC on the line or within the same statement.
DESCRIPTORS = re.compile(r"(?<![\w.>])(open|openat|open_by_handle_at|socket|socketpair|accept4|pipe2|dup3|memfd_create|eventfd|"
                         r"signalfd|epoll_create1|inotify_init1|timerfd_create|mkostemp)\s*\(")
BARE = re.compile(r"(?<![\w.>])(accept|pipe|dup|creat|epoll_create|inotify_init|mkstemp)\s*\(")
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.S)


def blank(match):
    """Text and comments become blanks of the same shape, so that lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group(0))


def sources():
    for folder in ("src", "libocispec"):
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def")):
                    yield os.path.relpath(os.path.join(path, name), TOP)


def arrows():
    """{folder: folders it may include}, from the table in docs/layers.md."""
    allowed = {}
    with open(os.path.join(TOP, "docs/layers.md"), encoding="utf-8") as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if line.startswith("|") and len(cells) == 3 and cells[0] not in ("folder", "---"):
                allowed[cells[0]] = set(cells[2].split())
    return allowed


def check_arrows(path, text, allowed, say):
    folder = "libocispec" if path.startswith("libocispec/") else os.path.dirname(path)[len("src/"):]
    if folder not in allowed:
        if folder:
            say(path, 1, f"layers: {folder} is not in docs/layers.md")
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'#\s*include "(?:([^/"]+)/)?([^"]+)"', line)
        if not found:
            continue
        target = found.group(1)
        if found.group(2) == "husk.h" and not target:
            if folder not in ("state", "life", "check", "cmd"):
                say(path, number, f"layers: {folder} does not include husk.h")
        elif target and target not in allowed[folder] | {folder} and not (folder == "libocispec" and target == "oci"):
            say(path, number, f"layers: no arrow from {folder} to {target}")


def check_descriptors(path, code, say):
    for found in DESCRIPTORS.finditer(code):
        statement = code[found.start():code.find(";", found.start())]
        if "CLOEXEC" not in statement and not re.search(r"\b(flags|how)\b", statement):
            say(path, code.count("\n", 0, found.start()) + 1, f"cloexec: {found.group(1)} without CLOEXEC")
    for found in BARE.finditer(code):
        call = code[found.start():code.find(";", found.start())]
        say(path, code.count("\n", 0, found.start()) + 1, f"cloexec: {call.strip()[:40]}: use the variant that takes flags")


def main():
    problems = []

    def say(path, number, text):
        problems.append(f"{path}:{number}: {text}")

    allowed = arrows()
    for path in sources():
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            text = f.read()
        code = TEXT.sub(blank, text)
        check_arrows(path, text, allowed, say)
        if path.endswith(".def"):
            continue
        if not re.match(r"/\*", text):
            say(path, 1, "header: the file starts with one sentence that says its purpose")
        check_descriptors(path, code, say)
        for name, pattern, exempt, why in RULES:
            if exempt and re.fullmatch(exempt, path):
                continue
            # TODO marks and includes live where the code's blanks are.
            for number, line in enumerate((text if name in ("todo", "yajl", "fopen") else code).splitlines(), 1):
                if re.search(pattern, line) and not (name == "yajl" and "include" not in line and "yajl_" not in line):
                    say(path, number, f"{name}: {line.strip()[:60]} ({why})")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
