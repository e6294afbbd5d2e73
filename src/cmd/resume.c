/* husk resume */
#include "cmd/cmd.h"

static int run(struct call *c, struct err *e)
{
	return husk_resume(c->husk, c->args.v[0], e);
}

const struct cmd cmd_resume = {
	.name = "resume",
	.summary = "let the processes of a paused container go on",
	.usage = "ID",
	.options = cmd_no_options,
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
