/* The protocol of the two lanes: at every step the peer keeps it, fails, dies or lies. */
#include "life/chan.h"

#include "../unit/confine/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static const enum step steps[] = {
#define STEP_VALUE(name, meaning) STEP_##name,
	LIFE_STEPS(STEP_VALUE) JOIN_STEPS(STEP_VALUE)
#undef STEP_VALUE
};
enum { N_STEPS = sizeof steps / sizeof *steps, TOO_MANY = 9 };

/* A datagram as chan.c lays it out, for lies. */
struct raw {
	uint32_t kind, step;
	int32_t code;
	char text[2000];
};
enum { HEAD = offsetof(struct raw, text), STEP = 0, FAIL = 1, LOG = 2 };

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void send_raw(int fd, uint32_t kind, uint32_t step, size_t len, size_t n_fds)
{
	struct raw m = { .kind = kind, .step = step, .code = 5 };
	union {
		char buf[CMSG_SPACE(sizeof(int) * 16)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { &m, len };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	memset(m.text, 'x', sizeof m.text);
	if (n_fds) {
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof fd);
	}
	CHECK(sendmsg(fd, &h, MSG_NOSIGNAL) == (ssize_t)len);
}

/* What the peer does, which side of the pair it is, and what we expect of it. */
struct peer {
	void (*act)(struct chan *c, enum step step);
	bool is_parent;
	size_t n_fds;
};

/* The peer acts in a process of its own; we expect `step`. Nothing may leak here, whatever it did. */
static int meet(const struct peer *p, enum step step, struct chan *ret, const struct log *log, struct err *e)
{
	struct chan ends[2];
	int fds[TOO_MANY], before = open_fds();

	cr_assert_eq(chan_pair(&ends[0], &ends[1], e), 0);
	struct chan *ours = &ends[p->is_parent], *theirs = &ends[!p->is_parent];
	ours->log = log;
	pid_t pid = fork();
	if (pid == 0) {
		close(ours->fd);
		p->act(theirs, step);
		_exit(0);
	}
	close(theirs->fd);
	int r = chan_expect(ours, step, fds, p->n_fds, e);
	for (size_t i = 0; r == 0 && i < p->n_fds; i++) {
		cr_assert(fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
		close(fds[i]);
	}
	int status;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	close(ours->fd);
	cr_assert_eq(open_fds(), before, "%s: descriptors leaked", step_name(step));
	*ret = *ours;
	if (!p->is_parent && r != -ECONNRESET)
		cr_assert_eq(ours->peer, pid);
	return r;
}

static void keep(struct chan *c, enum step step)
{
	struct err e;

	CHECK(chan_send(c, step, NULL, 0, &e) == 0);
}

static void keep_with_fds(struct chan *c, enum step step)
{
	const int fds[] = { 0, 1 };
	struct err e;

	CHECK(chan_send(c, step, fds, 2, &e) == 0);
}

static void fail(struct chan *c, enum step step)
{
	struct err e;

	err_set(&e, ENOSPC, "mount /proc at %s", step_name(step));
	chan_fail(c, &e);
}

static void fail_like_death(struct chan *c, enum step step)
{
	struct err e;

	(void)step;
	err_set(&e, ECONNRESET, "console socket");
	chan_fail(c, &e);
}

static void die(struct chan *c, enum step step)
{
	(void)c;
	(void)step;
}

static void lie_step(struct chan *c, enum step step)
{
	send_raw(c->fd, STEP, step == STEP_BORN ? STEP_READY : STEP_BORN, HEAD, 0);
}

static void lie_no_step(struct chan *c, enum step step)
{
	(void)step;
	send_raw(c->fd, STEP, 4711, HEAD, 0);
}

static void lie_kind(struct chan *c, enum step step)
{
	send_raw(c->fd, 99, step, HEAD + 3, 1);
}

static void lie_short(struct chan *c, enum step step)
{
	send_raw(c->fd, STEP, step, HEAD - 1, 1);
}

static void lie_long(struct chan *c, enum step step)
{
	send_raw(c->fd, FAIL, step, sizeof(struct raw), 1);
}

static void lie_fds(struct chan *c, enum step step)
{
	send_raw(c->fd, STEP, step, HEAD, 1);
}

static void lie_many_fds(struct chan *c, enum step step)
{
	send_raw(c->fd, STEP, step, HEAD, 16);
}

static void lie_more_fds(struct chan *c, enum step step)
{
	send_raw(c->fd, STEP, step, HEAD, TOO_MANY);
}

static void fail_with_fds(struct chan *c, enum step step)
{
	send_raw(c->fd, FAIL, step, HEAD + 10, 2);
}

Test(chan, every_step_kept)
{
	struct err e = ERR_INIT;
	struct chan c;

	for (size_t i = 0; i < N_STEPS; i++)
		for (int side = 0; side < 2; side++) {
			cr_assert_eq(meet(&(struct peer){ keep, side, 0 }, steps[i], &c, NULL, &e), 0, "%s",
				     e.text);
			cr_assert_eq(meet(&(struct peer){ keep_with_fds, side, 2 }, steps[i], &c, NULL, &e),
				     0, "%s", e.text);
		}
}

Test(chan, every_step_failed)
{
	struct err e = ERR_INIT;
	struct chan c;
	char text[100];

	for (size_t i = 0; i < N_STEPS; i++) {
		cr_assert_eq(meet(&(struct peer){ fail, false, 0 }, steps[i], &c, NULL, &e), -ENOSPC);
		snprintf(text, sizeof text, "mount /proc at %s: No space left on device",
			 step_name(steps[i]));
		cr_assert_str_eq(e.text, text);
		cr_assert_not(c.gone);
		cr_assert_lt(meet(&(struct peer){ fail_like_death, false, 0 }, steps[i], &c, NULL, &e), 0);
		cr_assert_str_eq(e.text, "console socket: Connection reset by peer");
		cr_assert_not(c.gone, "a failure of that name is not a death");
		cr_assert_eq(meet(&(struct peer){ fail_with_fds, true, 0 }, steps[i], &c, NULL, &e), -5);
		cr_assert_str_eq(e.text, "xxxxxxxxxx");
	}
}

Test(chan, every_step_died)
{
	struct err e = ERR_INIT;
	struct chan c;
	char text[100];

	for (size_t i = 0; i < N_STEPS; i++)
		for (int side = 0; side < 2; side++) {
			cr_assert_eq(meet(&(struct peer){ die, side, 0 }, steps[i], &c, NULL, &e),
				     -ECONNRESET);
			snprintf(text, sizeof text, "the other lane died before %s", step_name(steps[i]));
			cr_assert_str_eq(e.text, text);
			cr_assert(c.gone);
		}
}

static void is_lie(void (*act)(struct chan *, enum step), const char *before, const char *after)
{
	struct err e = ERR_INIT;
	struct chan c;
	char text[120];

	for (size_t i = 0; i < N_STEPS; i++)
		for (int side = 0; side < 2; side++) {
			cr_assert_eq(meet(&(struct peer){ act, side, 0 }, steps[i], &c, NULL, &e), -EPROTO);
			snprintf(text, sizeof text, "%s%s%s", before, step_name(steps[i]), after);
			cr_assert(strncmp(e.text, text, strlen(text)) == 0, "%s", e.text);
			cr_assert_not(c.gone);
		}
}

Test(chan, wrong_step)
{
	is_lie(lie_step, "expected ", " with 0 descriptors, got ");
	is_lie(lie_no_step, "expected ", " with 0 descriptors, got ? with 0");
}

Test(chan, wrong_kind)
{
	is_lie(lie_kind, "expected ", " with 0 descriptors, got nonsense with 1");
}

Test(chan, wrong_length)
{
	is_lie(lie_short, "wait for ", ": Protocol error");
	is_lie(lie_long, "wait for ", ": Protocol error");
}

Test(chan, wrong_number_of_fds)
{
	is_lie(lie_fds, "expected ", " with 0 descriptors, got ");
	is_lie(lie_many_fds, "wait for ", ": Protocol error");
}

/* Without SO_PASSCRED there is room for more than SCM_MAX descriptors. */
Test(chan, more_fds_than_any_step_has)
{
	struct err e = ERR_INIT;
	struct chan c;

	cr_assert_eq(meet(&(struct peer){ lie_more_fds, true, 0 }, STEP_READY, &c, NULL, &e), -EPROTO);
	cr_assert_eq(meet(&(struct peer){ lie_more_fds, false, 0 }, STEP_READY, &c, NULL, &e), -EPROTO);
}

static void keep_missing_fds(struct chan *c, enum step step)
{
	keep(c, step);
}

Test(chan, missing_fds)
{
	struct err e = ERR_INIT;
	struct chan c;

	cr_assert_eq(meet(&(struct peer){ keep_missing_fds, false, 2 }, STEP_READY, &c, NULL, &e), -EPROTO);
	cr_assert_str_eq(e.text, "expected READY with 2 descriptors, got READY with 0");
}

static void talk(struct chan *c, enum step step)
{
	struct log log = { .sink = chan_log_sink, .arg = c, .level = LOG_DEBUG };
	struct err e;

	log_warn(&log, "first %d", 1);
	log_debug(&log, "second");
	send_raw(c->fd, LOG, LOG_WARN, HEAD + 4, 2);
	CHECK(chan_send(c, step, NULL, 0, &e) == 0);
}

static void collect(void *arg, enum log_level level, const char *text)
{
	char *all = arg;
	size_t n = strlen(all);

	snprintf(all + n, 200 - n, "%d:%s;", (int)level, text);
}

Test(chan, log_lines_in_between)
{
	struct err e = ERR_INIT;
	struct chan c;

	for (size_t i = 0; i < N_STEPS; i++) {
		char all[200] = "";
		struct log log = { .sink = collect, .arg = all, .level = LOG_DEBUG };

		cr_assert_eq(meet(&(struct peer){ talk, false, 0 }, steps[i], &c, &log, &e), 0, "%s", e.text);
		cr_assert_str_eq(all, "1:first 1;2:second;1:xxxx;");
	}
}

/* Talks, then dies: what it said still arrives. */
static void talk_and_die(struct chan *c, enum step step)
{
	struct log log = { .sink = chan_log_sink, .arg = c, .level = LOG_WARN };

	(void)step;
	log_warn(&log, "last words");
}

Test(chan, last_words)
{
	char all[200] = "";
	struct log log = { .sink = collect, .arg = all, .level = LOG_WARN };
	struct err e = ERR_INIT;
	struct chan c;

	cr_assert_eq(meet(&(struct peer){ talk_and_die, false, 0 }, STEP_MOUNTED, &c, &log, &e), -ECONNRESET);
	cr_assert_str_eq(all, "1:last words;");
}

Test(chan, longest_text)
{
	struct err e = ERR_INIT, got = ERR_INIT;
	struct chan a, b;
	char text[1100];

	memset(text, 'y', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	err_say(&e, EBUSY, "%s", text);
	cr_assert_eq(chan_pair(&a, &b, &got), 0);
	chan_fail(&b, &e);
	chan_log_sink(&b, LOG_WARN, text);
	cr_assert_eq(chan_expect(&a, STEP_BORN, NULL, 0, &got), -EBUSY);
	cr_assert_str_eq(got.text, e.text);
	cr_assert_eq(got.len, sizeof e.text - 1);
	close(a.fd);
	close(b.fd);
}

Test(chan, send_to_the_dead)
{
	struct err e = ERR_INIT;
	struct chan a, b;

	cr_assert_eq(chan_pair(&a, &b, &e), 0);
	close(b.fd);
	cr_assert_eq(chan_send(&a, STEP_MAPPED, NULL, 0, &e), -EPIPE);
	cr_assert_str_eq(e.text, "tell the other lane MAPPED: Broken pipe");
	cr_assert(a.gone);
	chan_fail(&a, &e);
	chan_log_sink(&a, LOG_WARN, "nobody hears");
	close(a.fd);
}

Test(chan, too_many_fds_to_send)
{
	int fds[TOO_MANY] = { 0 };
	struct err e = ERR_INIT;
	struct chan a, b;

	cr_assert_eq(chan_pair(&a, &b, &e), 0);
	cr_assert_eq(chan_send(&a, STEP_READY, fds, TOO_MANY, &e), -E2BIG);
	cr_assert_not(a.gone);
	close(a.fd);
	close(b.fd);
}

Test(chan, end_of_file_after_execve)
{
	struct err e = ERR_INIT;
	struct chan a, b;

	cr_assert_eq(chan_pair(&a, &b, &e), 0);
	close(b.fd);
	cr_assert_eq(chan_expect_end(&a, &e), 0);
	close(a.fd);
}

Test(chan, failure_instead_of_end_of_file)
{
	struct err e = ERR_INIT, why;
	struct chan a, b;

	cr_assert_eq(chan_pair(&a, &b, &e), 0);
	err_set(&why, ECONNRESET, "exec: \"/bin/x\"");
	chan_fail(&b, &why);
	close(b.fd);
	cr_assert_eq(chan_expect_end(&a, &e), -ECONNRESET);
	cr_assert_str_eq(e.text, "exec: \"/bin/x\": Connection reset by peer");
	close(a.fd);
}

Test(chan, step_instead_of_end_of_file)
{
	struct err e = ERR_INIT;
	struct chan a, b;

	cr_assert_eq(chan_pair(&a, &b, &e), 0);
	cr_assert_eq(chan_send(&b, STEP_EXECING, NULL, 0, &e), 0);
	cr_assert_eq(chan_expect_end(&a, &e), -EPROTO);
	close(a.fd);
	close(b.fd);
}
