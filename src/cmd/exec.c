/* husk exec */
#include "cmd/cmd.h"

#include "base/num.h"

#include <errno.h>

struct exec_options {
	struct husk_exec o;
	struct words env, caps, groups;
	bool no_new_privs;
};

#define EXEC_OPTION(member, ...) OPTION(struct exec_options, member, __VA_ARGS__)

static const struct option options[] = {
	EXEC_OPTION(o.process_file, OPTION_STRING, 'p', "process", "FILE",
		    "the whole process as JSON, or - for stdin"),
	EXEC_OPTION(o.console_socket, OPTION_STRING, 0, "console-socket", "PATH",
		    "socket that gets the terminal"),
	EXEC_OPTION(o.pidfd_socket, OPTION_STRING, 0, "pidfd-socket", "PATH",
		    "socket that gets a pidfd of the process"),
	EXEC_OPTION(o.pid_file, OPTION_STRING, 0, "pid-file", "FILE", "where to write the process id"),
	EXEC_OPTION(o.detach, OPTION_FLAG, 'd', "detach", NULL, "do not wait for the process"),
	EXEC_OPTION(o.tty, OPTION_FLAG, 't', "tty", NULL, "give the process a terminal"),
	EXEC_OPTION(o.cwd, OPTION_STRING, 0, "cwd", "DIR", "working directory inside the container"),
	EXEC_OPTION(o.user, OPTION_STRING, 'u', "user", "UID[:GID]", "user and group"),
	EXEC_OPTION(groups, OPTION_LIST, 'g', "additional-gids", "GID", "one more group (may be repeated)"),
	EXEC_OPTION(env, OPTION_LIST, 'e', "env", "NAME=VALUE", "one more variable (may be repeated)"),
	EXEC_OPTION(caps, OPTION_LIST, 'c', "cap", "CAP", "one more capability (may be repeated)"),
	EXEC_OPTION(o.process_label, OPTION_STRING, 0, "process-label", "LABEL", "SELinux label"),
	EXEC_OPTION(o.apparmor, OPTION_STRING, 0, "apparmor", "PROFILE", "AppArmor profile"),
	EXEC_OPTION(no_new_privs, OPTION_FLAG, 0, "no-new-privs", NULL, "no new privileges through execve"),
	EXEC_OPTION(o.preserve_fds, OPTION_NUMBER, 0, "preserve-fds", "N",
		    "pass on N descriptors beside stdio and LISTEN_FDS"),
	EXEC_OPTION(o.cgroup, OPTION_STRING, 0, "cgroup", "PATH", "existing cgroup below the container's"),
	EXEC_OPTION(o.ignore_paused, OPTION_FLAG, 0, "ignore-paused", NULL, "also in a paused container"),
	{ 0 },
};

/* Each -g is a number, or several with commas as runc's callers may write. */
static int read_groups(const struct words *words, struct arena *a, struct husk_exec *o, struct err *e)
{
	uint32_t *groups = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < words->n; i++) {
		char *copy = arena_strdup(a, words->v[i]), *save;

		for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
			groups = arena_grow(a, groups, &cap, n + 1, sizeof *groups);
			if (!num_id(p, &groups[n++]))
				return err_say(e, EINVAL, "invalid value \"%s\" for flag --additional-gids",
					       p);
		}
	}
	o->groups = groups;
	o->n_groups = n;
	return 0;
}

static int run(struct call *c, struct err *e)
{
	struct exec_options *o = c->options;

	o->o.id = c->args.v[0];
	if (!o->o.process_file) {
		if (c->args.n < 2)
			return err_say(e, EINVAL,
				       "no command given (usage: husk exec [options] ID COMMAND...)");
		o->o.args = c->args.v + 1;
	}
	o->o.env = o->env.v;
	o->o.caps = o->caps.v;
	o->o.no_new_privs = o->no_new_privs ? 1 : -1;
	TRY(read_groups(&o->groups, c->arena, &o->o, e));
	return husk_exec(c->husk, &o->o, &c->status, e);
}

const struct cmd cmd_exec = {
	.name = "exec",
	.summary = "run one more process in a container",
	.usage = "ID [COMMAND [ARG...]]",
	.options = options,
	.options_size = sizeof(struct exec_options),
	.run = run,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.takes_id = true,
	.shares_process = true,
	.args_end = true,
	.failure = 255,
};
