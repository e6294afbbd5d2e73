/* husk delete */
#include "cmd/cmd.h"

struct delete_options {
	bool force;
};

static const struct option options[] = {
	OPTION(struct delete_options, force, OPTION_FLAG, 'f', "force", NULL,
	       "kill it first; a missing container is no error"),
	{ 0 },
};

static int run(struct call *c, struct err *e)
{
	const struct delete_options *o = c->options;

	return husk_delete(c->husk, c->args.v[0], o->force, e);
}

const struct cmd cmd_delete = {
	.name = "delete",
	.summary = "remove what is left of a stopped container",
	.usage = "ID",
	.options = options,
	.options_size = sizeof(struct delete_options),
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
