/* The cgroupfs driver: directories made and removed by husk itself, in every mounted hierarchy. */
#include "cgroup/cgroupfs.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

enum {
	RACE_TRIES = 16,      /* a parent may vanish under a concurrent delete this often */
	BUSY_MS_MAX = 1000,   /* how long a dying process may keep its cgroup busy */
	BUSY_STEP_MS_MAX = 50 /* longest single wait */
};

/* A cgroup with the name that the plan gives to those who did not ask for a place is husk's own: a left-over
 * one is nobody else's. */
static bool is_own(const struct cgroup *cg)
{
	return str_after(strrchr(cg->path, '/'), "/husk-");
}

/*
 * A v1 cpuset starts empty, and no process may enter an empty one: it takes what its parent has (cpuset(7)).
 * A parent that is empty itself was made a moment ago, by somebody who has not come so far: we fill it, with
 * the same words.
 */
static int fill_cpuset(const char *dir, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char parent[PATH_MAX], path[PATH_MAX + 16];

	snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(dir, '/') - dir), dir);
	for (size_t i = 0; i < 2; i++) {
		own_arena a = arena_new();
		char *text;

		snprintf(path, sizeof path, "%s/%s", parent, files[i]);
		TRY(file_read(AT_FDCWD, path, 1 << 16, a, &text, NULL, e));
		if (str_eq(text, "\n")) {
			TRY(fill_cpuset(parent, e));
			TRY(file_read(AT_FDCWD, path, 1 << 16, a, &text, NULL, e));
		}
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		TRY(file_write_once(AT_FDCWD, path, text, e));
	}
	return 0;
}

/* 1: made, 0: was there, or -errno (ENOENT: its parent is missing). */
static int make_one(const struct cgroup_mount *m, const char *dir, struct err *e)
{
	if (mkdir(dir, 0755) < 0)
		return errno == EEXIST ? 0 : err_set(e, errno, "create cgroup %s", dir);
	int r = !m->v2 && strstr(m->controllers, "cpuset") ? fill_cpuset(dir, e) : 0;
	if (r < 0)
		(void)rmdir(dir);
	return r < 0 ? r : 1;
}

/* Remove the last `made` directories of the path; what is in use stays. */
static void unmake(const char *path, int made)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof dir, "%s", path);
	for (; made > 0 && rmdir(dir) == 0; made--)
		*strrchr(dir, '/') = '\0';
}

/*
 * Make the directory and the parents it lacks; the common case is one mkdir(). *made counts the directories
 * that are new: they are always the last ones of the path.
 */
static int make_path(const struct cgroup_mount *m, char *path, int *made, struct err *e)
{
	for (int tries = 0;; tries++) {
		int r = make_one(m, path, e);

		*made += r > 0;
		if (r != -ENOENT || tries == RACE_TRIES)
			return r;
		for (char *p = path + strlen(m->path) + 1; (p = strchr(p, '/')); p++) {
			*p = '\0';
			r = make_one(m, path, e);
			*p = '/';
			*made += r > 0;
			if (r < 0 && r != -ENOENT)
				return r;
		}
	}
}

/* A cgroup that was there before must be fit for a new container (config-linux.md, Control groups). */
static int check_fit(const struct cgroup *cg, struct err *e)
{
	own_arena a = arena_new();
	pid_t *pids;
	size_t n;

	TRY(cgroup_pids(cg, a, &pids, &n, e));
	if (n > 0)
		return err_say(e, EBUSY, "container's cgroup is not empty: %zu process%s in %s", n,
			       n == 1 ? "" : "es", cg->path);
	if (TRY(cgroup_frozen(cg, e)))
		return err_say(e, EBUSY, "container's cgroup is frozen: %s", cg->path);
	return 0;
}

static int make_all(struct cgroup *cg, int *made, struct err *e)
{
	const struct host *h = cg->host;

	for (size_t i = 0; i < h->cgroups.n; i++) {
		char path[PATH_MAX];

		TRY(hierarchy_path(path, &h->cgroups.v[i], cg, NULL, NULL, e));
		TRY(make_path(&h->cgroups.v[i], path, &made[i], e));
		if (&h->cgroups.v[i] == hierarchy_main(h) && made[i] == 0) {
			TRY(check_fit(cg, e));
			cg->keep = !is_own(cg);
		}
	}
	return 0;
}

