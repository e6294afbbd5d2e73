/* sd_notify(3) through the wall of the container. */
#include "life/notifysocket.h"

#include "base/str.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define DIRECTORY "notify"
#define SOCKET    "notify.sock"

enum { MESSAGE = 4096, BARRIER_MS = 30000, TICK_MS = 500 };

static const char *manager(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return !str_empty(path) && (*path == '/' || *path == '@') ? path : NULL;
}

char *notifysocket_dir(const char *root, const char *id, struct arena *a)
{
	return manager() ? arena_printf(a, "%s/%s/" DIRECTORY, root, id) : NULL;
}

int notifysocket_make(int dir_fd, struct err *e)
{
	if (!manager())
		return 0;
	/* chmod: whatever the umask, the container's user has to get through */
	if ((mkdirat(dir_fd, DIRECTORY, 0755) < 0 && errno != EEXIST) ||
	    fchmodat(dir_fd, DIRECTORY, 0755, 0) < 0)
		return err_set(e, errno, "make the directory of the notify socket");
	return 0;
}

/* A leading @ stands for the NUL of an abstract name (unix(7)). */
static int set_manager(const char *path, struct notifysocket *n, struct err *e)
{
	size_t len = strlen(path);

	n->manager = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len >= sizeof n->manager.sun_path)
		return err_say(e, ENAMETOOLONG, "NOTIFY_SOCKET: %.32s... is too long", path);
	memcpy(n->manager.sun_path, path, len);
	if (*path == '@')
		n->manager.sun_path[0] = '\0';
	n->manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*path == '/'));
	return 0;
}

int notifysocket_open(int dir_fd, pid_t pid, struct notifysocket *ret, struct err *e)
{
	struct notifysocket n = { .fd = FD_NONE, .pid = pid };
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	own_fd dir = openat(dir_fd, DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *path = manager();

	if (dir < 0 || !path)
		return 0;
	TRY(set_manager(path, &n, e));
	own_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, errno, "notify socket");
	/* the way there may be longer than a socket's name */
	snprintf(own.sun_path, sizeof own.sun_path, "/proc/self/fd/%d/" SOCKET, dir);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0 || fchmodat(dir, SOCKET, 0777, 0) < 0)
		return err_set(e, errno, "bind the notify socket");
	n.fd = TAKE_FD(fd);
	*ret = n;
	return 0;
}

void notifysocket_done(struct notifysocket *n)
{
	own_fd_done(&n->fd);
}

static void tell(const struct notifysocket *n, const char *text, size_t len, int ride)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (char *)(uintptr_t)text, .iov_len = len };
	struct msghdr m = { .msg_name = (void *)(uintptr_t)&n->manager,
			    .msg_namelen = n->manager_len,
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };

	if (ride >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof ride);
		memcpy(CMSG_DATA(c), &ride, sizeof ride);
	}
	(void)sendmsg(n->fd, &m, MSG_NOSIGNAL); /* a manager that is gone is no concern of the container's */
}

/* What a program may say about itself. Not MAINPID, which it cannot know, nor anything that asks for more. */
static bool may_pass(const char *line)
{
	static const char *const keys[] = {
		"READY=", "RELOADING=",           "STOPPING=",       "STATUS=",
		"ERRNO=", "EXTEND_TIMEOUT_USEC=", "MONOTONIC_USEC=", "WATCHDOG=1"
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (str_after(line, keys[i]))
			return true;
	return false;
}

static bool pass_on(const struct notifysocket *n, char *message)
{
	char out[MESSAGE + 32], *save = NULL;
	bool ready = false;
	size_t len = 0;

	for (char *l = strtok_r(message, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if (!may_pass(l))
			continue;
		ready |= str_eq(l, "READY=1");
		len += (size_t)snprintf(out + len, sizeof out - len, "%s\n", l);
	}
	if (ready)
		len += (size_t)snprintf(out + len, sizeof out - len, "MAINPID=%d\n", n->pid);
	if (len)
		tell(n, out, len, FD_NONE);
	return ready;
}

bool notifysocket_pump(const struct notifysocket *n)
{
	char message[MESSAGE];
	bool ready = false;
	ssize_t len;

	/* descriptors that come along are closed by the kernel: a barrier of the program's is done at once */
	while ((len = recv(n->fd, message, sizeof message - 1, 0)) >= 0) {
		message[len] = '\0';
		ready |= pass_on(n, message);
	}
	return ready;
}

/* The manager closes its copy when it has read all that came before (sd_notify_barrier(3)). */
static void barrier(const struct notifysocket *n)
{
	static const char text[] = "BARRIER=1";
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return;
	own_fd in = pipes[0];
	own_fd out = pipes[1];
	tell(n, text, sizeof text - 1, out);
	own_fd_done(&out);
	struct pollfd p = { .fd = in };
	while (poll(&p, 1, BARRIER_MS) < 0 && errno == EINTR)
		;
}

void notifysocket_wait(const struct notifysocket *n, int pidfd)
{
	struct pollfd p[2] = { { .fd = n->fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	while (n->fd >= 0) {
		if (poll(p, 2, TICK_MS) < 0 && errno != EINTR)
			return;
		bool gone = pidfd >= 0 ? p[1].revents : kill(n->pid, 0) < 0 && errno == ESRCH;
		if (notifysocket_pump(n)) {
			barrier(n);
			return;
		}
		if (gone)
			return;
	}
}
