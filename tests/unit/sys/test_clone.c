/* Forks with and without clone3. */
#include "base/own.h"
#include "shim.h"
#include "sys/clone.h"
#include "sys/compat.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

static void no_shim(void)
{
}

static void without_clone3(void)
{
	shim_deny(SYS_clone3, ENOSYS);
}

static void forbidden_clone3(void)
{
	shim_deny(SYS_clone3, EPERM);
}

static void test_child(void)
{
	int pidfd = FD_NONE, in_cgroup = -1, status;
	pid_t pid = sys_fork(0, FD_NONE, &pidfd, &in_cgroup);

	if (pid == 0)
		_exit(getppid() > 0 && getpid() == (pid_t)syscall(SYS_gettid) ? 7 : 1);
	cr_assert_gt(pid, 0);
	cr_expect_eq(in_cgroup, 0);
	cr_expect(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
	cr_expect_eq(poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 5000), 1);
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	cr_expect_eq(sys_pidfd_signal(pidfd, 0), -ESRCH);
	close(pidfd);
}

static void test_namespace(void)
{
	int pidfd = FD_NONE, status;
	bool root = geteuid() == 0;
	pid_t pid = sys_fork(root ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID, FD_NONE, &pidfd, NULL);

	if (pid == 0)
		_exit(getpid() == 1 ? 0 : 1);
	cr_assert_gt(pid, 0, "%s", strerror(-pid));
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
	close(pidfd);
}

static void test_sibling(void)
{
	int status;
	pid_t sibling = 0;
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t pid = sys_fork_sibling();

		if (pid == 0)
			_exit(9);
		_exit(write(fds[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
	}
	cr_expect_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(read(fds[0], &sibling, sizeof sibling), sizeof sibling);
	cr_expect_eq(waitpid(sibling, &status, 0), sibling, "not our child");
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 9);
}

/* A directory that is no cgroup: the fork succeeds, and says that the child has to be moved. */
static void test_cgroup_refused(void)
{
	own_fd dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int pidfd = FD_NONE, in_cgroup = -1, status;
	pid_t pid = sys_fork(0, dir, &pidfd, &in_cgroup);

	if (pid == 0)
		_exit(0);
	cr_assert_gt(pid, 0);
	cr_expect_eq(in_cgroup, 0);
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	close(pidfd);
}

#define EACH_WAY(name) \
	Test(clone, name, .init = no_shim) \
	{ \
		test_##name(); \
	} \
	Test(clone_old, name, .init = without_clone3) \
	{ \
		test_##name(); \
	} \
	Test(clone_forbidden, name, .init = forbidden_clone3) \
	{ \
		test_##name(); \
	}

EACH_WAY(child)
EACH_WAY(namespace)
EACH_WAY(sibling)
EACH_WAY(cgroup_refused)

static int cgroup2_root(void)
{
	static const char *const paths[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (int i = 0; i < 2; i++) {
		struct statfs fs;

		if (statfs(paths[i], &fs) == 0 && fs.f_type == 0x63677270)
			return open(paths[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return FD_NONE;
}

Test(clone, into_cgroup)
{
	own_fd root = cgroup2_root();
	char name[64], procs[128] = "";
	int pidfd = FD_NONE, in_cgroup = -1, fds[2];

	snprintf(name, sizeof name, "husk-unit-%d", getpid());
	if (root < 0 || mkdirat(root, name, 0755) < 0)
		cr_skip("needs root and cgroup2");
	own_fd dir = openat(root, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = sys_fork(0, dir, &pidfd, &in_cgroup);
	if (pid == 0) {
		char c;

		close(fds[1]);
		_exit((int)read(fds[0], &c, 1));
	}
	cr_expect_gt(pid, 0);
	cr_expect_eq(in_cgroup, 1);
	own_fd file = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	cr_expect_gt(read(file, procs, sizeof procs - 1), 0);
	cr_expect_eq(atoi(procs), pid);
	close(fds[1]);
	cr_expect_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_eq(unlinkat(root, name, AT_REMOVEDIR), 0);
	close(pidfd);
}
