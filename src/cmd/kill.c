/* husk kill */
#include "cmd/match.h"

struct kill_options {
	bool all, regex;
	int signal;
};

static const struct option options[] = {
	OPTION(struct kill_options, all, OPTION_FLAG, 'a', "all", NULL, "every process of the container"),
	OPTION(struct kill_options, regex, OPTION_FLAG, 'r', "regex", NULL,
	       "ID is a regular expression; every container that matches"),
	{ 0 },
};

static int one(struct call *c, const char *id, struct err *e)
{
	const struct kill_options *o = c->options;

	return husk_kill(c->husk, id, o->signal, o->all, e);
}

static int run(struct call *c, struct err *e)
{
	struct kill_options *o = c->options;

	TRY(husk_signal_number(c->args.n > 1 ? c->args.v[1] : "TERM", &o->signal, e));
	return o->regex ? match_each(c, c->args.v[0], one, e) : one(c, c->args.v[0], e);
}

const struct cmd cmd_kill = {
	.name = "kill",
	.summary = "send a signal to a container (default: TERM)",
	.usage = "ID [SIGNAL]",
	.options = options,
	.options_size = sizeof(struct kill_options),
	.run = run,
	.min_args = 1,
	.max_args = 2,
	.takes_id = true,
	.failure = 1,
};
