/* cgroup.subtree_control, from the root of cgroup2 down to the parent of the container's cgroup. */
#include "cgroup/controllers.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>

enum { LIST_MAX = 1 << 16 };

const struct cgroup_mount *controllers_home(const struct host *h, const struct plan_write *w)
{
	return *w->controller ? host_cgroup_find(h, w->controller) : hierarchy_v2(h);
}

int controllers_missing(const struct plan_write *w, struct err *e)
{
	return err_say(e, ENOTSUP,
		       "cgroup: %s needs the %s controller, which this host's cgroup tree has not enabled",
		       w->file, w->controller);
}

static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\n' || !p[len]))
			return true;
	return false;
}

/* The controllers that are there in the cgroup itself. */
static int available(const struct cgroup *cg, const struct cgroup_mount *m, struct arena *a, char **ret,
		     struct err *e)
{
	char path[PATH_MAX];

	TRY(hierarchy_path(path, m, cg, NULL, "cgroup.controllers", e));
	return file_read(AT_FDCWD, path, LIST_MAX, a, ret, NULL, e);
}

/* Ask every level in turn. A refusal may not matter (already enabled above a delegation), so it is only kept
 * as the reason, should the controller be missing in the end. */
static void enable(const struct cgroup *cg, const struct cgroup_mount *m, const char *controller,
		   struct arena *a, struct err *ret_why)
{
	char *path = arena_printf(a, "%s%s", m->path, cg->path);
	char *word = arena_printf(a, "+%s", controller);

	for (char *p = path + strlen(m->path); p; p = strchr(p + 1, '/')) {
		struct err why = ERR_INIT;

		*p = '\0';
		if (file_write_once(AT_FDCWD, arena_printf(a, "%s/cgroup.subtree_control", path), word,
				    &why) < 0)
			*ret_why = why;
		*p = '/';
	}
}

/* The cgroup2 hierarchy when this write needs a controller there, else NULL. */
static const struct cgroup_mount *needs(const struct host *h, const struct plan_write *w)
{
	const struct cgroup_mount *m = *w->controller ? controllers_home(h, w) : NULL;

	return m && m->v2 ? m : NULL;
}

int controllers_enable(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e)
{
	own_arena a = arena_new();
	char *have = NULL;

	for (size_t i = 0; i < plan->writes.n; i++) {
		const struct plan_write *w = &plan->writes.v[i];
		const struct cgroup_mount *m = needs(cg->host, w);
		struct err why = ERR_INIT;

		if (!m)
			continue;
		if (!have)
			TRY(available(cg, m, a, &have, e));
		if (list_has(have, w->controller))
			continue;
		enable(cg, m, w->controller, a, &why);
		TRY(available(cg, m, a, &have, e));
		if (list_has(have, w->controller) || w->asks_nothing)
			continue;
		/* EBUSY: a level on the way has processes of its own (no internal process constraint) */
		if (why.code == EBUSY)
			return err_say(e, EBUSY, "cgroup: %s needs the %s controller: %s", w->file,
				       w->controller, why.text);
		return controllers_missing(w, e);
	}
	return 0;
}
