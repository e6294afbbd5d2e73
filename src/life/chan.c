/* The socket between the two lanes. */
#include "life/chan.h"

#include "base/own.h"
#include "base/scm.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum kind { KIND_STEP, KIND_FAIL, KIND_LOG };

/* One datagram. Both ends are the same program, so native layout will do; lengths are checked all the same.
 */
struct message {
	uint32_t kind;
	uint32_t step; /* STEP: which; LOG: the level */
	int32_t code;  /* FAIL: the errno */
	char text[sizeof(((struct err *)0)->text)];
};

#define HEAD offsetof(struct message, text)

static const char *const names[] = {
#define STEP_NAME(name, meaning) [STEP_##name] = #name,
	LIFE_STEPS(STEP_NAME) JOIN_STEPS(STEP_NAME)
#undef STEP_NAME
};

const char *step_name(enum step s)
{
	return (size_t)s < sizeof names / sizeof *names ? names[s] : "?";
}

int chan_pair(struct chan *ret_parent, struct chan *ret_child, struct err *e)
{
	int sv[2];
	const int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return err_set(e, errno, "socketpair");
	*ret_parent = (struct chan){ .fd = sv[0] };
	*ret_child = (struct chan){ .fd = sv[1] };
	if (setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
		int r = err_set(e, errno, "set SO_PASSCRED");
		(void)close(sv[0]);
		(void)close(sv[1]);
		return r;
	}
	return 0;
}

static int put(struct chan *c, const struct message *m, size_t text_len, const int *fds, size_t n_fds)
{
	return scm_send(c->fd, m, HEAD + text_len, fds, n_fds);
}

int chan_send(struct chan *c, enum step step, const int *fds, size_t n_fds, struct err *e)
{
	struct message m = { .kind = KIND_STEP, .step = step };
	int r = put(c, &m, 0, fds, n_fds);

	c->gone = r == -EPIPE || r == -ECONNRESET;
	return r < 0 ? err_set(e, -r, "tell the other lane %s", step_name(step)) : 0;
}

void chan_fail(struct chan *c, const struct err *e)
{
	struct message m = { .kind = KIND_FAIL, .code = e->code };

	memcpy(m.text, e->text, e->len);
	(void)put(c, &m, e->len, NULL, 0);
}

void chan_log_sink(void *arg, enum log_level level, const char *text)
{
	struct message m = { .kind = KIND_LOG, .step = level };
	size_t n = strnlen(text, sizeof m.text - 1);

	memcpy(m.text, text, n);
	(void)put(arg, &m, n, NULL, 0);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)close(fds[i]);
}

/* Room for the descriptors of one message, and for the kernel's word on who sent it. */
union control {
	char buf[CMSG_SPACE(sizeof(int) * SCM_MAX) + CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr align;
};

/* A side without SO_PASSCRED has that much room for more descriptors than SCM_MAX. */
enum { FDS_ROOM = sizeof(union control) / sizeof(int) };

/* Descriptors and credentials of one message. Returns the number of descriptors. */
static size_t take_control(struct msghdr *h, pid_t *ret_pid, int fds[FDS_ROOM])
{
	size_t n_fds = 0;

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(h); cm; cm = CMSG_NXTHDR(h, cm)) {
		if (cm->cmsg_level != SOL_SOCKET)
			continue;
		if (cm->cmsg_type == SCM_CREDENTIALS) {
			struct ucred u;
			memcpy(&u, CMSG_DATA(cm), sizeof u);
			*ret_pid = u.pid;
		} else if (cm->cmsg_type == SCM_RIGHTS) {
			n_fds = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(cm), n_fds * sizeof(int));
		}
	}
	return n_fds;
}

/* One datagram into *m, NUL-terminated. Returns the text's length, or -errno with no descriptor taken;
 * -ECONNRESET at the end of file. */
static ssize_t get(struct chan *c, struct message *m, int fds[FDS_ROOM], size_t *ret_n_fds)
{
	union control control;
	struct iovec iov = { .iov_base = m, .iov_len = sizeof *m - 1 };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.buf,
			    .msg_controllen = sizeof control.buf };
	ssize_t n;

	do {
		n = recvmsg(c->fd, &h, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_n_fds = take_control(&h, &c->peer, fds);
	if (n >= (ssize_t)HEAD && !(h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		((char *)m)[n] = '\0';
		return n - (ssize_t)HEAD;
	}
	close_all(fds, *ret_n_fds);
	return n == 0 ? -ECONNRESET : -EPROTO;
}

int chan_expect(struct chan *c, enum step step, int *ret_fds, size_t n_fds, struct err *e)
{
	struct message m;
	int fds[FDS_ROOM];
	size_t got = 0;

	for (;;) {
		ssize_t len = get(c, &m, fds, &got);

		c->gone = len == -ECONNRESET;
		if (c->gone)
			return err_say(e, ECONNRESET, "the other lane died before %s", step_name(step));
		if (len < 0)
			return err_set(e, (int)-len, "wait for %s", step_name(step));
		if (m.kind != KIND_LOG)
			break;
		close_all(fds, got);
		if (m.step <= LOG_WARN)
			log_warn(c->log, "%s", m.text);
		else
			log_debug(c->log, "%s", m.text);
	}
	if (m.kind == KIND_FAIL) {
		close_all(fds, got);
		return err_say(e, m.code, "%s", m.text);
	}
	if (m.kind != KIND_STEP || m.step != step || got != n_fds) {
		close_all(fds, got);
		return err_say(e, EPROTO, "expected %s with %zu descriptors, got %s with %zu",
			       step_name(step), n_fds, m.kind == KIND_STEP ? step_name(m.step) : "nonsense",
			       got);
	}
	if (got)
		memcpy(ret_fds, fds, got * sizeof(int));
	return 0;
}

int chan_expect_end(struct chan *c, struct err *e)
{
	int r = chan_expect(c, STEP_NONE, NULL, 0, e);

	return c->gone ? 0 : r;
}
