/* The start gate. */
#include "life/gate.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { PASSING = '.' };

int gate_make(int dir_fd, struct gate *ret, struct err *e)
{
	if (mkfifoat(dir_fd, "go", 0600) < 0 || mkfifoat(dir_fd, "result", 0600) < 0)
		return err_set(e, errno, "create the start gate");
	/* O_RDWR: neither end blocks at open, and reading `go` waits instead of ending */
	own_fd go = openat(dir_fd, "go", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	own_fd result = openat(dir_fd, "result", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (go < 0 || result < 0)
		return err_set(e, errno, "open the start gate");
	ret->go = TAKE_FD(go);
	ret->result = TAKE_FD(result);
	return 0;
}

void gate_done(struct gate *g)
{
	own_fd_done(&g->go);
	own_fd_done(&g->result);
}

static ssize_t read_again(int fd, void *buf, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, buf, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t write_again(int fd, const void *buf, size_t size)
{
	ssize_t n;

	do {
		n = write(fd, buf, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

int gate_wait(struct gate *g, struct err *e)
{
	char c;

	if (read_again(g->go, &c, 1) != 1)
		return err_set(e, errno, "wait for start");
	own_fd_done(&g->go);
	return 0;
}

int gate_passing(struct gate *g, struct err *e)
{
	const char c = PASSING;

	return write_again(g->result, &c, 1) == 1 ? 0 : err_set(e, errno, "report to start");
}

void gate_fail(struct gate *g, const struct err *e)
{
	(void)write_again(g->result, &e->code, sizeof e->code);
	(void)write_again(g->result, e->text, e->len);
}

void gate_explain(struct gate *g, const char *more)
{
	(void)write_again(g->result, more, strlen(more));
}

/* "." if the next thing was execve, the errno, the text. */
static int failure(const char *text, size_t len, struct err *e)
{
	bool passed = text[0] == PASSING;
	size_t head = passed + sizeof e->code;
	int code = ECHILD;

	if (len <= head)
		return err_say(e, ECHILD, "the container's init died before it could execute the program");
	memcpy(&code, text + passed, sizeof code);
	(void)err_say(e, code, "%s", text + head);
	return passed ? -ENOEXEC : -ECANCELED;
}

bool gate_closed(int dir_fd)
{
	own_fd go = openat(dir_fd, "go", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return go >= 0; /* ENXIO: nobody reads */
}

int gate_open(int dir_fd, struct err *e)
{
	char text[1 + sizeof e->code + sizeof e->text]; /* as failure() takes it apart */
	size_t len = 0;
	const char c = PASSING;

	/* non-blocking only to open: without init there would be no writer to wait for */
	own_fd result = openat(dir_fd, "result", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	/* O_RDWR: no SIGPIPE when init is gone; `result` tells */
	own_fd go = openat(dir_fd, "go", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (result < 0 || go < 0)
		return err_set(e, errno, "open the start gate");
	if (fcntl(result, F_SETFL, 0) < 0 || write_again(go, &c, 1) != 1)
		return err_set(e, errno, "open the start gate");
	own_fd_done(&go);
	while (len < sizeof text - 1) {
		ssize_t n = read_again(result, text + len, sizeof text - 1 - len);

		if (n < 0)
			return err_set(e, errno, "wait for the program to start");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	if (len == 1 && text[0] == PASSING)
		return 0;
	return failure(text, len, e);
}
