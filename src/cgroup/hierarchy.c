/* Walking and naming the directories of a cgroup. */
#include "cgroup/hierarchy.h"

#include "base/num.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <string.h>

int hierarchy_path(char ret[PATH_MAX], const struct cgroup_mount *m, const struct cgroup *cg, const char *sub,
		   const char *file, struct err *e)
{
	int n = snprintf(ret, PATH_MAX, "%s%s%s%s%s%s", m->path, cg->path, sub ? "/" : "", sub ? sub : "",
			 file ? "/" : "", file ? file : "");

	return n < PATH_MAX ? 0 : err_set(e, ENAMETOOLONG, "cgroup %s", cg->path);
}

const struct cgroup_mount *hierarchy_v2(const struct host *h)
{
	const struct cgroup_mount *last = h->cgroups.n ? &h->cgroups.v[h->cgroups.n - 1] : NULL;

	return last && last->v2 ? last : NULL;
}

const struct cgroup_mount *hierarchy_main(const struct host *h)
{
	const struct cgroup_mount *m = hierarchy_v2(h);

	if (!m)
		m = host_cgroup_find(h, "freezer");
	return m || !h->cgroups.n ? m : &h->cgroups.v[0];
}

int hierarchy_list(const char *path, struct arena *a, char ***ret, size_t *ret_n, struct err *e)
{
	size_t n = 0, cap = 0;
	char **v = arena_grow(a, NULL, &cap, 1, sizeof *v);

	v[n++] = arena_strdup(a, path);
	for (size_t i = 0; i < n; i++) {
		own_dir dir = opendir(v[i]);

		if (!dir && errno == ENOENT)
			continue;
		if (!dir)
			return err_set(e, errno, "open %s", v[i]);
		for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
			if (d->d_type != DT_DIR || str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
				continue;
			v = arena_grow(a, v, &cap, n + 1, sizeof *v);
			v[n++] = arena_printf(a, "%s/%s", v[i], d->d_name);
		}
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

int hierarchy_keyed(int fd, const char *key, uint64_t *ret)
{
	char text[4096], *save = NULL;
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		const char *value = str_after(l, key);

		if (value && *value == ' ' && num_u64(value + 1, ret))
			return 0;
	}
	return -ENODATA;
}
