/* A procfs that somebody has tampered with is refused; files of it are read and written, links are not
 * followed. */
#include "base/own.h"
#include "base/str.h"
#include "shim.h"
#include "sys/compat.h"
#include "sys/mountapi.h"
#include "sys/procfs.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>

static void no_shim(void)
{
}

/* Linux 4.x: neither the mount API nor openat2. */
static void old_kernel(void)
{
	shim_deny(SYS_open_tree, ENOSYS);
	shim_deny(SYS_fsopen, ENOSYS);
	shim_deny(SYS_openat2, ENOSYS);
}

static void forbidden(void)
{
	shim_deny(SYS_open_tree, EPERM);
	shim_deny(SYS_fsopen, EPERM);
	shim_deny(SYS_openat2, EPERM);
}

static void new_procfs(void)
{
	shim_deny(SYS_open_tree, EPERM);
}

static void test_read(void)
{
	struct err e = ERR_INIT;
	char text[64], numbers[128];
	own_fd proc = procfs_open(true, &e);

	cr_assert_geq(proc, 0, "%s", e.text);
	cr_expect(fcntl(proc, F_GETFD) & FD_CLOEXEC);
	cr_expect_eq(procfs_read(proc, "sys/kernel/ostype", text, sizeof text, &e), 6, "%s", e.text);
	cr_expect_str_eq(text, "Linux\n");
	cr_expect_eq(procfs_read(proc, "sys/kernel/ostype", text, 4, &e), 3);
	cr_expect_str_eq(text, "Lin");
	cr_expect_eq(procfs_read(proc, "self/stat", numbers, sizeof numbers, &e), (int)sizeof numbers - 1);
	cr_expect_eq(atoi(numbers), getpid());
	cr_expect_eq(procfs_read(proc, "thread-self/stat", numbers, sizeof numbers, &e),
		     (int)sizeof numbers - 1);
	cr_expect_eq(atoi(numbers), getpid());
}

static void test_write(void)
{
	struct err e = ERR_INIT;
	char text[64], name[64];
	own_fd proc = procfs_open(false, &e);

	cr_expect_eq(procfs_write(proc, "self/comm", "first", &e), 0, "%s", e.text);
	cr_expect_eq(procfs_read(proc, "self/comm", text, sizeof text, &e), 6);
	cr_expect_str_eq(text, "first\n");
	snprintf(name, sizeof name, "%d/comm", getpid());
	cr_expect_eq(procfs_write(proc, name, "second", &e), 0, "%s", e.text);
	cr_expect_eq(procfs_read(proc, "thread-self/comm", text, sizeof text, &e), 7);
	cr_expect_str_eq(text, "second\n");
	cr_expect_eq(procfs_write(proc, "self/oom_score_adj", "junk", &e), -EINVAL);
	cr_expect_str_eq(e.text, "write 'junk' to /proc/self/oom_score_adj: Invalid argument");
}

static void test_refused(void)
{
	static const char *const names[] = { "self/exe",
					     "self/root/etc/passwd",
					     "self/cwd/x",
					     "self/../version",
					     "../etc/passwd",
					     "mounts",
					     "net/dev",
					     "self/fd/0",
					     "/etc/passwd",
					     "self/ns/mnt",
					     "",
					     "self/none" };
	struct err e = ERR_INIT;
	char text[64] = "untouched";
	own_fd proc = procfs_open(true, &e);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!str_eq(names[i], "self/../version"))
			cr_expect_lt(procfs_read(proc, names[i], text, sizeof text, &e), 0, "%s", names[i]);
	cr_expect_str_eq(text, "untouched");
	cr_expect_str_eq(e.text, "open /proc/self/none: No such file or directory");
}

static void test_start_time(void)
{
	struct err e = ERR_INIT;
	uint64_t own = 0, again = 0, child = 0;
	char state = 0, want[32], stat[1024];
	own_fd proc = procfs_open(false, &e);

	prctl(PR_SET_NAME, "a) R 1 (2 3");
	cr_expect_eq(procfs_start_time(proc, getpid(), &own, &state, &e), 0, "%s", e.text);
	cr_expect_eq(procfs_start_time(proc, getpid(), &again, NULL, &e), 0);
	cr_expect_eq(own, again);
	cr_expect_eq(state, 'R');
	procfs_read(proc, "self/stat", stat, sizeof stat, &e);
	snprintf(want, sizeof want, " %llu ", (unsigned long long)own);
	cr_expect(strstr(stat, want));
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	siginfo_t info;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	cr_expect_eq(procfs_start_time(proc, pid, &child, &state, &e), 0, "%s", e.text);
	cr_expect_eq(state, 'Z');
	cr_expect_geq(child, own);
	waitpid(pid, NULL, 0);
	cr_expect_eq(procfs_start_time(proc, pid, &child, &state, &e), -ESRCH);
}

