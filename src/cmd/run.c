/* husk run */
#include "cmd/create.h"

static const struct option options[] = {
	CREATE_OPTIONS,
	CREATE_OPTION(o.detach, OPTION_FLAG, 'd', "detach", NULL, "do not wait for the process"),
	CREATE_OPTION(o.keep, OPTION_FLAG, 0, "keep", NULL, "keep the container after its process has ended"),
	{ 0 },
};

static int run(struct call *c, struct err *e)
{
	struct create_options *o = c->options;

	o->o.id = c->args.v[0];
	return husk_run(c->husk, &o->o, &c->status, e);
}

const struct cmd cmd_run = {
	.name = "run",
	.summary = "create a container, start it and wait for its end",
	.usage = "ID",
	.options = options,
	.options_size = sizeof(struct create_options),
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.shares_process = true,
	.failure = 1,
};
