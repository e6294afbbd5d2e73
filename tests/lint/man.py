#!/usr/bin/env python3
"""docs/husk.1 and --help name the same commands and options: man.py HUSK docs/husk.1"""

import re
import subprocess
import sys


def options_of_help(text):
    """The long options, each with its letter: {"bundle": "b", "root": None}."""
    rows = re.findall(r"^  (?:-(\w), |    )--([\w-]+)", text, re.M)
    return {name: letter or None for letter, name in rows}


def options_of_man(text):
    """Every option that is named, and the letters of those that have one."""
    text = text.replace("\\-", "-")
    options = {name: None for name in re.findall(r"(?<![\w-])--([a-z][\w-]*)", text)}
    options.update({name: letter for letter, name in re.findall(r'-(\w) ", " --([\w-]+)', text)})
    return options


def sections(man):
    """{command: its text}; the global options are the command ""."""
    found = {"": man.split(".SH GLOBAL OPTIONS")[1].split(".SH ")[0]}
    commands = man.split(".SH COMMANDS")[1].split("\n.SH ")[0]
    for part in commands.split("\n.SS ")[1:]:
        found[part.split()[0]] = part
    return found


def main(husk, man_path):
    def help_of(*command):
        return subprocess.run([husk, *command, "--help"], check=True, capture_output=True, text=True).stdout

    with open(man_path, encoding="utf-8") as f:
        man = sections(f.read())
    overview = help_of()
    listed = overview.split("Commands:\n")[1].split("\n\n")[0]
    commands = re.findall(r"^  (\S+)", listed, re.M)
    wrong = []
    if set(commands) | {""} != set(man):
        wrong.append(f"commands differ: {sorted(set(commands) ^ (set(man) - {''}))}")
    for command in [""] + [c for c in commands if c in man]:
        in_help = options_of_help(help_of(command) if command else overview)
        in_man = options_of_man(man[command])
        for name, letter in in_help.items():
            if name == "help":
                continue
            if name not in in_man:
                wrong.append(f"{command or 'husk'}: --{name} is not in the man page")
            elif in_man[name] not in (letter, None) or (letter and in_man[name] is None and command != "run"):
                wrong.append(f"{command or 'husk'}: --{name}: the letter differs")
        if command:
            wrong += [f"{command}: the man page invents --{n}" for n in in_man if n not in in_help]
        else:
            wrong += [f"husk: the man page invents --{n}" for n in in_man if n not in in_help and n != "help"]
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
