/* What is allowed by the letter of the spec and hardly meant. */
#include "check/check.h"

#include "check/suggest.h"

/* Mount options that nobody knows go to the file system; one that is nearly a known word is a slip. */
static void check_options(struct check *c)
{
	struct oci_strv known = plan_mount_options(c->arena);

	for (size_t i = 0; i < c->config->mounts.n; i++) {
		const struct oci_mount *m = &c->config->mounts.v[i];

		for (size_t k = 0; k < m->options.n; k++) {
			const char *word = m->options.v[k];
			const char *near = NULL;

			if (word && strlen(word) > 3 && !strchr(word, '='))
				near = suggest_nearest(word, (const char *const *)known.v, known.n);
			for (size_t j = 0; near && j < known.n; j++)
				if (str_eq(known.v[j], word))
					near = NULL;
			if (!near || suggest_distance(word, near) > 2)
				continue;
			check_add(c, HUSK_WARNING,
				  check_path(c, arena_printf(c->arena, "mounts[%zu].options[%zu]", i, k)),
				  arena_printf(c->arena, "'%s' is no mount option", word),
				  arena_printf(c->arena, "did you mean %s?", near));
		}
	}
}

/* config.md, Mounts: "destination ... SHOULD be an absolute path" */
static void check_destinations(struct check *c)
{
	for (size_t i = 0; i < c->config->mounts.n; i++) {
		const char *cpath = c->config->mounts.v[i].destination;

		if (cpath && *cpath != '/')
			check_add(c, HUSK_WARNING,
				  check_path(c, arena_printf(c->arena, "mounts[%zu].destination", i)),
				  arena_printf(c->arena, "'%s' is relative, and is taken from /", cpath), "");
	}
}

static void check_env(struct check *c)
{
	const struct oci_strv *env = &c->config->process->env;

	for (size_t i = 0; i < env->n; i++) {
		const char *path = check_path(c, arena_printf(c->arena, "process.env[%zu]", i));
		size_t len = strcspn(env->v[i], "=");

		if (len && env->v[i][len])
			continue;
		check_add(c, HUSK_WARNING, path, arena_printf(c->arena, "'%s' is not NAME=value", env->v[i]),
			  "");
	}
}

static void check_process(struct check *c)
{
	const struct oci_process *p = c->config->process;

	check_env(c);
	if (p->command_line)
		check_add(c, HUSK_NOTE, "process.commandLine", "is for Windows and ignored here", "");
	if (p->user && p->user->username)
		check_add(c, HUSK_NOTE, "process.user.username", "is for Windows and ignored here", "");
	if (p->console_size && !p->terminal)
		check_add(c, HUSK_NOTE, "process.consoleSize", "is ignored without a terminal", "");
}

void check_words(struct check *c)
{
	check_options(c);
	check_destinations(c);
	if (c->config->process)
		check_process(c);
	else if (!check_removed(c, "process"))
		check_add(c, HUSK_NOTE, "process", "is missing: the container can be created, not started",
			  "");
}
