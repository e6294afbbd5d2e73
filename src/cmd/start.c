/* husk start */
#include "cmd/cmd.h"

static int run(struct call *c, struct err *e)
{
	return husk_start(c->husk, c->args.v[0], e);
}

const struct cmd cmd_start = {
	.name = "start",
	.summary = "start the process of a created container",
	.usage = "ID",
	.options = cmd_no_options,
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
