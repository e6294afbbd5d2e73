/* Run a step in a child, since none of them can be undone. */
#pragma once

#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Inside a child: leave with the line number when something is not as it should be. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
			_exit(1); \
		} \
	} while (0)

/* wait status of a child that runs body(arg) and then leaves with 0 */
static inline int in_child(void (*body)(void *), void *arg)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		body(arg);
		_exit(0);
	}
	cr_assert(waitpid(pid, &status, 0) == pid);
	return status;
}

#define OK_IN_CHILD(body, arg) cr_assert_eq(in_child((body), (arg)), 0)

static inline bool is_root(void)
{
	if (geteuid() != 0)
		printf("skipped: needs root\n");
	return geteuid() == 0;
}
