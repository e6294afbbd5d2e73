#!/usr/bin/env python3
"""Shell completion from husk's own --help: generate.py HUSK DIRECTORY writes husk.bash, _husk and husk.fish; --check compares."""

import os
import re
import subprocess
import sys

FILES = {"PATH", "FILE", "DEST"}
DIRECTORIES = {"DIR"}


def read_options(text):
    """[(letter or "", name, value or "", help)] of one --help."""
    rows = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z]\S*))? +(.*)$", text.split("ptions:\n")[-1], re.M)
    return [row for row in rows if row[1] != "help"]


def read_commands(husk):
    """The global options, and {command: (summary, takes an ID, options)}."""
    def help_of(*words):
        return subprocess.run([husk, *words, "--help"], check=True, capture_output=True, text=True).stdout

    overview = help_of()
    commands = {}
    for name, summary in re.findall(r"^  (\S+) +(.*)$", overview.split("Commands:\n")[1].split("\n\n")[0], re.M):
        text = help_of(name)
        takes_id = bool(re.match(r"Usage: husk \S+ \[options\] ID\b", text)) and name not in ("create", "run")
        commands[name] = (summary, takes_id, read_options(text))
    return read_options(overview), commands


def spellings(options, kinds=None):
    """Every way to write these options, or those of them whose value is of these kinds."""
    found = []
    for letter, name, value, _ in options:
        if kinds is None or value in kinds:
            found += [f"--{name}"] + ([f"-{letter}"] if letter else [])
    return list(dict.fromkeys(found))


def bash(options, commands):
    every = options + [o for _, _, own in commands.values() for o in own]
    takes = spellings(options, {o[2] for o in options if o[2]})
    cases = "".join(f"\t{name}) choice='{' '.join(spellings(own))} --help' ;;\n" for name, (_, _, own) in commands.items())
    return f"""# bash completion for husk, made by generate.py from husk --help
_husk()
{{
	local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command='' choice='' i
	local -a root=()
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${{COMP_WORDS[i]}} in
		{'|'.join(takes)})
			[[ ${{COMP_WORDS[i]}} == --root ]] && root=(--root "${{COMP_WORDS[i + 1]}}")
			((i++))
			;;
		-*) ;;
		*)
			command=${{COMP_WORDS[i]}}
			break
			;;
		esac
	done
	case $before in
	{'|'.join(spellings(every, DIRECTORIES))})
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	{'|'.join(spellings(every, FILES))})
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	esac
	case $command in
	'') choice='{' '.join([*commands, *spellings(options)])} --help' ;;
{cases}	esac
	case $command in
	{'|'.join(name for name, (_, takes_id, _) in commands.items() if takes_id)})
		[[ $word == -* ]] || choice=$(husk "${{root[@]}}" list -q 2>/dev/null)
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")
}}
complete -F _husk husk
"""


def zsh_specs(option):
    letter, name, value, text = option
    text = text.replace("[", "(").replace("]", ")").replace("'", "").replace(":", ";")
    action = "_files -/" if value in DIRECTORIES else "_files" if value in FILES else ""
    argument = f":{value.lower()}:{action}" if value else ""
    specs = [f"'--{name}{'=' if value else ''}[{text}]{argument}'"]
    return specs + ([f"'-{letter}[{text}]{argument}'"] if letter else [])


def zsh(options, commands):
    listed = "".join("\t\t'{}:{}'\n".format(name, summary.replace("'", "")) for name, (summary, _, _) in commands.items())
    globals_ = "".join(f"\t\t{spec} \\\n" for option in options for spec in zsh_specs(option))
    cases = ""
    for name, (_, takes_id, own) in commands.items():
        specs = [spec for option in own for spec in zsh_specs(option)] + (["'1:id:_husk_ids'"] if takes_id else [])
        cases += f"\t\t{name}) {'_arguments ' + ' '.join(specs) if specs else 'true'} ;;\n"
    return f"""#compdef husk
# zsh completion for husk, made by generate.py from husk --help
_husk_ids() {{
	local -a ids
	ids=(${{(f)"$(husk list -q 2>/dev/null)"}})
	compadd -a ids
}}

_husk() {{
	local curcontext=$curcontext state line
	local -a commands
	commands=(
{listed}	)
	_arguments -C \\
{globals_}		'1: :->command' '*:: :->rest'
	case $state in
	command) _describe command commands ;;
	rest)
		case $words[1] in
{cases}		esac
		;;
	esac
}}

_husk "$@"
"""


def fish_option(condition, option):
    letter, name, value, text = option
    quoted = text.replace("'", "\\'")
    short = f" -s {letter}" if letter else ""
    take = " -x -a '(__fish_complete_directories)'" if value in DIRECTORIES else " -r -F" if value in FILES else " -x" if value else ""
    return f"complete -c husk -n '{condition}' -l {name}{short}{take} -d '{quoted}'"


def fish(options, commands):
    lines = ["# fish completion for husk, made by generate.py from husk --help", "complete -c husk -f"]
    lines += [fish_option("__fish_use_subcommand", option) for option in options]
    for name, (summary, takes_id, own) in commands.items():
        quoted = summary.replace("'", "\\'")
        lines.append(f"complete -c husk -n __fish_use_subcommand -a {name} -d '{quoted}'")
        lines += [fish_option(f"__fish_seen_subcommand_from {name}", option) for option in own]
        if takes_id:
            lines.append(f"complete -c husk -n '__fish_seen_subcommand_from {name}' -a '(husk list -q 2>/dev/null)'")
    return "\n".join(lines) + "\n"


def main(husk, directory, *rest):
    options, commands = read_commands(os.path.abspath(husk))
    stale = 0
    for name, make in (("husk.bash", bash), ("_husk", zsh), ("husk.fish", fish)):
        path, text = os.path.join(directory, name), make(options, commands)
        if "--check" not in rest:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            continue
        with open(path, encoding="utf-8") as f:
            if f.read() != text:
                print(f"{path} is not what husk --help says: make completion")
                stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
