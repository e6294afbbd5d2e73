/* Changing the limits of a living cgroup: all of them, or as far as possible none. */
#include "cgroup/cgroup.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/controllers.h"
#include "cgroup/hierarchy.h"
#include "cgroup/write.h"

#include <fcntl.h>

enum { TEXT_MAX = 1 << 20 };

/* The file that a write changes, as it reads now; NULL: there is none, or it cannot be read. */
static char *read_now(const struct cgroup *cg, const struct plan_write *w, struct arena *a)
{
	const struct cgroup_mount *m = controllers_home(cg->host, w);
	char path[PATH_MAX], *text;

	if (!m || hierarchy_path(path, m, cg, NULL, w->file, NULL) < 0 ||
	    file_read(AT_FDCWD, path, TEXT_MAX, a, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

/*
 * The earlier value, such that it can be written: of several lines the one that belongs to the same device or
 * interface as what was written, else the first. NULL: a device without a line, and no word for "none".
 */
static char *old_value(const struct plan_write *w, const char *old, struct arena *a)
{
	size_t key = strcspn(w->value, " "), len;

	for (const char *l = old; *l; l += len + (l[len] != '\0')) {
		len = strcspn(l, "\n");
		if (strncmp(l, w->value, key) == 0 && l[key] == ' ')
			return arena_strndup(a, l, len);
	}
	return *old && !strchr(w->value, ':') ? arena_strndup(a, old, strcspn(old, "\n")) : NULL;
}

static bool differs(const struct cgroup *cg, const struct plan_write *w, const char *old, struct arena *a)
{
	const char *now = old ? read_now(cg, w, a) : NULL;

	return now && !str_eq(now, old);
}

/* Bring back what was there; two rounds, because one limit may stand in the way of another. */
static void restore(const struct cgroup *cg, const struct plan_cgroup *plan, char *const *old,
		    struct arena *a, struct err *e)
{
	struct strbuf left = STRBUF(a);
	bool any = false;

	for (int round = 0; round < 2; round++)
		for (size_t i = plan->writes.n; i-- > 0;) {
			struct plan_write w = plan->writes.v[i];

			if (!differs(cg, &w, old[i], a))
				continue;
			any = true;
			w.value = old_value(&w, old[i], a);
			w.usage = NULL;
			w.otherwise = false;
			if (w.value)
				(void)write_all(cg, &w, 1, NULL);
		}
	for (size_t i = 0; i < plan->writes.n; i++)
		if (differs(cg, &plan->writes.v[i], old[i], a))
			strbuf_printf(&left, "%s%s", left.len ? ", " : "", plan->writes.v[i].file);
	if (!e)
		return;
	struct err why = *e;
	if (left.len)
		(void)err_say(e, why.code, "%s (changed and not restored: %s)", why.text, left.text);
	else if (any)
		(void)err_say(e, why.code, "%s (everything else is as it was)", why.text);
}

int cgroup_update(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *e)
{
	own_arena a = arena_new();
	char **old = arena_array(a, plan->writes.n, sizeof *old);

	for (size_t i = 0; i < plan->writes.n; i++)
		old[i] = read_now(cg, &plan->writes.v[i], a);
	int r = cgroup_apply(cg, plan, e);
	if (r < 0)
		restore(cg, plan, old, a, e);
	return r;
}
