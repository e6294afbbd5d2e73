/* Attempts to lead a path out of its root; every test runs with openat2, without, and with it forbidden. */
#include "base/own.h"
#include "base/str.h"
#include "shim.h"
#include "sys/beneath.h"
#include "sys/compat.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* base/root is the root; base/outside must never be reached. */
static char base[PATH_MAX];
static int base_fd = FD_NONE, root_fd = FD_NONE;

static void make_tree(void)
{
	snprintf(base, sizeof base, "%s/husk-beneath-XXXXXX", P_tmpdir);
	cr_assert(mkdtemp(base));
	base_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(base_fd, 0);
	umask(0);
	cr_assert_eq(mkdirat(base_fd, "root", 0755) | mkdirat(base_fd, "outside", 0755), 0);
	cr_assert_eq(mknodat(base_fd, "outside/marker", S_IFREG | 0644, 0), 0);
	root_fd = openat(base_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(root_fd, "d", 0755) | mkdirat(root_fd, "d/e", 0755) |
			     mkdirat(root_fd, "outside", 0755),
		     0);
	cr_assert_eq(mknodat(root_fd, "d/file", S_IFREG | 0644, 0), 0);
	cr_assert_eq(mknodat(root_fd, "outside/inner", S_IFREG | 0644, 0), 0);
}

static void link_to(const char *text, const char *name)
{
	cr_assert_eq(symlinkat(text, root_fd, name), 0, "%s: %s", name, strerror(errno));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(void)
{
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void without_openat2(void)
{
	shim_deny(SYS_openat2, ENOSYS);
	cr_assert_not(beneath_have_openat2());
	make_tree();
}

static void forbidden_openat2(void)
{
	shim_deny(SYS_openat2, EPERM);
	make_tree();
}

/* The path of fd below the root ("" = the root itself); fails the test when it is elsewhere. Closes fd. */
static const char *inside(int fd)
{
	static char path[PATH_MAX];
	char link[64], prefix[PATH_MAX + 8];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	cr_assert_gt(n, 0);
	path[n] = '\0';
	snprintf(prefix, sizeof prefix, "%s/root", base);
	const char *rest = str_after(path, prefix);
	cr_assert(rest && (*rest == '\0' || *rest == '/'), "%s is outside", path);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	return rest;
}

static void expect_open(const char *cpath, int flags, const char *where)
{
	struct err e = ERR_INIT;
	int fd = beneath_open(root_fd, cpath, flags, &e);

	cr_assert_geq(fd, 0, "%s: %s", cpath, e.text);
	const char *got = inside(fd);
	cr_expect_str_eq(got, where, "%s led to %s, not %s", cpath, got, where);
}

static void expect_error(const char *cpath, int flags, int error)
{
	struct err e = ERR_INIT;
	int fd = beneath_open(root_fd, cpath, flags, &e);

	cr_expect_eq(fd, -error, "%s gave %d (%s), not -%d", cpath, fd, e.text, error);
	cr_expect_eq(e.code, error);
	cr_expect(str_after(e.text, "open /"), "%s", e.text);
}

static void nothing_outside(void)
{
	struct stat st;

	cr_expect_eq(fstatat(base_fd, "outside", &st, 0), 0);
	cr_expect_eq(st.st_nlink, 2);
	cr_expect_eq(fstatat(base_fd, ".", &st, 0), 0);
	cr_expect_eq(st.st_nlink, 4, "something was made beside the root");
	own_fd fd = openat(base_fd, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = fdopendir(TAKE_FD(fd));
	for (const struct dirent *d; (d = readdir(dir));)
		cr_expect(str_eq(d->d_name, ".") || str_eq(d->d_name, "..") || str_eq(d->d_name, "marker"),
			  "%s was made outside", d->d_name);
}

static void test_plain(void)
{
	expect_open("/", O_PATH, "");
	expect_open("..", O_PATH, "");
	expect_open("/../../..", O_RDONLY | O_DIRECTORY, "");
	expect_open("d", O_PATH, "/d");
	expect_open("//d//.//e/", O_PATH, "/d/e");
	expect_open("d/../../outside/inner", O_RDONLY, "/outside/inner");
	expect_open("d/e/..", O_RDONLY, "/d");
	expect_open("d/e/../file", O_RDWR, "/d/file");
	expect_error("", O_PATH, ENOENT);
	expect_error("none", O_PATH, ENOENT);
	expect_error("none/x", O_PATH, ENOENT);
	expect_error("d/file/", O_PATH, ENOTDIR);
	expect_error("d/file/..", O_PATH, ENOTDIR);
	expect_error("d/file", O_PATH | O_DIRECTORY, ENOTDIR);
	expect_error("d/new", O_WRONLY | O_CREAT, EINVAL);
}

static void test_links(void)
{
	link_to("/outside", "abs");
	link_to("../outside", "rel");
	link_to("../../../../../../outside/inner", "far");
	link_to(base, "host");
	link_to("abs", "chain1");
	link_to("d/../chain1", "chain2");
	link_to("/chain2/", "chain3");
	link_to("/", "slash");
	link_to("..", "up");
	link_to("loop2", "loop1");
	link_to("/loop1", "loop2");
	link_to("self/x", "self");
	link_to("d/file", "tofile");
	expect_open("abs/inner", O_RDONLY, "/outside/inner");
	expect_open("rel/inner", O_RDONLY, "/outside/inner");
	expect_open("far", O_RDONLY, "/outside/inner");
	expect_open("chain3/inner", O_RDONLY, "/outside/inner");
	expect_open("chain3", O_RDONLY | O_DIRECTORY, "/outside");
	expect_open("slash/slash/up/up/outside", O_PATH, "/outside");
	expect_open("up", O_PATH, "");
	expect_open("abs", O_PATH | O_NOFOLLOW, "/abs");
	expect_open("abs/", O_PATH | O_NOFOLLOW, "/outside");
	expect_open("tofile", O_WRONLY, "/d/file");
	expect_error("abs", O_RDONLY | O_NOFOLLOW, ELOOP);
	expect_error("abs", O_PATH | O_NOFOLLOW | O_DIRECTORY, ENOTDIR);
	expect_error("host/outside/marker", O_PATH, ENOENT);
	expect_error("abs/marker", O_PATH, ENOENT);
	expect_error("loop1", O_PATH, ELOOP);
	expect_error("loop1/x", O_PATH, ELOOP);
	expect_error("self", O_PATH, ELOOP);
	expect_error("tofile/", O_PATH, ENOTDIR);
}

static void test_limits(void)
{
	char path[PATH_MAX + 16], name[16], to[16];

	link_to("d", "l0");
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof name, "l%d", i);
		snprintf(to, sizeof to, "l%d", i - 1);
		link_to(to, name);
	}
	expect_open("l39", O_PATH, "/d");
	expect_error("l40", O_PATH, ELOOP);
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	expect_error(path, O_PATH, ENAMETOOLONG);
	path[300] = '\0';
	expect_error(path, O_PATH, ENAMETOOLONG);
}

static void test_magic(void)
{
	struct err e = ERR_INIT;
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[32];

	snprintf(text, sizeof text, "%d/root", getpid());
	cr_expect_eq(beneath_open(proc, text, O_PATH, &e), -ELOOP, "%s", e.text);
	cr_expect_eq(beneath_open(proc, "self/cwd/..", O_PATH, &e), -ELOOP, "%s", e.text);
	cr_expect_eq(beneath_open(proc, "self/ns/mnt", O_RDONLY, &e), -ELOOP, "%s", e.text);
	own_fd fd = beneath_open(proc, "self/status", O_RDONLY, &e);
	cr_expect_geq(fd, 0, "%s", e.text);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0, "%s", path);
	return st.st_mode;
}

