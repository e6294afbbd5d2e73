/* The container's terminal. */
#include "life/console.h"

#include "base/own.h"
#include "base/scm.h"
#include "sys/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static int check_multiplexer(int fd, struct err *e)
{
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return err_set(e, errno, "check /dev/pts/ptmx");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) || fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_say(e, ENOTTY, "/dev/pts/ptmx is not the multiplexer of a devpts");
	return 0;
}

int console_open(int root_fd, const struct plan_process *p, int *ret_master, int *ret_slave, struct err *e)
{
	int unlock = 0;
	own_fd master = TRY_IN(beneath_open(root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, e), e,
			       "create terminal");

	TRY_IN(check_multiplexer(master, e), e, "create terminal");
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_set(e, errno, "create terminal: unlock");
	own_fd slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_set(e, errno, "create terminal: open its slave");
	if (p->rows || p->columns) {
		struct winsize w = { .ws_row = p->rows, .ws_col = p->columns };
		if (ioctl(master, TIOCSWINSZ, &w) < 0)
			return err_set(e, errno, "create terminal: set its size");
	}
	*ret_master = TAKE_FD(master);
	*ret_slave = TAKE_FD(slave);
	return 0;
}

int console_attach(int slave, const struct plan_process *p, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_set(e, errno, "make the terminal our controlling one");
	/* the program may want to reopen it as /dev/stdout; a user namespace without that id cannot, and need
	 * not, change it */
	if (fchown(slave, p->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL && errno != EROFS)
		return err_set(e, errno, "give the terminal to uid %u", p->uid);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_set(e, errno, "attach the terminal");
	return 0;
}

int console_send(const char *path, int fd, struct err *e)
{
	static const char name[] = "/dev/ptmx"; /* callers only log it */
	own_fd s = TRY_IN(scm_connect(path, e), e, "console socket");
	int r = scm_send(s, name, sizeof name - 1, &fd, 1);

	return r < 0 ? err_set(e, -r, "console socket %s", path) : 0;
}
