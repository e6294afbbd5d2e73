/* Limits, one's own and another process'. */
#include "confine/confine.h"

#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static pid_t waiting_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return pid;
}

static void limits(void *arg)
{
	(void)arg;
	const struct plan_rlimit l[] = { { RLIMIT_NOFILE, 100, 200, "RLIMIT_NOFILE" },
					 { RLIMIT_CORE, 0, 0, "RLIMIT_CORE" } };
	struct plan_process p = { .rlimits = { l, 2 }, .set_oom_score_adj = true, .oom_score_adj = 500 };
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;
	struct rlimit got;
	pid_t pid = waiting_child();

	/* what needs no right is the process' own business */
	CHECK(limits_apply(&p, pid, proc, &e) == 0);
	CHECK(prlimit(pid, RLIMIT_NOFILE, NULL, &got) == 0 && got.rlim_max > 200);
	CHECK(limits_lower(&p, &e) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 100 && got.rlim_max == 200);
	CHECK(getrlimit(RLIMIT_CORE, &got) == 0 && got.rlim_cur == 0 && got.rlim_max == 0);
	const struct plan_rlimit above[] = { { RLIMIT_NOFILE, 100, 201, "RLIMIT_NOFILE" } };
	struct plan_process q = { .rlimits = { above, 1 } };
	CHECK(limits_lower(&q, &e) == 0 && limits_apply(&q, pid, proc, &e) == 0);
	CHECK(prlimit(pid, RLIMIT_NOFILE, NULL, &got) == 0 && got.rlim_cur == 100 && got.rlim_max == 201);
	char path[64], text[16] = "";
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, "500\n") == 0);

	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);

	/* without rights: not above the hard limit */
	CHECK(setresuid(1000, 1000, 1000) == 0);
	pid = waiting_child();
	p.set_oom_score_adj = false;
	CHECK(limits_lower(&p, &e) == 0 && limits_lower(&p, &e) == 0);
	const struct plan_rlimit more[] = { { RLIMIT_NOFILE, 4096, UINT64_MAX, "RLIMIT_NOFILE" } };
	p.rlimits.v = more;
	p.rlimits.n = 1;
	CHECK(limits_apply(&p, pid, proc, &e) == -EPERM);
	CHECK(strcmp(e.text, "set RLIMIT_NOFILE to 4096:unlimited: Operation not permitted") == 0);
	/* unprivileged: a refused oom_score_adj is not an error */
	p.rlimits.n = 0;
	p.set_oom_score_adj = true;
	p.oom_score_adj = -900;
	CHECK(limits_apply(&p, pid, proc, &e) == 0);
	CHECK(kill(pid, SIGKILL) == 0);
}

Test(limits, of_a_child)
{
	if (is_root())
		OK_IN_CHILD(limits, NULL);
}