static void test_mkdir(void)
{
	struct err e = ERR_INIT;

	link_to("../../../outside/new", "dangling");
	link_to("/nowhere/deep", "deep");
	link_to("loop", "loop");
	cr_expect_str_eq(inside(beneath_mkdir(root_fd, "/a/b/c", 0700, &e)), "/a/b/c");
	cr_expect_eq(mode_of("a/b"), S_IFDIR | 0755);
	cr_expect_eq(mode_of("a/b/c"), S_IFDIR | 0700);
	cr_expect_str_eq(inside(beneath_mkdir(root_fd, "a/b/c/", 0755, &e)), "/a/b/c");
	cr_expect_eq(mode_of("a/b/c"), S_IFDIR | 0700);
	cr_expect_str_eq(inside(beneath_mkdir(root_fd, "../../x/../y", 0755, &e)), "/y");
	cr_expect_str_eq(inside(beneath_mkdir(root_fd, "dangling/sub", 0755, &e)), "/outside/new/sub");
	cr_expect_str_eq(inside(beneath_mkdir(root_fd, "deep", 0711, &e)), "/nowhere/deep");
	cr_expect_eq(mode_of("nowhere/deep"), S_IFDIR | 0711);
	cr_expect_eq(beneath_mkdir(root_fd, "loop/x", 0755, &e), -ELOOP);
	cr_expect_eq(beneath_mkdir(root_fd, "d/file", 0755, &e), -ENOTDIR);
	cr_expect_eq(beneath_mkdir(root_fd, "d/file/x", 0755, &e), -ENOTDIR);
	cr_expect_str_eq(e.text, "create /d/file/x: Not a directory");
	nothing_outside();
}