#define EACH_WAY(name) \
	Test(procfs, name, .init = no_shim) \
	{ \
		test_##name(); \
	} \
	Test(procfs_old, name, .init = old_kernel) \
	{ \
		test_##name(); \
	} \
	Test(procfs_forbidden, name, .init = forbidden) \
	{ \
		test_##name(); \
	} \
	Test(procfs_new, name, .init = new_procfs) \
	{ \
		test_##name(); \
	}

EACH_WAY(read)
EACH_WAY(write)
EACH_WAY(refused)
EACH_WAY(start_time)

/* Tampering needs a mount namespace of our own. */
static void own_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		cr_skip("needs root");
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

Test(procfs_fake, tmpfs_is_refused_or_passed_by)
{
	struct err e = ERR_INIT;
	struct statfs fs;

	own_mounts();
	cr_assert_eq(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
	own_fd proc = procfs_open(false, &e);
	cr_assert_geq(proc, 0, "%s", e.text);
	cr_expect_eq(fstatfs(proc, &fs), 0);
	cr_expect_eq(fs.f_type, 0x9fa0);
	old_kernel();
	cr_expect_eq(procfs_open(false, &e), -EINVAL);
	cr_expect_str_eq(e.text, "open /proc: not a procfs");
}

Test(procfs_fake, part_of_a_procfs_is_refused)
{
	struct err e = ERR_INIT;

	own_mounts();
	cr_assert_eq(mount("/proc/self/attr", "/proc", NULL, MS_BIND, NULL), 0);
	old_kernel();
	cr_expect_eq(procfs_open(false, &e), -EINVAL);
	cr_expect_str_eq(e.text, "open /proc: not a procfs");
}

/* CVE-2025-52881, CVE-2019-16884: a harmless file, on a procfs too, lies over the one that confines. */
static void mount_over(const char *from)
{
	own_mounts();
	cr_assert_eq(mount(from, "/proc/self/oom_score_adj", NULL, MS_BIND, NULL), 0, "%s", strerror(errno));
}

static void expect_true_file(void)
{
	struct err e = ERR_INIT;
	char text[64];
	own_fd proc = procfs_open(false, &e);

	cr_expect_eq(procfs_write(proc, "self/oom_score_adj", "321", &e), 0, "%s", e.text);
	cr_expect_gt(procfs_read(proc, "self/oom_score_adj", text, sizeof text, &e), 0, "%s", e.text);
	cr_expect_str_eq(text, "321\n");
}

static void expect_no_file(void)
{
	struct err e = ERR_INIT;
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	cr_expect_eq(procfs_write(proc, "self/oom_score_adj", "322", &e), -EXDEV, "%s", e.text);
	cr_expect_eq(procfs_write(proc, "thread-self/../../oom_score_adj", "322", &e) < 0, 1);
}

Test(procfs_fake, covered_file)
{
	mount_over("/proc/self/comm");
	expect_true_file();
	expect_no_file();
}

Test(procfs_fake, covered_file_new_procfs)
{
	mount_over("/proc/self/comm");
	new_procfs();
	expect_true_file();
}

Test(procfs_fake, covered_file_old)
{
	mount_over("/proc/self/comm");
	old_kernel();
	expect_no_file();
}

Test(procfs_fake, covered_by_regular_file_old)
{
	mount_over("/etc/passwd");
	expect_no_file();
	old_kernel();
	expect_no_file();
}

Test(procfs_fake, covered_self_old)
{
	struct err e = ERR_INIT;
	char text[64];

	own_mounts();
	cr_assert_eq(mount("/proc/1", "/proc/self", NULL, MS_BIND, NULL), 0, "%s", strerror(errno));
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_expect_eq(procfs_read(proc, "self/comm", text, sizeof text, &e), -EXDEV, "%s", e.text);
	old_kernel();
	cr_expect_eq(procfs_read(proc, "self/comm", text, sizeof text, &e), -EXDEV, "%s", e.text);
}

/* A child in a pid namespace of its own: not the parent's numbers. */
Test(procfs, new_pid_namespace)
{
	int status;

	if (geteuid() != 0)
		cr_skip("needs root");
	cr_assert_eq(unshare(CLONE_NEWPID), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = ERR_INIT;
		char text[16];
		int proc = procfs_open(false, &e);

		_exit(procfs_read(proc, "self/stat", text, sizeof text, &e) > 0 && atoi(text) == 1 ? 0 : 1);
	}
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
}
