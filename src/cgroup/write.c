/* Writing resource limits into the control files. */
#include "cgroup/write.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/controllers.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>

enum { WRITTEN = 1 };

/* checkBeforeUpdate: cgroup2 would answer a limit below the present usage with the OOM killer. */
static int check_usage(const struct cgroup *cg, const struct cgroup_mount *m, const struct plan_write *w,
		       struct err *e)
{
	own_arena a = arena_new();
	uint64_t usage, limit;
	char path[PATH_MAX], *text;

	if (!w->usage || !num_u64(w->value, &limit))
		return 0;
	TRY(hierarchy_path(path, m, cg, NULL, w->usage, e));
	TRY(file_read(AT_FDCWD, path, 64, a, &text, NULL, e));
	text[strcspn(text, "\n")] = '\0';
	if (num_u64(text, &usage) && usage > limit)
		return err_say(e, EBUSY, "cgroup: %s %s is below the present usage of %s bytes", w->file,
			       w->value, text);
	return 0;
}

/* WRITTEN, 0: left out, as the plan allows, or -errno. */
static int write_one(const struct cgroup *cg, const struct plan_write *w, struct err *e)
{
	const struct cgroup_mount *m = controllers_home(cg->host, w);
	char path[PATH_MAX];

	if (!m)
		return w->asks_nothing ? 0 : controllers_missing(w, e);
	TRY(hierarchy_path(path, m, cg, NULL, w->file, e));
	TRY(check_usage(cg, m, w, e));
	int r = file_write_once(AT_FDCWD, path, w->value, e);
	if (r == -ENOENT && (w->optional || w->asks_nothing)) {
		log_debug(cg->log, "cgroup: no %s here, '%s' is left out", w->file, w->value);
		return 0;
	}
	return r < 0 ? err_in(e, r, "cgroup") : WRITTEN;
}

int write_all(const struct cgroup *cg, const struct plan_write *v, size_t n, struct err *e)
{
	own_arena a = arena_new();
	const struct plan_write **again = arena_array(a, n, sizeof(void *));
	size_t n_again = 0;
	int r = WRITTEN;

	for (size_t i = 0; i < n; i++) {
		if (v[i].otherwise && r != 0)
			continue;
		r = write_one(cg, &v[i], e);
		if (r == -EINVAL || r == -EBUSY)
			again[n_again++] = &v[i];
		else
			TRY(r);
	}
	for (size_t i = 0; i < n_again; i++)
		TRY(write_one(cg, again[i], e));
	return 0;
}
