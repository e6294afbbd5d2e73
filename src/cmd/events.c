/* husk events */
#include "cmd/cmd.h"
#include "cmd/output.h"
#include "cmd/units.h"

#include <errno.h>

enum { NS_PER_S = 1000000000 };

struct events_options {
	const char *interval;
	bool stats;
};

static const struct option options[] = {
	OPTION(struct events_options, interval, OPTION_STRING, 0, "interval", "TIME",
	       "between two lines of statistics: 500ms, 5s (default), 1m30s"),
	OPTION(struct events_options, stats, OPTION_FLAG, 0, "stats", NULL, "print one line and end"),
	{ 0 },
};

static int print(void *arg, const struct oci_event *event, struct err *e)
{
	own_arena a = arena_new();
	char *text;
	size_t len;

	(void)arg;
	TRY(oci_write(&oci_type_event, event, 0, a, &text, &len, e));
	return output_write(1, arena_printf(a, "%s\n", text), len + 1, e);
}

static int run(struct call *c, struct err *e)
{
	const struct events_options *o = c->options;
	struct husk_events events = { .interval = INT64_C(5) * NS_PER_S, .tell = print };
	struct oci_event event;

	if (o->interval && !units_duration(o->interval, &events.interval))
		return err_say(e, EINVAL,
			       "invalid value \"%s\" for flag --interval: not a duration like 5s or 1m30s",
			       o->interval);
	if (!o->stats)
		return husk_events(c->husk, c->args.v[0], &events, e);
	TRY(husk_stats(c->husk, c->args.v[0], c->arena, &event, e));
	return print(NULL, &event, e);
}

const struct cmd cmd_events = {
	.name = "events",
	.summary = "print what a container uses and when it runs out of memory, as JSON",
	.usage = "ID",
	.options = options,
	.options_size = sizeof(struct events_options),
	.run = run,
	.min_args = 1,
	.max_args = 1,
	.takes_id = true,
	.failure = 1,
};
