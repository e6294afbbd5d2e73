/* Enter the working directory and prove that it is inside the container. */
#include "confine/cwd.h"

#include "base/own.h"
#include "sys/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Through a magic link of /proc the path may lead to the root of a process that is not in the container: to
 * be entered that is cwd_verify()'s to refuse, but to be made it must not be followed at all.
 */
static int make(const char *cpath)
{
	own_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return -errno;
	own_fd dir = TRY(beneath_mkdir(root, cpath, 0755, NULL));
	return fchdir(dir) < 0 ? -errno : 0;
}

int cwd_enter(const char *cpath, bool create, struct err *e)
{
	int r = chdir(cpath) < 0 ? -errno : 0;

	if (r == -ENOENT && create)
		r = make(cpath);
	return r < 0 ? err_set(e, -r, "chdir to cwd \"%s\"", cpath) : 0;
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
