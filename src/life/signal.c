/* kill: signal names, and sending one. */
#include "life/container.h"

#include "base/names.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/clone.h"

#include <signal.h>
#include <strings.h>

static const struct name signals[] = {
	{ "HUP", SIGHUP },       { "INT", SIGINT },     { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },     { "ABRT", SIGABRT },   { "IOT", SIGIOT },   { "BUS", SIGBUS },
	{ "FPE", SIGFPE },       { "KILL", SIGKILL },   { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },     { "PIPE", SIGPIPE },   { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },   { "CLD", SIGCHLD },  { "CONT", SIGCONT },
	{ "STOP", SIGSTOP },     { "TSTP", SIGTSTP },   { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG },       { "XCPU", SIGXCPU },   { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },     { "WINCH", SIGWINCH }, { "IO", SIGIO },     { "POLL", SIGIO },
	{ "PWR", SIGPWR },       { "SYS", SIGSYS },     { NULL, 0 },
};

enum { RT_FIRST = 34, RT_LAST = 64 }; /* SIGRTMIN and SIGRTMAX as glibc gives them to programs (signal(7)) */

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n */
static bool real_time(const char *name, int *ret)
{
	uint32_t n = 0;
	const char *rest = NULL;

	if (strncasecmp(name, "RTMIN", 5) == 0)
		rest = name + 5;
	else if (strncasecmp(name, "RTMAX", 5) == 0)
		rest = name + 5;
	if (!rest)
		return false;
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	if (*rest && (*rest != (from_max ? '-' : '+') || !num_u32(rest + 1, &n) || n > RT_LAST - RT_FIRST))
		return false;
	*ret = from_max ? RT_LAST - (int)n : RT_FIRST + (int)n;
	return true;
}

int husk_signal_number(const char *text, int *ret, struct err *e)
{
	int64_t value;
	int number;
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;

	if (num_int(text, &number) && number >= 0 && number <= RT_LAST)
		*ret = number;
	else if (names_value_nocase(signals, name, &value))
		*ret = (int)value;
	else if (!real_time(name, ret))
		return err_say(e, EINVAL, "unknown signal \"%.32s\"", text);
	return 0;
}

static int signal_init(struct container *c, int number, struct err *e)
{
	own_fd pidfd = FD_NONE;

	TRY(container_pidfd(c, &pidfd, e));
	int r = pidfd >= 0 ? sys_pidfd_signal(pidfd, number) : (kill(c->saved->pid, number) < 0 ? -errno : 0);
	if (r == -ESRCH)
		return err_say(e, ESRCH, "container not running: no such process");
	if (r < 0)
		return err_set(e, -r, "send signal %d to process %d", number, c->saved->pid);
	return 0;
}

int husk_kill(const struct husk *h, const char *id, int number, bool all, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;

	TRY(container_open(h, id, 0, a, &c, e));
	TRY(container_cgroup(&c, e));
	int status = TRY(container_status(&c, e));
	/* until create is done, what is in the cgroup need not be the container's */
	bool creating = status == OCI_STATUS_CREATING;
	if (all && c.cgroup.path && !creating) {
		/* callers sweep what is left after init's death with this, so nobody left is a success */
		TRY(cgroup_kill(&c.cgroup, number, e));
		return 0;
	}
	if (creating || status == OCI_STATUS_STOPPED)
		return err_say(e, ESRCH, "container not running: no such process");
	TRY(signal_init(&c, number, e));
	if (number == SIGKILL && status == OCI_STATUS_PAUSED)
		return cgroup_freeze(&c.cgroup, false, e); /* v1: what is frozen cannot even die */
	return 0;
}
