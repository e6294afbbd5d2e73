/* The container's terminal. */
#include "life/console.h"

#include "base/own.h"
#include "sys/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
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

int console_send(const char *path, int master, struct err *e)
{
	static const char name[] = "/dev/ptmx"; /* callers only log it */
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)name, .iov_len = sizeof name - 1 };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof control.buf };
	own_fd s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return err_set(e, errno, "console socket");
	if (strlen(path) >= sizeof addr.sun_path)
		return err_set(e, ENAMETOOLONG, "console socket %s", path);
	strncpy(addr.sun_path, path, sizeof addr.sun_path - 1);
	if (connect(s, (struct sockaddr *)&addr, sizeof addr) < 0)
		return err_set(e, errno, "connect to console socket %s", path);
	struct cmsghdr *cm = CMSG_FIRSTHDR(&h);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &master, sizeof(int));
	if (sendmsg(s, &h, MSG_NOSIGNAL) < 0)
		return err_set(e, errno, "send the terminal to console socket %s", path);
	return 0;
}
