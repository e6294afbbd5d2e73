/* The face of husk: argv in, exit status out; the only place that prints an error. */
#include "cmd/cmd.h"
#include "cmd/errorclass.h"
#include "cmd/logfile.h"
#include "cmd/output.h"
#include "cmd/version.h"
#include "sys/sealed.h"

#include "base/names.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static const struct name level_words[] = {
	{ "error", LOG_ERROR_ }, { "warning", LOG_WARN }, { "debug", LOG_DEBUG }, { NULL, 0 }
};

/* One run of the program. */
struct face {
	struct arena *arena;
	struct globals globals;
	struct logfile log;
	struct husk husk;
	const struct cmd *cmd;
	bool running; /* the command line was understood */
	struct call call;
};

/* One line: what a container's configuration put into it must not move the cursor. */
static char *one_line(const char *text, struct arena *a)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	return copy;
}

static void say(const struct face *f, const char *prefix, const char *text)
{
	char *line = arena_printf(f->arena, "husk: %s%s\n", prefix, text);

	(void)output_write(2, line, strlen(line), NULL);
}

/* Warnings and debug lines of libhusk. Never on stderr when there is a log: callers read errors there. */
static void sink(void *arg, enum log_level level, const char *text)
{
	const struct face *f = arg;
	const char *line = one_line(text, f->arena);

	if (f->log.kind != LOGFILE_NONE)
		logfile_write(&f->log, level, line, NULL);
	else
		say(f, level == LOG_WARN ? "warning: " : "debug: ", line);
}

static int open_log(struct face *f, struct err *e)
{
	const struct globals *g = &f->globals;

	return logfile_open(&f->log, g->log, g->log_format && str_eq(g->log_format, "json"), e);
}

/* The error in the log and on stderr, with the command and the container in front. */
static int report(struct face *f, const struct err *e)
{
	const char *id = f->cmd && f->cmd->takes_id && f->call.args.n ? f->call.args.v[0] : NULL;
	char *line = one_line(e->text, f->arena);

	if (id && husk_check_id(id, NULL) == 0)
		line = arena_printf(f->arena, "%s %s: %s", f->cmd->name, id, line);
	else if (f->cmd)
		line = arena_printf(f->arena, "%s: %s", f->cmd->name, line);
	/* a bad global option ends the run before the log is open */
	if (f->log.kind == LOGFILE_NONE && f->globals.log)
		(void)open_log(f, NULL);
	logfile_write(&f->log, LOG_ERROR_, line, errorclass_of(e, f->running ? f->cmd->name : NULL));
	say(f, "", line);
	return f->cmd ? f->cmd->failure : 1;
}

static int set_log(struct face *f, struct err *e)
{
	const struct globals *g = &f->globals;
	int64_t level = LOG_WARN;

	if (g->log)
		TRY(open_log(f, e));
	if (g->log_format && !str_eq(g->log_format, "json") && !str_eq(g->log_format, "text"))
		return err_say(e, EINVAL, "unknown log format \"%s\" (text or json)", g->log_format);
	if (g->log_level && !names_value(level_words, g->log_level, &level))
		return err_say(e, EINVAL, "unknown log level \"%s\" (error, warning or debug)", g->log_level);
	f->husk.log =
		(struct log){ .sink = sink, .arg = f, .level = g->debug ? LOG_DEBUG : (enum log_level)level };
	return 0;
}

static int set_cgroup_manager(struct face *f, struct err *e)
{
	const char *manager = f->globals.cgroup_manager;

	f->husk.systemd_cgroup = f->globals.systemd_cgroup;
	if (!manager)
		return 0;
	f->husk.systemd_cgroup |= str_eq(manager, "systemd");
	f->husk.cgroup_disabled = str_eq(manager, "disabled");
	if (!f->husk.systemd_cgroup && !f->husk.cgroup_disabled && !str_eq(manager, "cgroupfs"))
		return err_say(e, EINVAL, "unknown cgroup manager \"%s\" (cgroupfs, systemd or disabled)",
			       manager);
	return 0;
}

static int set_globals(struct face *f, struct err *e)
{
	const char *rootless = f->globals.rootless;

	TRY(set_log(f, e));
	TRY(set_cgroup_manager(f, e));
	if (rootless && !str_eq(rootless, "true") && !str_eq(rootless, "false") && !str_eq(rootless, "auto"))
		return err_say(e, EINVAL, "invalid value \"%s\" for flag --rootless (true, false or auto)",
			       rootless);
	f->husk.root = f->globals.root;
	return 0;
}

static int print(const struct strbuf *out, struct err *e)
{
	return output_write(1, out->text, out->len, e);
}

/* The command itself: its options, its arguments, its work. */
static int run_command(struct face *f, char **argv, struct err *e)
{
	const struct cmd *cmd = f->cmd;
	struct strbuf out = STRBUF(f->arena);

	f->call = (struct call){ .husk = &f->husk,
				 .arena = f->arena,
				 .options = arena_alloc(f->arena, cmd->options_size) };
	int r = options_parse(cmd->options, cmd->args_end ? OPTIONS_FIRST : OPTIONS_ANYWHERE, argv, f->arena,
			      f->call.options, &f->call.args, e);
	if (r == OPTIONS_HELP) {
		cmd_help(cmd, &out);
		return print(&out, e);
	}
	TRY(r);
	TRY(cmd_check_args(cmd, &f->call.args, e));
	f->running = true;
	return cmd->run(&f->call, e);
}

static int run(struct face *f, char **argv, struct err *e)
{
	struct strbuf out = STRBUF(f->arena);
	struct words rest = { 0 };
	int r = options_parse(cmd_globals, OPTIONS_FIRST, argv + 1, f->arena, &f->globals, &rest, e);

	TRY(r);
	f->cmd = rest.n ? cmd_find(rest.v[0]) : NULL;
	/* before anything that a container's owner wrote is read (CVE-2019-5736) */
	int sealed = f->cmd && f->cmd->shares_process ? sealed_ensure(argv, e) : 0;
	TRY(set_globals(f, e));
	TRY(sealed);
	if (f->globals.version) {
		strbuf_puts(&out, version_text(argv[0], f->arena));
		return print(&out, e);
	}
	if (r == OPTIONS_HELP || rest.n == 0) {
		cmd_help_all(&out);
		return print(&out, e);
	}
	if (!f->cmd)
		return err_say(e, EINVAL, "unknown command \"%s\" (see husk --help)", rest.v[0]);
	return run_command(f, rest.v + 1, e);
}

/* What we inherit and cannot work with. */
static void settle(void)
{
	int fd;

	/* ignored, it lets the kernel reap our children before we see how they ended */
	(void)signal(SIGCHLD, SIG_DFL);
	/* closed standard descriptors: taken, so that no file of ours gets their numbers; unusable (O_PATH),
	 * as they were */
	do {
		fd = open("/dev/null", O_PATH | O_CLOEXEC);
	} while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct face f = { .arena = a };
	struct err e = ERR_INIT;

	if (argc < 1)
		return 1;
	settle();
	int r = run(&f, argv, &e);
	int status = r < 0 ? report(&f, &e) : f.call.status;
	logfile_close(&f.log);
	return status;
}
