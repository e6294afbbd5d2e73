/* husk check */
#include "cmd/cmd.h"

#include "cmd/output.h"

struct check_options {
	struct husk_create o;
	bool json;
};

static const struct option options[] = {
	OPTION(struct check_options, o.bundle, OPTION_STRING, 'b', "bundle", "DIR",
	       "the bundle (default: the current directory)"),
	OPTION(struct check_options, o.config, OPTION_STRING, 'f', "config", "FILE",
	       "name of the configuration in the bundle"),
	OPTION(struct check_options, json, OPTION_FLAG, 0, "json", NULL, "as JSON"),
	{ 0 },
};

static const char *const level_words[] = {
	[HUSK_NOTE] = "note",
	[HUSK_WARNING] = "warning",
	[HUSK_ERROR] = "error",
};

/* A finding quotes the configuration, and stays one line of plain text. */
static void add_plain(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char ch = (unsigned char)*text;

		if (ch < 0x20 || ch == 0x7f)
			strbuf_printf(out, "\\x%02x", ch);
		else
			strbuf_add(out, text, 1);
	}
}

static void as_text(const struct husk_findings *f, const size_t *count, struct strbuf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		strbuf_printf(out, "%-7s  ", level_words[f->v[i].level]);
		add_plain(out, f->v[i].path);
		strbuf_puts(out, *f->v[i].path ? ": " : "");
		add_plain(out, f->v[i].text);
		strbuf_puts(out, *f->v[i].hint ? " (" : "");
		add_plain(out, f->v[i].hint);
		strbuf_puts(out, *f->v[i].hint ? ")\n" : "\n");
	}
	strbuf_printf(out, "%zu error%s, %zu warning%s, %zu note%s\n", count[HUSK_ERROR],
		      count[HUSK_ERROR] == 1 ? "" : "s", count[HUSK_WARNING],
		      count[HUSK_WARNING] == 1 ? "" : "s", count[HUSK_NOTE],
		      count[HUSK_NOTE] == 1 ? "" : "s");
}

static void add_member(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "\"%s\":", name);
	strbuf_json(out, value);
}

static void as_json(const struct husk_findings *f, struct strbuf *out)
{
	strbuf_puts(out, "[");
	for (size_t i = 0; i < f->n; i++) {
		strbuf_puts(out, i ? ",\n {" : "\n {");
		add_member(out, "level", level_words[f->v[i].level]);
		strbuf_puts(out, ",");
		add_member(out, "path", f->v[i].path);
		strbuf_puts(out, ",");
		add_member(out, "text", f->v[i].text);
		strbuf_puts(out, ",");
		add_member(out, "hint", f->v[i].hint);
		strbuf_puts(out, "}");
	}
	strbuf_puts(out, f->n ? "\n]\n" : "]\n");
}

static int run(struct call *c, struct err *e)
{
	const struct check_options *o = c->options;
	struct strbuf out = STRBUF(c->arena);
	struct husk_findings found;
	size_t count[3] = { 0 };

	TRY(husk_check(c->husk, &o->o, c->arena, &found, e));
	for (size_t i = 0; i < found.n; i++)
		count[found.v[i].level]++;
	if (o->json)
		as_json(&found, &out);
	else
		as_text(&found, count, &out);
	c->status = count[HUSK_ERROR] ? 1 : 0;
	return output_write(1, out.text, out.len, e);
}

const struct cmd cmd_check = {
	.name = "check",
	.summary = "say everything that is wrong with a bundle, and touch nothing",
	.usage = "",
	.options = options,
	.options_size = sizeof(struct check_options),
	.run = run,
	.failure = 1,
};
