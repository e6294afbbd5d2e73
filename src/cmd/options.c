/* The option parser: runc's rules (those of Go's flag package), and letters that may be bundled. */
#include "cmd/options.h"

#include "base/names.h"
#include "base/num.h"

#include <errno.h>

/* The words of Go's strconv.ParseBool, which is what callers of runc may write. */
static const struct name bool_words[] = {
	{ "true", 1 },  { "True", 1 },  { "TRUE", 1 }, { "t", 1 }, { "T", 1 }, { "1", 1 },  { "false", 0 },
	{ "False", 0 }, { "FALSE", 0 }, { "f", 0 },    { "F", 0 }, { "0", 0 }, { NULL, 0 },
};

/* What is being read. */
struct reader {
	const struct option *table;
	char **next; /* the argument after the current one */
	struct arena *arena;
	void *target;
};

void words_add(struct words *w, char *word, struct arena *a)
{
	w->v = arena_grow(a, w->v, &w->cap, w->n + 2, sizeof *w->v);
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

static const struct option *find_name(const struct option *table, const char *name, size_t len)
{
	for (const struct option *o = table; o->name; o++)
		if (strncmp(o->name, name, len) == 0 && o->name[len] == '\0')
			return o;
	return NULL;
}

static const struct option *find_letter(const struct option *table, char letter)
{
	for (const struct option *o = table; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int store(const struct reader *r, const struct option *o, char *value, struct err *e)
{
	void *to = (char *)r->target + o->offset;
	int64_t flag = 1;

	switch ((enum option_kind)o->kind) {
	case OPTION_FLAG:
		if (value && !names_value(bool_words, value, &flag))
			return err_say(e, EINVAL, "invalid value \"%s\" for flag --%s: not true or false",
				       value, o->name);
		*(bool *)to = flag;
		break;
	case OPTION_STRING:
		*(char **)to = *value ? value : NULL; /* callers of runc pass "" for "none" */
		break;
	case OPTION_NUMBER:
		if (!num_u32(value, to))
			return err_say(e, EINVAL, "invalid value \"%s\" for flag --%s: not a number", value,
				       o->name);
		break;
	case OPTION_LIST:
		words_add(to, value, r->arena);
		break;
	}
	return 0;
}

/* `value`: what stood behind '=' or the letter, NULL if nothing did. */
static int take(struct reader *r, const struct option *o, char *value, struct err *e)
{
	if (o->kind != OPTION_FLAG && !value) {
		if (!*r->next)
			return err_say(e, EINVAL, "flag needs an argument: --%s", o->name);
		value = *r->next++;
	}
	return store(r, o, value, e);
}

/* "-d", "-td", "-b/x", "-b=/x" */
static int read_letters(struct reader *r, char *arg, struct err *e)
{
	for (char *p = arg + 1; *p; p++) {
		const struct option *o = find_letter(r->table, *p);

		if (!o && *p == 'h')
			return OPTIONS_HELP;
		if (!o)
			return err_say(e, EINVAL, "unknown flag: %s", arg);
		if (p[1] == '=')
			return take(r, o, p + 2, e);
		if (o->kind != OPTION_FLAG)
			return take(r, o, p[1] ? p + 1 : NULL, e);
		TRY(store(r, o, NULL, e));
	}
	return 0;
}

static int read_option(struct reader *r, char *arg, struct err *e)
{
	bool two_dashes = arg[1] == '-';
	char *name = arg + 1 + two_dashes;
	size_t len = strcspn(name, "=");
	const struct option *o = find_name(r->table, name, len);

	if (o)
		return take(r, o, name[len] ? name + len + 1 : NULL, e);
	if (str_eq(name, "help"))
		return OPTIONS_HELP;
	if (two_dashes)
		return err_say(e, EINVAL, "unknown flag: --%.*s", (int)len, name);
	return read_letters(r, arg, e);
}

int options_parse(const struct option *table, enum options_order order, char **argv, struct arena *a,
		  void *target, struct words *ret_rest, struct err *e)
{
	struct reader r = { .table = table, .next = argv, .arena = a, .target = target };
	struct words rest = { 0 };
	bool over = false;

	while (*r.next) {
		char *arg = *r.next++;

		if (over || arg[0] != '-' || arg[1] == '\0') {
			words_add(&rest, arg, a);
			over |= order == OPTIONS_FIRST;
		} else if (str_eq(arg, "--")) {
			over = true;
		} else if (TRY(read_option(&r, arg, e)) == OPTIONS_HELP) {
			return OPTIONS_HELP;
		}
	}
	*ret_rest = rest;
	return 0;
}

void options_help(const struct option *table, struct strbuf *out)
{
	for (const struct option *o = table; o->name; o++) {
		size_t start = out->len;

		if (o->letter)
			strbuf_printf(out, "  -%c, --%s", o->letter, o->name);
		else
			strbuf_printf(out, "      --%s", o->name);
		if (o->value)
			strbuf_printf(out, " %s", o->value);
		size_t width = out->len - start;
		strbuf_printf(out, "%*s%s\n", width < 32 ? (int)(32 - width) : 1, "", o->help);
	}
}
