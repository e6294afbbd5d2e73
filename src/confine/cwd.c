/* Enter the working directory and prove that it is inside the container. */
#include "confine/cwd.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mkdir -p: the last error is the one chdir() will report. */
static void make_parents(const char *cpath)
{
	char path[PATH_MAX];
	size_t n = strlen(cpath);

	if (n >= sizeof(path))
		return;
	memcpy(path, cpath, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		(void)mkdir(path, 0755);
		path[i] = cpath[i];
	}
}

int cwd_enter(const char *cpath, bool create, struct err *e)
{
	if (chdir(cpath) == 0)
		return 0;
	if (errno == ENOENT && create) {
		make_parents(cpath);
		if (chdir(cpath) == 0)
			return 0;
	}
	return err_set(e, errno, "chdir to cwd \"%s\"", cpath);
}

int cwd_verify(const char *cpath, struct err *e)
{
	char path[PATH_MAX];

	/* The system call, not getcwd(3): the kernel says "(unreachable)/..." of what the root cannot reach.
	 */
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return err_set(e, errno, "cwd \"%s\" has no place in the container", cpath);
	if (path[0] != '/')
		return err_say(e, EPERM, "cwd \"%s\" is outside of the container's root", cpath);
	return 0;
}
