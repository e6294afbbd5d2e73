/* husk state */
#include "cmd/cmd.h"

#include "cmd/output.h"

static int run(struct call *c, struct err *e)
{
	struct oci_state state = { 0 };
	char *text;
	size_t len;

	TRY(husk_state(c->husk, c->args.v[0], c->arena, &state, e));
	TRY(oci_write(&oci_type_state, &state, 2, c->arena, &text, &len, e));
	return output_write(1, arena_printf(c->arena, "%s\n", text), len + 1, e);
}

const struct cmd cmd_state = {
	.name = "state",
	.summary = "print the state of a container as JSON",
	.usage = "ID",
	.options = cmd_no_options,
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
