/* husk create */
#include "cmd/create.h"

static const struct option options[] = { CREATE_OPTIONS, { 0 } };

static int run(struct call *c, struct err *e)
{
	struct create_options *o = c->options;

	o->o.id = c->args.v[0];
	return husk_create(c->husk, &o->o, e);
}

const struct cmd cmd_create = {
	.name = "create",
	.summary = "make a container up to the point where its process waits to be started",
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