static void test_target(void)
{
	struct err e = ERR_INIT;

	link_to("../../outside/made", "dangling");
	link_to("/d", "tod");
	cr_expect_str_eq(inside(beneath_target(root_fd, "p/q/f", false, false, &e)), "/p/q/f");
	cr_expect_eq(mode_of("p/q/f"), S_IFREG | 0644);
	cr_expect_str_eq(inside(beneath_target(root_fd, "p/dir", true, false, &e)), "/p/dir");
	cr_expect_str_eq(inside(beneath_target(root_fd, "dangling", true, true, &e)), "/dangling");
	cr_expect_str_eq(inside(beneath_target(root_fd, "dangling", false, false, &e)), "/outside/made");
	cr_expect_eq(mode_of("outside/made"), S_IFREG | 0644);
	cr_expect_str_eq(inside(beneath_target(root_fd, "tod", true, false, &e)), "/d");
	cr_expect_eq(beneath_target(root_fd, "d/file", true, false, &e), -ENOTDIR);
	cr_expect_eq(beneath_target(root_fd, "tod", false, false, &e), -EISDIR);
	cr_expect_eq(beneath_target(root_fd, "nofile/", false, false, &e), -EISDIR);
	nothing_outside();
}

static void test_parent(void)
{
	struct err e = ERR_INIT;
	own_str name = NULL;
	own_str last = NULL;
	own_str none = NULL;

	link_to("../../outside", "out");
	cr_expect_str_eq(inside(beneath_parent(root_fd, "top", false, &name, &e)), "");
	cr_expect_str_eq(name, "top");
	cr_expect_str_eq(inside(beneath_parent(root_fd, "/out/k/../m/null//", true, &last, &e)),
			 "/outside/m");
	cr_expect_str_eq(last, "null");
	cr_expect_eq(beneath_parent(root_fd, "missing/x", false, &none, &e), -ENOENT);
	cr_expect_eq(beneath_parent(root_fd, "d/..", true, &none, &e), -EINVAL);
	cr_expect_eq(beneath_parent(root_fd, "d/.", true, &none, &e), -EINVAL);
	cr_expect_eq(beneath_parent(root_fd, "///", true, &none, &e), -EINVAL);
	cr_expect_eq(beneath_parent(root_fd, "", true, &none, &e), -EINVAL);
	cr_expect_null(none);
	nothing_outside();
}

/* Somebody swaps a directory for links out of the root, and moves it up and down, as fast as he can. */
static pid_t start_racer(void)
{
	static const char *const links[] = { "swap_abs", "swap_rel", "swap_host" };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0;; i++) {
		const char *link = links[i % 3];

		renameat2(root_fd, "d", root_fd, link, 2 /* RENAME_EXCHANGE */);
		renameat2(root_fd, link, root_fd, "d", 2);
		renameat2(root_fd, "d/e", root_fd, "moved", 0);
		renameat2(root_fd, "moved", root_fd, "d/e", 0);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_race(void)
{
	char up[PATH_MAX + 16];
	unsigned found = 0, refused = 0;

	snprintf(up, sizeof up, "%s/outside", base);
	link_to("/", "swap_abs");
	link_to("../../../../../../../..", "swap_rel");
	link_to(up, "swap_host");
	pid_t racer = start_racer();
	double start = seconds();
	/* a busy machine gets more time to meet the racer often enough */
	for (unsigned i = 0; seconds() < start + (found > 100 ? 0.6 : 8); i++) {
		char path[64];
		struct err e = ERR_INIT;

		snprintf(path, sizeof path, "d/e/../../d/%u", i % 64);
		int fd = i % 4 == 0   ? beneath_open(root_fd, "d/e/../file", O_RDONLY, &e)
			 : i % 4 == 1 ? beneath_mkdir(root_fd, path, 0755, &e)
			 : i % 4 == 2 ? beneath_target(root_fd, "d/mark", false, false, &e)
				      : beneath_open(root_fd, "d/e/../../..", O_PATH, &e);
		if (fd >= 0) {
			inside(fd);
			found++;
			continue;
		}
		refused++;
		cr_expect(fd == -ENOENT || fd == -EAGAIN || fd == -ELOOP || fd == -ENOTDIR || fd == -EISDIR,
			  "%s", e.text);
	}
	kill(racer, SIGKILL);
	waitpid(racer, NULL, 0);
	cr_expect_gt(found, 100u, "found %u, refused %u", found, refused);
	nothing_outside();
}

#define EACH_WAY(name) \
	Test(beneath, name, .init = make_tree, .fini = remove_tree) \
	{ \
		test_##name(); \
	} \
	Test(beneath_walk, name, .init = without_openat2, .fini = remove_tree) \
	{ \
		test_##name(); \
	} \
	Test(beneath_forbidden, name, .init = forbidden_openat2, .fini = remove_tree) \
	{ \
		test_##name(); \
	}

EACH_WAY(plain)
EACH_WAY(links)
EACH_WAY(limits)
EACH_WAY(magic)
EACH_WAY(mkdir)
EACH_WAY(target)
EACH_WAY(parent)
EACH_WAY(race)
