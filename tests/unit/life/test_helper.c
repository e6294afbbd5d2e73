/* Running another program to its end, whatever it does. */
#include "life/helper.h"

#include "../confine/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int sh(const char *script, const struct helper *more, struct err *e)
{
	char *args[] = { (char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL };
	struct helper h = *more;

	h.path = "/bin/sh";
	h.args = args;
	return helper_run(&h, e);
}

static const struct helper plain = { .path = NULL };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

Test(helper, success)
{
	struct err e = ERR_INIT;
	int before = open_fds();

	cr_assert_eq(sh("echo much; exit 0", &plain, &e), 0, "%s", e.text);
	cr_assert_eq(open_fds(), before);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
}

Test(helper, exit_status)
{
	struct err e = ERR_INIT;

	cr_assert_eq(sh("exit 3", &plain, &e), -ECHILD);
	cr_assert_str_eq(e.text, "exit status 3");
	cr_assert_eq(sh("echo no such bridge >&2; echo; exit 3", &plain, &e), -ECHILD);
	cr_assert_str_eq(e.text, "exit status 3: no such bridge");
}

Test(helper, killed_by_signal)
{
	struct err e = ERR_INIT;

	cr_assert_eq(sh("printf 'one\\ttwo\\n three'; kill -TERM $$", &plain, &e), -ECHILD);
	cr_assert_str_eq(e.text, "killed by signal 15: one two  three");
}

Test(helper, tail_of_long_output)
{
	struct err e = ERR_INIT;

	cr_assert_lt(sh("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo the end; exit 1",
			&plain, &e),
		     0);
	cr_assert_str_eq(e.text + strlen(e.text) - 8, " the end");
	cr_assert_lt(e.len, 540);
	cr_assert_null(strchr(e.text, '\n'));
}

Test(helper, missing_program)
{
	struct err e = ERR_INIT;

	cr_assert_eq(helper_run(&(struct helper){ .path = "/nowhere/x" }, &e), -ECHILD);
	cr_assert_str_eq(e.text, "exit status 127: execute /nowhere/x: No such file or directory");
}

Test(helper, missing_directory)
{
	struct err e = ERR_INIT;

	cr_assert_lt(sh("exit 0", &(struct helper){ .dir = "/nowhere" }, &e), 0);
	cr_assert_str_eq(e.text, "exit status 126: chdir /nowhere: No such file or directory");
}

/* The whole group dies, what ignores SIGTERM too. */
Test(helper, timeout_kills_the_group)
{
	char path[] = "/tmp/husk-helper-XXXXXX", script[200];
	struct err e = ERR_INIT;
	double begin = now();
	int fd = mkstemp(path);

	close(fd);
	snprintf(script, sizeof script, "echo begun; trap '' TERM; sh -c 'sleep 3; rm %s' & wait", path);
	cr_assert_eq(sh(script, &(struct helper){ .timeout = 1 }, &e), -ETIMEDOUT);
	cr_assert_str_eq(e.text, "ran past its timeout of 1 s and was killed: begun");
	cr_assert_lt(now() - begin, 2.5);
	sleep(3);
	cr_assert_eq(unlink(path), 0, "the grandchild lived on");
}

Test(helper, faster_than_its_timeout)
{
	struct err e = ERR_INIT;
	double begin = now();

	cr_assert_eq(sh("exit 0", &(struct helper){ .timeout = 100 }, &e), 0);
	cr_assert_lt(now() - begin, 5);
}

/* What stays in the background keeps the pipe open; nobody waits for it. */
Test(helper, background_process)
{
	struct err e = ERR_INIT;
	double begin = now();

	cr_assert_eq(sh("sleep 4 & exit 0", &plain, &e), 0);
	cr_assert_lt(sh("sleep 4 & echo gone; exit 7", &plain, &e), 0);
	cr_assert_str_eq(e.text, "exit status 7: gone");
	cr_assert_lt(now() - begin, 3);
}

Test(helper, input)
{
	struct err e = ERR_INIT;
	size_t n = 4 << 20;
	char *big = malloc(n + 1);

	memset(big, 'x', n);
	big[n] = '\0';
	cr_assert_eq(sh("exit 0", &(struct helper){ .input = big }, &e), 0, "unread input: %s", e.text);
	cr_assert_eq(sh("[ $(wc -c) = 4194304 ]", &(struct helper){ .input = big }, &e), 0, "%s", e.text);
	cr_assert_eq(sh("[ $(wc -c) = 0 ]", &plain, &e), 0, "%s", e.text);
	free(big);
}

Test(helper, environment)
{
	char *none[] = { NULL }, *some[] = { (char *)"A=b", NULL };
	struct err e = ERR_INIT;
	char *args[] = { (char *)"env", NULL };

	setenv("HUSK_TEST_ENV", "ours", 1);
	cr_assert_eq(sh("[ \"$HUSK_TEST_ENV\" = ours ]", &plain, &e), 0);
	cr_assert_eq(sh("[ \"$HUSK_TEST_ENV\" = '' ]", &(struct helper){ .env = none }, &e), 0);
	/* sh adds variables of its own, env does not */
	cr_assert_eq(helper_run(&(struct helper){ .path = "/usr/bin/env", .args = args, .env = none }, &e),
		     0);
	cr_assert_eq(sh("[ $A$HUSK_TEST_ENV = b ]", &(struct helper){ .env = some }, &e), 0);
}

Test(helper, only_standard_descriptors)
{
	struct err e = ERR_INIT;
	int leak = open("/etc/passwd", O_RDONLY); /* not CLOEXEC, as a careless caller's */

	cr_assert_eq(dup2(leak, 77), 77);
	/* ls has one more: the directory it reads */
	cr_assert_eq(sh("set -- $(ls /proc/self/fd); echo $*; [ $# -le 4 ] && [ ! -e /proc/self/fd/77 ]",
			&plain, &e),
		     0, "%s", e.text);
	close(leak);
	close(77);
}

/* Who ignores SIGCHLD gets no status; that is an error, not an endless wait. */
static void without_sigchld(void *arg)
{
	struct err e = ERR_INIT;

	(void)arg;
	alarm(5);
	(void)signal(SIGCHLD, SIG_IGN);
	CHECK(sh("exit 0", &plain, &e) == -ECHILD);
	CHECK(strstr(e.text, "No child processes"));
}

Test(helper, sigchld_ignored)
{
	OK_IN_CHILD(without_sigchld, NULL);
}

static void signals_are_fresh(void *arg)
{
	struct err e = ERR_INIT;
	sigset_t all;

	(void)arg;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	CHECK(sh("kill -TERM $$; exit 0", &plain, &e) == -ECHILD);
	CHECK(strcmp(e.text, "killed by signal 15") == 0);
	CHECK(sh("kill -PIPE $$; exit 0", &plain, &e) == -ECHILD);
}

Test(helper, signals)
{
	OK_IN_CHILD(signals_are_fresh, NULL);
}
