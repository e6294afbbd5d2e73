/* husk kill */
#include "cmd/cmd.h"

struct kill_options {
	bool all;
};

static const struct option options[] = {
	OPTION(struct kill_options, all, OPTION_FLAG, 'a', "all", NULL, "every process of the container"),
	{ 0 },
};

static int run(struct call *c, struct err *e)
{
	const struct kill_options *o = c->options;
	int signal;

	TRY(husk_signal_number(c->args.n > 1 ? c->args.v[1] : "TERM", &signal, e));
	return husk_kill(c->husk, c->args.v[0], signal, o->all, e);
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
