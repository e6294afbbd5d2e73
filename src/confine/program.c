/* Find the program to execute as execvp() would, and say in the callers' words why it cannot be. */
#include "base/str.h"
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Where PATH is unset: the C library's own default (execvp(3)). */
#define DEFAULT_PATH "/bin:/usr/bin"

/* 0 if `path` can be executed by the effective user, else -errno. */
static int program_check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	/* Anything but a plain no (an outer filter that does not know faccessat2, say) is left to execve().
	 */
	return errno == EACCES ? -EACCES : 0;
}

/* access(2) says no for all that is below a mount with noexec, whatever the mode. */
static const char *denied_why(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && fs.f_flag & ST_NOEXEC ? ": its file system is mounted noexec" : "";
}

/* exec: "x": ... The lower case words are what podman, moby and CRI-O look for. */
static int program_err(struct err *e, const char *name, const char *path, int r)
{
	switch (-r) {
	case EACCES:
		return err_say(e, EACCES, "exec: \"%s\": permission denied%s", name, denied_why(path));
	case EISDIR:
		return err_say(e, EISDIR, "exec: \"%s\": is a directory", name);
	case ENOENT:
		return err_say(e, ENOENT, "exec: \"%s\": stat %s: no such file or directory", name, name);
	case ENOTDIR:
		return err_say(e, ENOTDIR, "exec: \"%s\": stat %s: not a directory", name, name);
	default:
		return err_set(e, -r, "exec: \"%s\": stat %s", name, name);
	}
}

static const char *path_of(const struct oci_strv *env)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *path = str_after(env->v[i], "PATH=");
		if (path)
			return path;
	}
	return DEFAULT_PATH;
}

static int program_search(const char *name, const char *path, struct arena *a, const char **ret,
			  struct err *e)
{
	const char *denied = NULL;

	for (const char *dir = path;; dir++) {
		size_t n = strcspn(dir, ":");
		/* An empty element is the working directory (POSIX, XBD 8.3). */
		const char *file =
			n ? arena_printf(a, "%.*s/%s", (int)n, dir, name) : arena_printf(a, "./%s", name);
		int found = n < PATH_MAX ? program_check(file) : -ENAMETOOLONG;
		if (found == 0) {
			*ret = file;
			return 0;
		}
		if (found == -EACCES)
			denied = file; /* go on, but remember that there was one */
		dir += n;
		if (!*dir)
			break;
	}
	if (denied)
		return program_err(e, name, denied, -EACCES);
	return err_say(e, ENOENT,
		       "exec: \"%s\": executable file not found in $PATH: no such file or directory", name);
}

int program_find(const struct plan_process *p, struct arena *a, const char **ret, struct err *e)
{
	if (p->args.n == 0)
		return err_say(e, EINVAL, "exec: process.args is empty");

	const char *name = p->args.v[0];
	if (!strchr(name, '/') && *name)
		return program_search(name, path_of(&p->env), a, ret, e);
	int r = program_check(name);
	if (r < 0)
		return *name ? program_err(e, name, name, r)
			     : err_say(e, ENOENT,
				       "exec: \"\": executable file not found in $PATH: no such file or "
				       "directory");
	*ret = name;
	return 0;
}
