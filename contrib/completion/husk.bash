# bash completion for husk, made by generate.py from husk --help
_husk()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' choice='' i
	local -a root=()
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root|--log|--log-format|--log-level|--cgroup-manager|--rootless|--criu)
			[[ ${COMP_WORDS[i]} == --root ]] && root=(--root "${COMP_WORDS[i + 1]}")
			((i++))
			;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	case $before in
	--root|--bundle|-b|--cwd)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--log|--criu|--config|-f|--console-socket|--pidfd-socket|--pid-file|--process|-p|--cgroup|--resources|-r)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	esac
	case $command in
	'') choice='check create delete events exec features kill list pause plan ps resume run spec start state update --root --log --log-format --log-level --debug --systemd-cgroup --cgroup-manager --rootless --criu --version -v --help' ;;
	check) choice='--bundle -b --config -f --json --help' ;;
	create) choice='--bundle -b --config -f --console-socket --pidfd-socket --pid-file --preserve-fds --no-pivot --no-new-keyring --no-subreaper --help' ;;
	delete) choice='--force -f --regex -r --help' ;;
	events) choice='--interval --stats --help' ;;
	exec) choice='--process -p --console-socket --pidfd-socket --pid-file --detach -d --tty -t --cwd --user -u --additional-gids -g --env -e --cap -c --process-label --apparmor --no-new-privs --preserve-fds --cgroup --ignore-paused --help' ;;
	features) choice=' --help' ;;
	kill) choice='--all -a --regex -r --help' ;;
	list) choice='--format -f --quiet -q --help' ;;
	pause) choice=' --help' ;;
	plan) choice='--bundle -b --config -f --json --help' ;;
	ps) choice='--format -f --help' ;;
	resume) choice=' --help' ;;
	run) choice='--bundle -b --config -f --console-socket --pidfd-socket --pid-file --preserve-fds --no-pivot --no-new-keyring --no-subreaper --detach -d --keep --help' ;;
	spec) choice='--bundle -b --rootless --help' ;;
	start) choice=' --help' ;;
	state) choice=' --help' ;;
	update) choice='--resources -r --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-share --cpu-rt-period --cpu-rt-runtime --cpu-idle --cpuset-cpus --cpuset-mems --memory --memory-reservation --memory-swap --pids-limit --l3-cache-schema --mem-bw-schema --kernel-memory --kernel-memory-tcp --help' ;;
	esac
	case $command in
	delete|events|exec|kill|pause|ps|resume|start|state|update)
		[[ $word == -* ]] || choice=$(husk "${root[@]}" list -q 2>/dev/null)
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")
}
complete -F _husk husk
