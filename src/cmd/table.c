/* All commands in one table: dispatch and --help. */
#include "cmd/cmd.h"

#include <errno.h>

#define GLOBAL(member, kind, ...) OPTION(struct globals, member, kind, __VA_ARGS__)

const struct option cmd_globals[] = {
	GLOBAL(root, OPTION_STRING, 0, "root", "DIR", "where the state of containers is kept"),
	GLOBAL(log, OPTION_STRING, 0, "log", "DEST",
	       "[file:]PATH, journald:ID or syslog:ID, also for errors"),
	GLOBAL(log_format, OPTION_STRING, 0, "log-format", "FORMAT", "text (default) or json"),
	GLOBAL(log_level, OPTION_STRING, 0, "log-level", "LEVEL", "error, warning (default) or debug"),
	GLOBAL(debug, OPTION_FLAG, 0, "debug", NULL, "the same as --log-level=debug"),
	GLOBAL(systemd_cgroup, OPTION_FLAG, 0, "systemd-cgroup", NULL,
	       "the same as --cgroup-manager=systemd"),
	GLOBAL(cgroup_manager, OPTION_STRING, 0, "cgroup-manager", "NAME",
	       "cgroupfs (default), systemd or disabled"),
	GLOBAL(rootless, OPTION_STRING, 0, "rootless", "WORD", "true, false or auto: checked, not needed"),
	GLOBAL(criu, OPTION_STRING, 0, "criu", "PATH", "ignored, for callers of runc"),
	GLOBAL(version, OPTION_FLAG, 'v', "version", NULL, "print the version"),
	{ 0 },
};

const struct option cmd_no_options[] = { { 0 } };

static const struct cmd *const all[] = {
	&cmd_check, &cmd_create, &cmd_delete, &cmd_events, &cmd_exec,   &cmd_features,
	&cmd_kill,  &cmd_list,   &cmd_pause,  &cmd_plan,   &cmd_ps,     &cmd_resume,
	&cmd_run,   &cmd_spec,   &cmd_start,  &cmd_state,  &cmd_update,
};
#define N_CMDS (sizeof all / sizeof *all)

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < N_CMDS; i++)
		if (str_eq(all[i]->name, name))
			return all[i];
	return NULL;
}

int cmd_check_args(const struct cmd *c, const struct words *args, struct err *e)
{
	if (args->n < c->min_args)
		return err_say(e, EINVAL, "too few arguments (usage: husk %s [options] %s)", c->name,
			       c->usage);
	if (c->max_args != CMD_ANY_ARGS && args->n > c->max_args)
		return err_say(e, EINVAL, "unexpected argument \"%s\" (usage: husk %s [options] %s)",
			       args->v[c->max_args], c->name, c->usage);
	return 0;
}

void cmd_help_all(struct strbuf *out)
{
	strbuf_puts(out, "Usage: husk [global options] COMMAND [options] [arguments]\n\n"
			 "husk runs containers that are described by an OCI bundle.\n\nCommands:\n");
	for (size_t i = 0; i < N_CMDS; i++)
		strbuf_printf(out, "  %-12s%s\n", all[i]->name, all[i]->summary);
	strbuf_puts(out, "\nGlobal options:\n");
	options_help(cmd_globals, out);
	strbuf_puts(out, "  -h, --help                    print this text\n\n"
			 "husk COMMAND --help describes one command.\n");
}

void cmd_help(const struct cmd *c, struct strbuf *out)
{
	strbuf_printf(out, "Usage: husk %s [options]%s%s\n\n%s\n\nOptions:\n", c->name, *c->usage ? " " : "",
		      c->usage, c->summary);
	options_help(c->options, out);
	strbuf_puts(out, "  -h, --help                    print this text\n");
}
