/* Wait status, OOM kills and the process table as reasons. */
#include "life/obituary.h"

#include "base/file.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

void obituary_words(int status, char *ret, size_t size)
{
	if (status >= 0 && WIFSIGNALED(status))
		snprintf(ret, size, "was killed by signal %d", WTERMSIG(status));
	else if (status >= 0 && WIFEXITED(status))
		snprintf(ret, size, "exited with status %d", WEXITSTATUS(status));
	else
		snprintf(ret, size, "is gone");
}

const char *obituary_cause(int status, uint64_t oom_kills)
{
	if (oom_kills)
		return ": out of memory, the memory limit is too low to start it";
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return " (SIGSYS): the seccomp filter does not allow a system call that the start needs";
	return "";
}

enum seen { SEEN_PROGRAM, SEEN_INIT, SEEN_DEAD, SEEN_NOTHING };

/*
 * proc_pid_stat(5): "PID (NAME) STATE ... EXIT_CODE". execve() changes the name after it has closed our
 * descriptors, so the end of file comes first, both for who lives on and for who dies.
 */
static enum seen look(pid_t pid, struct arena *a, int *ret_status)
{
	char *text;
	int code;

	if (file_read(AT_FDCWD, arena_printf(a, "/proc/%d/stat", pid), 4096, a, &text, NULL, NULL) < 0)
		return SEEN_NOTHING;
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	if (!name || !end || end[1] != ' ')
		return SEEN_NOTHING;
	if (strncmp(name, "(husk:init)", 11) != 0)
		return SEEN_PROGRAM;
	if (end[2] != 'Z' && end[2] != 'X')
		return SEEN_INIT;
	text[strcspn(text, "\n")] = '\0';
	*ret_status = num_int(strrchr(text, ' ') + 1, &code) ? code : -1;
	return SEEN_DEAD;
}

/* The moment between the end of file and the new name, or the death, is short. */
static enum seen wait_for_fate(pid_t pid, struct arena *a, int *ret_status)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	enum seen seen = SEEN_INIT;

	for (int i = 0; i < 100 && seen == SEEN_INIT; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		seen = look(pid, a, ret_status);
	}
	return seen;
}

int obituary_start(struct container *c, int r, struct err *e)
{
	uint64_t kills = 0;
	int status = -1;
	char what[64];

	if (r != 0 && r != -ECHILD)
		return r;
	enum seen seen = wait_for_fate(c->saved->pid, c->arena, &status);
	if (r == 0 && seen != SEEN_DEAD)
		return 0;
	if (container_cgroup(c, NULL) == 0)
		(void)cgroup_oom_kills(&c->cgroup, &kills);
	obituary_words(status, what, sizeof what);
	return err_say(e, kills ? ENOMEM : ECHILD,
		       "the container's init died before it could execute the program: it %s%s", what,
		       obituary_cause(status, kills)) < 0
		       ? -ECHILD
		       : 0;
}
