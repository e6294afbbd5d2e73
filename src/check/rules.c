/*
 * Rules across members: the plan is asked, and asked again.
 *
 * plan_build() stops at the first thing that is wrong. That is taken out of the configuration, or replaced
 * where there is no doing without, and the plan is made of the rest.
 */
#include "check/check.h"

#include "check/suggest.h"

/* More faults than this are not counted one by one. */
enum { ROUNDS = 200 };

/* "mounts[2].type: is required" -> the path, and the sentence about it. */
static const char *split(const char *text, struct arena *a, const char **ret_path)
{
	size_t len = strcspn(text, ": ");
	const char *rest = text + len;

	*ret_path = arena_strndup(a, text, len);
	if (*rest == ':')
		rest++;
	return rest + strspn(rest, " ");
}

/* Of a map the sentence quotes the key: the entry is what has to go, not the map. */
static const char *entry_path(const char *path, const char *sentence, struct arena *a)
{
	char quote = '\'';
	const char *start = strchr(sentence, quote);

	if (!start) {
		quote = '"';
		start = strchr(sentence, quote);
	}
	const char *end = start ? strchr(start + 1, quote) : NULL;
	return end ? arena_printf(a, "%s['%.*s']", path, (int)(end - start - 1), start + 1) : path;
}

static const char *hint_for(const char *sentence, struct arena *a)
{
	const char *word = str_after(sentence, "unknown capability '");
	const char *end = word ? strchr(word, '\'') : NULL;

	if (!end)
		return "";
	struct oci_strv names = plan_cap_names(a);
	return suggest_hint(arena_strndup(a, word, (size_t)(end - word)), (const char *const *)names.v,
			    names.n, a);
}

/* What belongs to a namespace cannot be judged when the list of namespaces is not known in full. */
static bool is_consequence(const struct check *c, const char *path)
{
	static const char *const dependent[] = { "linux.sysctl",      "linux.timeOffsets",
						 "linux.uidMappings", "linux.gidMappings",
						 "hostname",          "domainname" };

	if (check_removed(c, path))
		return true;
	for (size_t i = 0; i < sizeof dependent / sizeof *dependent; i++)
		if (str_eq(path, dependent[i]))
			return check_removed(c, "linux.namespaces");
	return false;
}

static void add_sentence(struct check *c, enum husk_level level, const char *text)
{
	const char *path, *sentence = split(text, c->arena, &path);
	const char *where = check_path(c, path);

	if (level != HUSK_ERROR || !is_consequence(c, where))
		check_add(c, level, where, sentence, hint_for(sentence, c->arena));
}

/*
 * Take out what the plan refuses: the part that is named, or, when that was tried and did not help, what
 * holds it, `wider` levels up. False when there is nothing left to take.
 */
static bool mend(struct check *c, const char *text, int wider)
{
	const char *name, *sentence = split(text, c->arena, &name);

	if (wider == 0 && check_stand_in(c, name))
		return true;
	if (wider == 0)
		return check_remove(c, check_path(c, entry_path(name, sentence, c->arena)));
	char *path = arena_strdup(c->arena, name);
	for (int i = 1; i < wider; i++) {
		char *cut = strrchr(path, '.');

		if (!cut)
			return false;
		*cut = '\0';
	}
	return check_remove(c, check_path(c, path));
}

void check_rules(struct check *c)
{
	struct err e = ERR_INIT;
	const char *last = "";
	int wider = 0;

	for (int i = 0; i < ROUNDS && !c->planned; i++) {
		if (plan_build(c->config, &c->opts, &c->host, c->arena, &c->plan, &e) >= 0) {
			c->planned = true;
			break;
		}
		const char *name = check_path(c, e.text);
		bool again = str_eq(last, name);
		wider = again ? wider + 1 : 0;
		last = name;
		if (!again)
			add_sentence(c, HUSK_ERROR, e.text);
		if (!mend(c, e.text, wider))
			break;
	}
	if (!c->planned)
		check_add(c, HUSK_NOTE, "", "the rules that follow from the errors above were not looked at",
			  "");
	for (size_t i = 0; c->planned && i < c->plan.warnings.n; i++)
		add_sentence(c, HUSK_WARNING, c->plan.warnings.v[i]);
}
