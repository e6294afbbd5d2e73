/* husk delete */
#include "cmd/match.h"

struct delete_options {
	bool force, regex;
};

static const struct option options[] = {
	OPTION(struct delete_options, force, OPTION_FLAG, 'f', "force", NULL,
	       "kill it first; a missing container is no error"),
	OPTION(struct delete_options, regex, OPTION_FLAG, 'r', "regex", NULL,
	       "ID is a regular expression; every container that matches"),
	{ 0 },
};

static int one(struct call *c, const char *id, struct err *e)
{
	const struct delete_options *o = c->options;

	return husk_delete(c->husk, id, o->force, e);
}

static int run(struct call *c, struct err *e)
{
	const struct delete_options *o = c->options;

	return o->regex ? match_each(c, c->args.v[0], one, e) : one(c, c->args.v[0], e);
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
