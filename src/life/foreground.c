/* Stay with a process to its end. */
#include "life/foreground.h"

#include "base/own.h"
#include "life/notifysocket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

/* Bytes on their way from one descriptor to another. */
struct pipe {
	int from, to;
	bool open;  /* `from` has not ended */
	size_t len; /* read, but not written yet */
	char buf[4096];
};

int foreground_begin(struct foreground *f, struct err *e)
{
	sigset_t all;

	(void)sigfillset(&all);
	/* faults are ours, stopping is the shell's wish for us, and nobody can block the other two */
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGTRAP,
				    SIGABRT, SIGSYS, SIGTSTP, SIGTTIN, SIGTTOU };
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		(void)sigdelset(&all, ours[i]);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_set(e, errno, "block signals");
	f->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? err_set(e, errno, "signalfd") : 0;
}

void foreground_done(struct foreground *f)
{
	own_fd_done(&f->signals);
	own_fd_done(&f->master);
}

void foreground_size(int master)
{
	struct winsize w;

	if (master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == 0)
		(void)ioctl(master, TIOCSWINSZ, &w);
}

/* Forward what came. Returns true when a child may have changed. */
static bool take_signals(struct foreground *f, pid_t pid)
{
	struct signalfd_siginfo s;
	bool child = false;

	while (read(f->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			child = true;
		else if (s.ssi_signo == SIGWINCH)
			foreground_size(f->master);
		else if (s.ssi_signo != SIGPIPE)
			(void)kill(pid, (int)s.ssi_signo); /* our unreaped child: cannot be another's pid */
	}
	return child;
}

static void pump(struct pipe *p, short got)
{
	if (p->open && p->len == 0 && (got & (POLLIN | POLLHUP | POLLERR))) {
		ssize_t n = read(p->from, p->buf, sizeof p->buf);

		if (n > 0)
			p->len = (size_t)n;
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			p->open = false; /* EIO: the last slave is closed */
	}
	if (p->len) {
		ssize_t n = write(p->to, p->buf, p->len);

		if (n > 0) {
			memmove(p->buf, p->buf + n, p->len - (size_t)n);
			p->len -= (size_t)n;
		} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
			p->open = false;
			p->len = 0;
		}
	}
}

/* Our terminal without line discipline: every key belongs to the container. */
static bool make_raw(struct termios *ret_saved)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, ret_saved) < 0)
		return false;
	raw = *ret_saved;
	cfmakeraw(&raw);
	return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static int status_of(int raw)
{
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

/* What the program printed last may still be in the pty. */
static void drain(struct pipe *out)
{
	for (int i = 0; out->open && i < 1024; i++) {
		struct pollfd p = { .fd = out->from, .events = POLLIN };

		if (out->len == 0 && poll(&p, 1, 20) <= 0)
			return;
		pump(out, POLLIN);
	}
}

/* What this pipe waits for: room for what it holds, else something to read. */
static struct pollfd wish(const struct pipe *p)
{
	if (p->len)
		return (struct pollfd){ .fd = p->to, .events = POLLOUT };
	return (struct pollfd){ .fd = p->open ? p->from : -1, .events = POLLIN };
}

static int relay(struct foreground *f, pid_t pid, struct pipe *in, struct pipe *out, int *ret_status,
		 struct err *e)
{
	for (;;) {
		struct pollfd p[4] = { { .fd = f->signals, .events = POLLIN },
				       wish(in),
				       wish(out),
				       { .fd = f->notify ? f->notify->fd : -1, .events = POLLIN } };

		if (poll(p, 4, -1) < 0 && errno != EINTR)
			return err_set(e, errno, "wait for the container");
		pump(in, p[1].revents);
		pump(out, p[2].revents);
		if (p[3].revents)
			(void)notifysocket_pump(f->notify);
		if (!p[0].revents || !take_signals(f, pid))
			continue;
		int raw;
		pid_t ended = waitpid(pid, &raw, WNOHANG | __WALL);
		if (ended == pid) {
			*ret_status = status_of(raw);
			return 0;
		}
		if (ended < 0 && errno != EINTR)
			return err_set(e, errno, "wait for process %d", pid);
	}
}

int foreground_wait(struct foreground *f, pid_t pid, int *ret_status, struct err *e)
{
	struct pipe in = { .from = STDIN_FILENO, .to = f->master, .open = f->master >= 0 };
	struct pipe out = { .from = f->master, .to = STDOUT_FILENO, .open = f->master >= 0 };
	struct termios saved;
	bool raw = false;

	if (f->master >= 0) {
		/* a program that does not read must not keep us from relaying what it writes */
		(void)fcntl(f->master, F_SETFL, O_NONBLOCK);
		raw = make_raw(&saved);
	}
	int r = relay(f, pid, &in, &out, ret_status, e);
	drain(&out);
	if (raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	return r;
}
