/* husk features */
#include "cmd/cmd.h"

#include "cmd/output.h"

static int run(struct call *c, struct err *e)
{
	struct oci_features features = { 0 };
	char *text;
	size_t len;

	husk_features(c->arena, &features);
	TRY(oci_write(&oci_type_features, &features, 4, c->arena, &text, &len, e));
	return output_write(1, arena_printf(c->arena, "%s\n", text), len + 1, e);
}

const struct cmd cmd_features = {
	.name = "features",
	.summary = "print what husk supports as JSON",
	.usage = "",
	.options = cmd_no_options,
	.run = run,
	.failure = 1,
};
