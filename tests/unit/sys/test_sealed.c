/* sealed_probe re-executes itself in each way, and cannot be overwritten. */
#include "base/own.h"
#include "base/str.h"
#include "shim.h"
#include "sys/compat.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[PATH_MAX], probe[PATH_MAX + 16];

/* A copy of the program that lies beside this one, where any user may run it. */
static void copy_probe(void)
{
	char from[PATH_MAX + 16];
	struct stat st;
	ssize_t n = readlink("/proc/self/exe", from, PATH_MAX - 1);

	cr_assert_gt(n, 0);
	from[n] = '\0';
	snprintf(strrchr(from, '/'), 16, "/sealed_probe");
	own_fd in = open(from, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(in, 0, "no %s", from);
	snprintf(dir, sizeof dir, "%s/husk-sealed-XXXXXX", P_tmpdir);
	cr_assert(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 0755), 0);
	snprintf(probe, sizeof probe, "%s/probe", dir);
	own_fd out = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	cr_assert(fstat(in, &st) == 0 && out >= 0, "no %s", from);
	while (sendfile(out, in, NULL, (size_t)st.st_size) > 0)
		;
	cr_assert_eq(fchmod(out, 0755), 0);
}

static void remove_probe(void)
{
	unlink(probe);
	rmdir(dir);
}

/* Run it with descriptors 3 and 4 inherited; what it printed, stdout and stderr, is returned. */
static const char *run(const char *path, uid_t uid, long denied)
{
	static char text[8192];
	char *argv[] = { (char[]){ "husk" }, (char[]){ "a  b" }, (char[]){ "" }, NULL };
	int fds[2];
	size_t len = 0;

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		own_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);
		own_fd by_fd = str_eq(path, probe) ? FD_NONE : open(probe, O_RDONLY | O_CLOEXEC);
		own_fd out = fcntl(fds[1], F_DUPFD_CLOEXEC, 100);
		own_fd high = fcntl(by_fd, F_DUPFD_CLOEXEC, 100);

		dup2(null, 0);
		dup2(out, 1);
		dup2(out, 2);
		dup2(null, 3);
		dup2(null, 4);
		if (high >= 0)
			dup2(high, 99);
		fcntl(99, F_SETFD, FD_CLOEXEC);
		for (int fd = 5; fd < 99; fd++)
			close(fd);
		setenv("SEALED_PROBE", "kept=as it is", 1);
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		if (uid && (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0))
			_exit(1);
		if (denied)
			shim_deny(denied, ENOSYS);
		execv(path, argv);
		_exit(127);
	}
	close(fds[1]);
	for (ssize_t n; (n = read(fds[0], text + len, sizeof text - 1 - len)) > 0;)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	waitpid(pid, NULL, 0);
	return text;
}

static void expect_kept(const char *text)
{
	cr_expect(strstr(text, "ensure 0 \n"), "%s", text);
	cr_expect(strstr(text, "argv [husk] [a  b] []\n"), "%s", text);
	cr_expect(strstr(text, "env kept=as it is\n"), "%s", text);
	cr_expect(strstr(text, "fds 0 1 2 3 4\n"), "%s", text);
	cr_expect_not(strstr(text, "WRITABLE"), "%s", text);
	cr_expect_not(strstr(text, "OVERWRITTEN"), "%s", text);
}

static void need_root(void)
{
	if (geteuid() != 0)
		cr_skip("needs root");
	copy_probe();
}

Test(sealed, readonly_clone, .init = need_root, .fini = remove_probe, .timeout = 20)
{
	const char *text = run(probe, 0, 0);

	expect_kept(text);
	cr_expect(strstr(text, "exe /\n"), "not on a mount of its own: %s", text);
	cr_expect(strstr(text, "comm husk\n"), "%s", text);
	cr_expect(strstr(text, "Read-only file system\n"), "%s", text);
}

Test(sealed, memfd_without_open_tree, .init = copy_probe, .fini = remove_probe, .timeout = 20)
{
	const char *text = run(probe, 0, SYS_open_tree);

	/* an ordinary user's own file, or root's: both are copied */
	expect_kept(text);
	cr_expect(strstr(text, "exe /memfd:husk"), "%s", text);
	cr_expect(strstr(text, "comm husk\n"), "%s", text);
}

Test(sealed, memfd_without_mount_setattr, .init = need_root, .fini = remove_probe, .timeout = 20)
{
	const char *text = run(probe, 0, 442);

	expect_kept(text);
	cr_expect(strstr(text, "exe /memfd:husk"), "%s", text);
}

Test(sealed, memfd_for_a_user_who_owns_the_file, .init = need_root, .fini = remove_probe, .timeout = 20)
{
	cr_assert_eq(chown(probe, 4242, 4242), 0);
	const char *text = run(probe, 4242, 0);

	expect_kept(text);
	cr_expect(strstr(text, "exe /memfd:husk"), "%s", text);
}

Test(sealed, memfd_when_the_group_may_write, .init = need_root, .fini = remove_probe, .timeout = 20)
{
	cr_assert_eq(chmod(probe, 0775), 0);
	const char *text = run(probe, 4242, 0);

	expect_kept(text);
	cr_expect(strstr(text, "exe /memfd:husk"), "%s", text);
}

Test(sealed, out_of_reach_of_a_user, .init = need_root, .fini = remove_probe, .timeout = 20)
{
	const char *text = run(probe, 4242, 0);

	expect_kept(text);
	cr_expect(strstr(text, probe), "%s", text);
	cr_expect(strstr(text, "running Permission denied\n"), "%s", text);
}

/* Who pretends that husk was re-executed gets an error, not an unprotected husk, and no loop. */
Test(sealed, forged_second_try, .init = copy_probe, .fini = remove_probe, .timeout = 20)
{
	const char *text = run("/proc/self/fd/99", 0, 0);

	cr_expect(str_after(text, "ensure -40 /proc/self/exe is writable even after a re-execution\n"), "%s",
		  text);
}
