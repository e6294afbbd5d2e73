/* husk list */
#include "cmd/cmd.h"

#include "cmd/output.h"

#include <errno.h>

struct list_options {
	const char *format;
	bool quiet;
};

static const struct option options[] = {
	OPTION(struct list_options, format, OPTION_STRING, 'f', "format", "FORMAT",
	       "table (default) or json"),
	OPTION(struct list_options, quiet, OPTION_FLAG, 'q', "quiet", NULL, "the ids alone"),
	{ 0 },
};

#define COLUMNS   6
#define MIN_WIDTH 9

struct row {
	const char *cell[COLUMNS];
};

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void print_table(const struct oci_state *v, size_t n, struct arena *a, struct strbuf *out)
{
	struct row *rows = arena_array(a, n + 1, sizeof *rows);
	size_t width[COLUMNS];

	rows[0] = (struct row){ { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	for (size_t i = 0; i < n; i++)
		rows[i + 1] = (struct row){ { or_empty(v[i].id), arena_printf(a, "%d", v[i].pid),
					      or_empty(oci_word(&oci_enum_status, v[i].status)),
					      or_empty(v[i].bundle), or_empty(v[i].created),
					      or_empty(v[i].owner) } };
	for (size_t c = 0; c < COLUMNS; c++) {
		width[c] = MIN_WIDTH;
		for (size_t i = 0; i <= n; i++)
			if (strlen(rows[i].cell[c]) > width[c])
				width[c] = strlen(rows[i].cell[c]);
	}
	for (size_t i = 0; i <= n; i++) {
		for (size_t c = 0; c < COLUMNS - 1; c++)
			strbuf_printf(out, "%-*s   ", (int)width[c], rows[i].cell[c]);
		strbuf_printf(out, "%s\n", rows[i].cell[COLUMNS - 1]);
	}
}

static int print_json(const struct oci_state *v, size_t n, struct arena *a, struct strbuf *out, struct err *e)
{
	/* a nil slice of Go, which is what runc prints and its callers read */
	if (n == 0) {
		strbuf_puts(out, "null\n");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char *text;
		size_t len;

		TRY(oci_write(&oci_type_state, &v[i], 0, a, &text, &len, e));
		strbuf_puts(out, i ? "," : "[");
		strbuf_add(out, text, len);
	}
	strbuf_puts(out, "]\n");
	return 0;
}

static int run(struct call *c, struct err *e)
{
	const struct list_options *o = c->options;
	bool json = o->format && str_eq(o->format, "json");
	struct strbuf out = STRBUF(c->arena);
	struct oci_state *v;
	size_t n;

	if (o->format && !json && !str_eq(o->format, "table"))
		return err_say(e, EINVAL, "unknown format \"%s\" (table or json)", o->format);
	TRY(husk_list(c->husk, c->arena, &v, &n, e));
	if (o->quiet) {
		for (size_t i = 0; i < n; i++)
			strbuf_printf(&out, "%s\n", v[i].id);
		return n ? output_write(1, out.text, out.len, e) : 0;
	}
	if (json)
		TRY(print_json(v, n, c->arena, &out, e));
	else
		print_table(v, n, c->arena, &out);
	return output_write(1, out.text, out.len, e);
}

const struct cmd cmd_list = {
	.name = "list",
	.summary = "list the containers below the root",
	.usage = "",
	.options = options,
	.options_size = sizeof(struct list_options),
	.run = run,
	.failure = 1,
};