static int create(struct cgroup *cg, const struct plan_cgroup *plan, int *ret_fd, struct err *e)
{
	const struct host *h = cg->host;
	own_arena a = arena_new();
	int *made = arena_array(a, h->cgroups.n, sizeof *made);

	if (h->cgroups.n == 0)
		return err_say(
			e, ENOENT,
			"cgroup: no cgroup file system is mounted; --cgroup-manager=disabled does without");
	cg->path = plan->path;
	cg->keep = false;
	int r = make_all(cg, made, e);
	if (r >= 0)
		r = cgroup_open(cg, NULL, ret_fd, e);
	for (size_t i = 0; r < 0 && i < h->cgroups.n; i++) {
		char path[PATH_MAX];

		if (made[i] && hierarchy_path(path, &h->cgroups.v[i], cg, NULL, NULL, NULL) >= 0)
			unmake(path, made[i]);
	}
	return r;
}

/* Remove what can be removed in the directory, and count it. 1: *ret is a child that cannot; 0: nothing is
 * left; or -errno. */
static int rmdir_children(int dir_fd, char ret[NAME_MAX + 1], size_t *ret_removed)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = fd < 0 ? NULL : fdopendir(fd);

	*ret_removed = 0;
	if (!dir)
		return -errno;
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		if (d->d_type != DT_DIR || str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
			continue;
		if (unlinkat(dir_fd, d->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
			++*ret_removed;
			continue;
		}
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		memcpy(ret, d->d_name, strlen(d->d_name) + 1);
		return 1;
	}
	return 0;
}

/*
 * Everything below the directory. By descriptor, one level at a time and without recursion: a container that
 * manages its cgroup can nest deeper than a path or a stack can hold.
 */
static int rmdir_below(const char *path)
{
	char name[NAME_MAX + 1];
	own_fd at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool went_down = false;

	if (at < 0)
		return errno == ENOENT ? 0 : -errno;
	for (size_t depth = 0, removed;;) {
		int r = rmdir_children(at, name, &removed);

		if (r < 0 || (r == 0 && depth == 0))
			return r;
		if (r == 0 && went_down && !removed)
			return -EBUSY; /* no child keeps it, so processes do */
		own_fd next = openat(at, r ? name : "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return errno == ENOENT ? 0 : -errno;
		went_down = r;
		depth = r ? depth + 1 : depth - 1;
		own_fd_done(&at);
		at = TAKE_FD(next);
	}
}

static int rmdir_tree(const char *path, struct err *e)
{
	int r = rmdir_below(path);

	if (r == 0 && rmdir(path) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? err_set(e, -r, "remove cgroup %s", path) : 0;
}

/* Until the last process is gone, or the time is over. cgroup2 tells; v1 has to be asked again and again. */
static void wait_empty(const char *path, int ms)
{
	char file[PATH_MAX + 16];
	uint64_t populated;

	snprintf(file, sizeof file, "%s/cgroup.events", path);
	own_fd fd = open(file, O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	if (fd >= 0 && hierarchy_keyed(fd, "populated", &populated) == 0 && populated)
		(void)poll(&p, 1, ms);
	else
		(void)poll(NULL, 0, ms);
}

static int remove_one(const char *path, struct err *e)
{
	int r = rmdir(path) < 0 && errno != ENOENT ? -errno : 0;

	for (int waited = 0, step = 1; r == -EBUSY && waited < BUSY_MS_MAX; waited += step) {
		r = rmdir_tree(path, e);
		if (r != -EBUSY)
			return r;
		step = step * 2 < BUSY_STEP_MS_MAX ? step * 2 : BUSY_STEP_MS_MAX;
		wait_empty(path, step);
	}
	return r < 0 && r != -EBUSY ? err_set(e, -r, "remove cgroup %s", path) : r;
}

/* Every hierarchy is tried; the first failure is told. */
static int remove_all(struct cgroup *cg, struct err *e)
{
	const struct host *h = cg->host;
	int r = 0;

	for (size_t i = 0; i < h->cgroups.n && !cg->keep; i++) {
		char path[PATH_MAX];

		TRY(hierarchy_path(path, &h->cgroups.v[i], cg, NULL, NULL, e));
		int one = remove_one(path, r < 0 ? NULL : e);
		r = r < 0 ? r : one;
	}
	return r;
}

const struct cgroup_driver cgroupfs_driver = { .name = "cgroupfs", .create = create, .remove = remove_all };
