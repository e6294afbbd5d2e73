/* husk ps */
#include "cmd/cmd.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#define PS_MAX (64u << 20)

struct ps_options {
	const char *format;
};

static const struct option options[] = {
	OPTION(struct ps_options, format, OPTION_STRING, 'f', "format", "FORMAT", "table (default) or json"),
	{ 0 },
};

/* Start ps(1) with its output in a pipe. */
static int ps_start(char *const *args, pid_t *ret_pid, int *ret_fd, struct err *e)
{
	posix_spawn_file_actions_t actions;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe");
	own_fd out = fds[0];
	own_fd in = fds[1];
	int r = posix_spawn_file_actions_init(&actions);
	if (r)
		return err_set(e, r, "prepare ps");
	r = posix_spawn_file_actions_adddup2(&actions, in, 1);
	if (!r)
		r = posix_spawnp(ret_pid, "ps", &actions, NULL, args, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (r)
		return err_set(e, r, "run ps");
	*ret_fd = TAKE_FD(out);
	return 0;
}

static int ps_run(char *const *args, struct arena *a, char **ret, struct err *e)
{
	own_fd fd = FD_NONE;
	pid_t pid;
	int status;
	char *text = NULL;
	size_t len;

	TRY(ps_start(args, &pid, &fd, e));
	int r = file_read_fd(fd, "output of ps", PS_MAX, a, &text, &len, e);
	(void)close(TAKE_FD(fd)); /* a ps that is cut short must not wait for a reader */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "wait for ps");
	TRY(r);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_say(e, EIO, "ps failed");
	*ret = text;
	return 0;
}

/* Word number `index` of a line, false if it has fewer. */
static bool nth_word(const char *line, size_t index, const char **ret, size_t *ret_len)
{
	for (size_t i = 0;; i++) {
		line += strspn(line, " \t");
		size_t len = strcspn(line, " \t\n");

		if (len == 0)
			return false;
		if (i == index) {
			*ret = line;
			*ret_len = len;
			return true;
		}
		line += len;
	}
}

static bool pid_column(const char *header, size_t *ret)
{
	const char *word;
	size_t len;

	for (size_t i = 0; nth_word(header, i, &word, &len); i++)
		if (len == 3 && memcmp(word, "PID", 3) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static bool line_is_ours(const char *line, size_t column, const pid_t *pids, size_t n)
{
	const char *word;
	char number[16];
	size_t len;
	int pid;

	if (!nth_word(line, column, &word, &len) || len >= sizeof number)
		return false;
	memcpy(number, word, len);
	number[len] = '\0';
	if (!num_int(number, &pid))
		return false;
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* The header and the lines of the container's processes. */
static int filter(const char *text, const pid_t *pids, size_t n, struct strbuf *out, struct err *e)
{
	size_t column = 0;

	if (!pid_column(text, &column))
		return err_say(e, EINVAL, "the output of ps has no column PID");
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (line == text || line_is_ours(line, column, pids, n)) {
			strbuf_add(out, line, len);
			strbuf_puts(out, "\n");
		}
		line += len + (line[len] == '\n');
	}
	return 0;
}

static int print_table(struct call *c, const pid_t *pids, size_t n, struct strbuf *out, struct err *e)
{
	static char name[] = "ps", everything[] = "-ef";
	struct words args = { 0 };
	char *text = NULL;

	words_add(&args, name, c->arena);
	for (size_t i = 1; i < c->args.n; i++)
		words_add(&args, c->args.v[i], c->arena);
	if (args.n == 1)
		words_add(&args, everything, c->arena);
	TRY(ps_run(args.v, c->arena, &text, e));
	return filter(text, pids, n, out, e);
}

static int run(struct call *c, struct err *e)
{
	const struct ps_options *o = c->options;
	bool json = o->format && str_eq(o->format, "json");
	struct strbuf out = STRBUF(c->arena);
	pid_t *pids;
	size_t n;

	if (o->format && !json && !str_eq(o->format, "table"))
		return err_say(e, EINVAL, "unknown format \"%s\" (table or json)", o->format);
	TRY(husk_pids(c->husk, c->args.v[0], c->arena, &pids, &n, e));
	if (json) {
		strbuf_puts(&out, "[");
		for (size_t i = 0; i < n; i++)
			strbuf_printf(&out, i ? ",%d" : "%d", pids[i]);
		strbuf_puts(&out, "]\n");
	} else {
		TRY(print_table(c, pids, n, &out, e));
	}
	return output_write(1, out.text, out.len, e);
}

const struct cmd cmd_ps = {
	.name = "ps",
	.summary = "list the processes of a container (arguments as for ps(1), default -ef)",
	.usage = "ID [ARG...]",
	.options = options,
	.options_size = sizeof(struct ps_options),
	.run = run,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.takes_id = true,
	.args_end = true,
	.failure = 1,
};
