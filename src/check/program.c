/* The program: is it in the root file system? */
#include "check/check.h"

#include "base/own.h"
#include "sys/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Somebody mounts at or above the path: what is below is not ours to see. */
static bool is_mounted(const struct check *c, const char *cpath)
{
	for (size_t i = 0; i < c->plan.rootfs.mounts.n; i++) {
		const char *rest = str_after(cpath, c->plan.rootfs.mounts.v[i].cpath);

		if (rest && (*rest == '/' || !*rest))
			return true;
	}
	return false;
}

/* 0: may be executed; else the errno. What lies behind a mount counts as there. */
static int look(const struct check *c, int root_fd, const char *cpath)
{
	struct stat st;

	if (is_mounted(c, cpath))
		return 0;
	own_fd fd = beneath_open(root_fd, cpath, O_PATH, NULL);
	if (fd < 0)
		return -fd;
	if (fstat(fd, &st) < 0)
		return errno;
	return S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) && st.st_mode & 0111 ? 0 : EACCES;
}

static const char *find_env(const struct oci_strv *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (env->v[i] && str_after(env->v[i], name))
			return str_after(env->v[i], name);
	return NULL;
}

static bool is_in_path(const struct check *c, int root_fd, const char *name, const char *path)
{
	for (const char *dir = path;; dir++) {
		size_t n = strcspn(dir, ":");
		bool absolute = n && *dir == '/';
		const char *cwd = c->plan.process.cwd;
		const char *file = absolute ? arena_printf(c->arena, "%.*s/%s", (int)n, dir, name)
					    : arena_printf(c->arena, "%s/%.*s/%s", cwd, (int)n, dir, name);

		if (look(c, root_fd, file) == 0)
			return true;
		dir += n;
		if (!*dir)
			return false;
	}
}

static void check_args(struct check *c, int root_fd)
{
	const struct plan_process *p = &c->plan.process;
	const char *name = p->args.v[0], *path = find_env(&p->env, "PATH=");
	const char *cwd = p->cwd;

	if (!strchr(name, '/')) {
		if (!path)
			check_add(c, HUSK_WARNING, "process.env",
				  "there is no PATH to look the program up in",
				  "without it /bin and /usr/bin are searched");
		if (!is_in_path(c, root_fd, name, path ? path : "/bin:/usr/bin"))
			check_add(c, HUSK_WARNING, "process.args[0]",
				  arena_printf(c->arena, "'%s' is in no directory of PATH", name), "");
		return;
	}
	int r = look(c, root_fd, *name == '/' ? name : arena_printf(c->arena, "%s/%s", cwd, name));
	if (r)
		check_add(c, HUSK_WARNING, "process.args[0]",
			  arena_printf(c->arena, "%s in the root file system: %s", name, strerror(r)), "");
}

void check_program(struct check *c)
{
	if (!c->planned || !c->plan.has_process || !*c->plan.process.args.v[0])
		return;
	own_fd root = open(c->plan.rootfs.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	check_args(c, root);
	if (!is_mounted(c, c->plan.process.cwd)) {
		own_fd cwd = beneath_open(root, c->plan.process.cwd, O_PATH | O_DIRECTORY, NULL);

		if (cwd == -ENOENT)
			check_add(c, HUSK_NOTE, "process.cwd",
				  arena_printf(c->arena, "%s does not exist and will be made",
					       c->plan.process.cwd),
				  "");
		else if (cwd == -ENOTDIR)
			check_add(c, HUSK_ERROR, "process.cwd",
				  arena_printf(c->arena, "%s is not a directory", c->plan.process.cwd), "");
	}
}
