/* husk plan */
#include "cmd/cmd.h"

#include "cmd/output.h"

struct plan_options {
	struct husk_create o;
	bool json;
};

static const struct option options[] = {
	OPTION(struct plan_options, o.bundle, OPTION_STRING, 'b', "bundle", "DIR",
	       "the bundle (default: the current directory)"),
	OPTION(struct plan_options, o.config, OPTION_STRING, 'f', "config", "FILE",
	       "name of the configuration in the bundle"),
	OPTION(struct plan_options, json, OPTION_FLAG, 0, "json", NULL, "as JSON"),
	{ 0 },
};

static int run(struct call *c, struct err *e)
{
	struct plan_options *o = c->options;
	char *text;

	o->o.id = c->args.n ? c->args.v[0] : NULL;
	TRY(husk_plan(c->husk, &o->o, o->json, c->arena, &text, e));
	return output_write(1, text, strlen(text), e);
}

const struct cmd cmd_plan = {
	.name = "plan",
	.summary = "show what create would do, and touch nothing",
	.usage = "[ID]",
	.options = options,
	.options_size = sizeof(struct plan_options),
	.run = run,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
