/* What the tables of the spec say: types, missing members, words, and members that nobody knows. */
#include "check/check.h"

#include "check/suggest.h"

/* Members of the spec that mean something on another system. */
static const struct foreign {
	const char *type, *member, *system;
} foreign[] = {
	{ "config", "windows", "Windows" },     { "config", "solaris", "Solaris" },
	{ "config", "vm", "virtual machines" }, { "config", "zos", "z/OS" },
	{ "config", "freebsd", "FreeBSD" },
};

/* Where faults are told, and the paths that have to be taken out when all are known. */
struct shape {
	struct check *check;
	struct words_list {
		const char **v;
		size_t n, cap;
	} faulty;
};

/* The word between the first pair of quotes, NULL without one. */
static const char *quoted_word(const char *text, struct arena *a)
{
	const char *start = strchr(text, '\''), *end = start ? strchr(start + 1, '\'') : NULL;

	return end ? arena_strndup(a, start + 1, (size_t)(end - start - 1)) : NULL;
}

static const char *allowed_words(const struct oci_enum_table *t, struct arena *a)
{
	struct strbuf s = STRBUF(a);

	for (size_t i = 0; i < t->n; i++)
		strbuf_printf(&s, "%s%s", i ? ", " : "one of ", t->words[i]);
	return s.len < 100 ? s.text : "";
}

static void on_fault(void *arg, const char *path, const char *text, const struct oci_enum_table *allowed)
{
	struct shape *s = arg;
	struct arena *a = s->check->arena;
	const char *word = allowed ? quoted_word(text, a) : NULL;
	const char *hint = word ? suggest_hint(word, allowed->words, allowed->n, a) : "";

	if (word && !*hint)
		hint = allowed_words(allowed, a);
	check_add(s->check, HUSK_ERROR, path, text, hint);
	s->faulty.v = arena_grow(a, s->faulty.v, &s->faulty.cap, s->faulty.n + 1, sizeof *s->faulty.v);
	s->faulty.v[s->faulty.n++] = arena_strdup(a, path);
}

static const char *foreign_system(const char *type, const char *member)
{
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (str_eq(foreign[i].type, type) && str_eq(foreign[i].member, member))
			return foreign[i].system;
	return NULL;
}

static void on_unknown(void *arg, const char *path, const struct oci_type *type, const char *name)
{
	struct shape *s = arg;
	struct arena *a = s->check->arena;
	const char *where = *path ? arena_printf(a, "%s.%s", path, name) : name;
	const char *system = foreign_system(oci_type_name(type), name);
	const char *names[64];
	size_t n = 0;

	if (system) {
		check_add(s->check, HUSK_NOTE, where, arena_printf(a, "is for %s and ignored here", system),
			  "");
		return;
	}
	while (n < 64 && oci_member(type, n)) {
		names[n] = oci_member(type, n);
		n++;
	}
	check_add(s->check, HUSK_WARNING, where, "unknown member", suggest_hint(name, names, n, a));
}

bool check_shape(struct check *c, const char *text, size_t len)
{
	struct shape s = { .check = c };
	const struct oci_sink sink = { .arg = &s, .fault = on_fault, .unknown = on_unknown };
	void *config;

	if (!oci_parse_all(&oci_type_config, text, len, &sink, c->arena, &config))
		return false;
	c->config = config;
	for (size_t i = 0; i < s.faulty.n; i++)
		if (!check_stand_in(c, s.faulty.v[i]))
			(void)check_remove(c, s.faulty.v[i]);
	c->removed.by_shape = c->removed.n;
	return true;
}
