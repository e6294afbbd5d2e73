/* Run another program to its end. */
#include "life/helper.h"

#include "base/file.h"
#include "base/own.h"
#include "life/lane.h"
#include "life/sigreset.h"
#include "sys/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* The last bytes of what the program printed. */
struct tail {
	char text[512];
	size_t len;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A file, not a pipe: a program that does not read its input cannot block us or give us EPIPE. */
static int input_open(const char *input, struct err *e)
{
	if (!input) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_set(e, errno, "open /dev/null") : fd;
	}
	own_fd fd = memfd_create("husk-state", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "memfd_create");
	TRY(file_write_fd(fd, "memfd", input, strlen(input), e));
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, errno, "rewind memfd");
	return TAKE_FD(fd);
}

/* An output that goes to a file and is caught no more. */
static int redirect(const char *file, int fd)
{
	own_fd out = file ? open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600) : FD_NONE;

	if (file && (out < 0 || dup2(out, fd) < 0)) {
		dprintf(2, "open %s: %s", file, strerror(errno));
		return -errno;
	}
	return 0;
}

_Noreturn static void become(const struct helper *h, int in, int out)
{
	char *self[] = { (char *)(uintptr_t)h->path, NULL };

	(void)setpgid(0, 0);
	signals_reset();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (redirect(h->out_file, 1) < 0 || redirect(h->err_file, 2) < 0)
		_exit(126);
	struct err e = ERR_INIT;
	if (keep_only(3, NULL, 0, &e) < 0)
		_exit(126);
	if (h->dir && chdir(h->dir) < 0) {
		dprintf(2, "chdir %s: %s", h->dir, strerror(errno));
		_exit(126);
	}
	execve(h->path, h->args && h->args[0] ? h->args : self, h->env ? h->env : environ);
	dprintf(2, "execute %s: %s", h->path, strerror(errno));
	_exit(127);
}

static void tail_add(struct tail *t, const char *data, size_t n)
{
	if (n >= sizeof t->text) {
		data += n - sizeof t->text;
		n = sizeof t->text;
	}
	if (t->len + n > sizeof t->text) {
		size_t drop = t->len + n - sizeof t->text;
		memmove(t->text, t->text + drop, t->len - drop);
		t->len -= drop;
	}
	memcpy(t->text + t->len, data, n);
	t->len += n;
}

/* Read what is there now. Returns 0 at the end of file. */
static int drain(int fd, struct tail *t)
{
	char buf[1024];

	for (;;) {
		ssize_t n = read(fd, buf, sizeof buf);

		if (n > 0)
			tail_add(t, buf, (size_t)n);
		else if (n == 0)
			return 0;
		else if (errno != EINTR)
			return 1; /* EAGAIN: nothing more for now */
	}
}

/* Wait for the process, not for its pipe: somebody in the background may keep that open. -ETIMEDOUT when time
 * is up. */
static int watch(struct child *c, int out, int timeout, struct tail *t, int *ret_status)
{
	int64_t end = timeout > 0 ? now_ms() + (int64_t)timeout * 1000 : -1;
	bool open = true;

	for (;;) {
		pid_t pid = waitpid(c->pid, ret_status, WNOHANG);

		if (pid == c->pid)
			break;
		if (pid < 0 && errno != EINTR)
			return -errno;
		int64_t left = end < 0 ? 1000 : end - now_ms();
		if (end >= 0 && left <= 0)
			return -ETIMEDOUT;
		if (c->pidfd < 0 && left > 10)
			left = 10; /* no pidfd before 5.3: look again soon */
		struct pollfd p[2] = { { .fd = c->pidfd, .events = POLLIN },
				       { .fd = open ? out : -1, .events = POLLIN } };
		if (poll(p, 2, left > 1000 ? 1000 : (int)left) > 0 && p[1].revents && drain(out, t) == 0)
			open = false;
	}
	(void)drain(out, t);
	child_release(c);
	return 0;
}

/* One line: the rest of the output, trimmed, control characters made blanks. */
static const char *tail_line(struct tail *t, char *line, size_t size)
{
	size_t n = t->len < size - 3 ? t->len : size - 3;
	const char *from = t->text + (t->len - n);

	while (n && (unsigned char)from[n - 1] <= ' ')
		n--;
	if (!n)
		return "";
	memcpy(line, ": ", 2);
	for (size_t i = 0; i < n; i++)
		line[i + 2] = (unsigned char)from[i] < ' ' ? ' ' : from[i];
	line[n + 2] = '\0';
	return line;
}

int helper_run(const struct helper *h, struct err *e)
{
	struct tail tail = { .len = 0 };
	char line[sizeof tail.text + 3];
	int pipes[2], status = 0, in_cgroup;
	own_fd in = TRY(input_open(h->input, e));

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe");
	own_fd out = pipes[0];
	own_fd out_write = pipes[1];
	(void)fcntl(out, F_SETFL, O_NONBLOCK);
	own_child c = { .pidfd = FD_NONE };
	pid_t pid = sys_fork(0, FD_NONE, &c.pidfd, &in_cgroup);
	if (pid < 0)
		return err_set(e, -pid, "fork");
	if (pid == 0)
		become(h, in, out_write);
	c.pid = pid;
	(void)setpgid(pid, pid); /* both sides: whoever is first */
	own_fd_done(&out_write);
	int r = watch(&c, out, h->timeout, &tail, &status);
	if (r == -ETIMEDOUT) {
		(void)kill(-pid, SIGKILL);
		(void)drain(out, &tail);
		return err_say(e, ETIMEDOUT, "ran past its timeout of %d s and was killed%s", h->timeout,
			       tail_line(&tail, line, sizeof line));
	}
	if (r < 0)
		return err_set(e, -r, "wait for it");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_say(e, ECHILD, "killed by signal %d%s", WTERMSIG(status),
			       tail_line(&tail, line, sizeof line));
	return err_say(e, ECHILD, "exit status %d%s", WEXITSTATUS(status),
		       tail_line(&tail, line, sizeof line));
}
