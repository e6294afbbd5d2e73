/* The start gate: everything that may come of it, and who is seen waiting at it. */
#include "life/gate.h"

#include "../unit/confine/child.h"
#include "base/own.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int scratch(char path[64])
{
	strcpy(path, "/tmp/husk-gate-XXXXXX");
	cr_assert(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	return fd;
}

static void remove_scratch(const char *path, int fd)
{
	(void)unlinkat(fd, "go", 0);
	(void)unlinkat(fd, "result", 0);
	close(fd);
	cr_assert_eq(rmdir(path), 0);
}

/* An init that does `act` once the gate is open. Its ends of the gate are its own alone. */
static pid_t init(int dir, void (*act)(struct gate *))
{
	struct gate g = GATE_EMPTY;
	struct err e;

	cr_assert_eq(gate_make(dir, &g, &e), 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHECK(gate_wait(&g, &e) == 0);
		CHECK(g.go < 0);
		act(&g);
		_exit(0);
	}
	gate_done(&g);
	return pid;
}

static void pass(struct gate *g)
{
	struct err e;

	CHECK(gate_passing(g, &e) == 0);
	CHECK(fcntl(g->result, F_GETFD) == FD_CLOEXEC);
	execl("/bin/true", "true", NULL);
}

static void pass_and_fail(struct gate *g)
{
	struct err e;

	CHECK(gate_passing(g, &e) == 0);
	err_set(&e, ENOENT, "exec: \"/x\"");
	gate_fail(g, &e);
}

static void fail(struct gate *g)
{
	struct err e;

	err_say(&e, ECHILD, "startContainer hook 0 (/h): exit status 3");
	gate_fail(g, &e);
}

static void fail_at_length(struct gate *g)
{
	struct err e;

	err_say(&e, ECHILD, "%2000d", 1);
	gate_fail(g, &e);
}

static void die(struct gate *g)
{
	(void)g;
	kill(getpid(), SIGKILL);
}

static int open_gate(void (*act)(struct gate *), struct err *e)
{
	char path[64];
	int dir = scratch(path), status;
	pid_t pid = init(dir, act);

	cr_assert(gate_closed(dir));
	int r = gate_open(dir, e);
	cr_assert_not(gate_closed(dir));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	remove_scratch(path, dir);
	return r;
}

Test(gate, program_runs)
{
	struct err e = ERR_INIT;

	cr_assert_eq(open_gate(pass, &e), 0, "%s", e.text);
}

Test(gate, execve_failed)
{
	struct err e = ERR_INIT;

	cr_assert_eq(open_gate(pass_and_fail, &e), -ENOEXEC);
	cr_assert_str_eq(e.text, "exec: \"/x\": No such file or directory");
}

Test(gate, hook_failed)
{
	struct err e = ERR_INIT;

	cr_assert_eq(open_gate(fail, &e), -ECANCELED);
	cr_assert_str_eq(e.text, "startContainer hook 0 (/h): exit status 3");
}

Test(gate, longest_text)
{
	struct err e = ERR_INIT;

	cr_assert_eq(open_gate(fail_at_length, &e), -ECANCELED);
	cr_assert_eq(e.len, sizeof e.text - 1);
}

Test(gate, init_died_behind_it)
{
	struct err e = ERR_INIT;

	cr_assert_eq(open_gate(die, &e), -ECHILD);
	cr_assert_str_eq(e.text, "the container's init died before it could execute the program");
}

Test(gate, init_died_before_it)
{
	struct err e = ERR_INIT;
	char path[64];
	int dir = scratch(path);
	pid_t pid = init(dir, pass);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cr_assert_not(gate_closed(dir));
	cr_assert_eq(gate_open(dir, &e), -ECHILD);
	cr_assert_str_eq(e.text, "the container's init died before it could execute the program");
	remove_scratch(path, dir);
}

/* Whoever opens it for writing is not taken for init. */
Test(gate, writer_is_no_reader)
{
	char path[64];
	int dir = scratch(path);
	struct gate g = GATE_EMPTY;
	struct err e;

	cr_assert_eq(gate_make(dir, &g, &e), 0);
	int writer = openat(dir, "go", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(writer, 0);
	gate_done(&g);
	cr_assert_not(gate_closed(dir));
	close(writer);
	remove_scratch(path, dir);
}

Test(gate, no_gate)
{
	char path[64];
	int dir = scratch(path);
	struct err e = ERR_INIT;

	cr_assert_not(gate_closed(dir));
	cr_assert_eq(gate_open(dir, &e), -ENOENT);
	cr_assert_str_eq(e.text, "open the start gate: No such file or directory");
	remove_scratch(path, dir);
}

Test(gate, made_twice)
{
	char path[64];
	int dir = scratch(path);
	struct gate g = GATE_EMPTY, h = GATE_EMPTY;
	struct err e = ERR_INIT;

	cr_assert_eq(gate_make(dir, &g, &e), 0);
	cr_assert_eq(gate_make(dir, &h, &e), -EEXIST);
	cr_assert_eq(h.go, FD_NONE);
	gate_done(&g);
	remove_scratch(path, dir);
}

/* Two at once without the lock that husk takes: one wins, and neither hangs. */
Test(gate, opened_twice_at_once)
{
	char path[64];
	int dir = scratch(path), status, wins = 0;
	pid_t pid = init(dir, pass), starters[2];

	for (int i = 0; i < 2; i++) {
		starters[i] = fork();
		if (starters[i] == 0) {
			struct err e;
			alarm(5);
			int r = gate_open(dir, &e);
			_exit(r == 0 ? 0 : 1);
		}
	}
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(waitpid(starters[i], &status, 0), starters[i]);
		cr_assert(WIFEXITED(status));
		wins += WEXITSTATUS(status) == 0;
	}
	cr_assert_geq(wins, 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	remove_scratch(path, dir);
}
