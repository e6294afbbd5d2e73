/* A scratch rootfs in a mount namespace of its own, in a forked child. */
#include "scratch.h"

#include "base/own.h"
#include "base/str.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

static int report = FD_NONE;

void scratch_fail(const char *file, int line, const char *what, const char *format, ...)
{
	char text[1500];
	va_list ap;

	int n = snprintf(text, sizeof text, "%s:%d: %s", file, line, what);
	va_start(ap, format);
	n += vsnprintf(text + n, sizeof text - (size_t)n, format, ap);
	va_end(ap);
	if (write(report, text, strnlen(text, sizeof text)) < 0)
		_exit(3);
	_exit(2);
}

const char *scratch_path(const char *format, ...)
{
	static char ring[8][512];
	static unsigned next;
	char *p = ring[next++ % 8];
	va_list ap;

	va_start(ap, format);
	vsnprintf(p, sizeof ring[0], format, ap);
	va_end(ap);
	return p;
}

void scratch_mkdir(const char *path)
{
	CHECK(mkdir(path, 0755) == 0 || errno == EEXIST, "%s", path);
}

void scratch_file(const char *path, const char *text, unsigned mode)
{
	own_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
	CHECK(fchmod(fd, mode) == 0);
}

bool scratch_has(const char *path, const char *text)
{
	char got[256];
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof got);

	return n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0;
}

bool scratch_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

long scratch_flags(const char *path)
{
	struct statvfs st;

	CHECK(statvfs(path, &st) == 0, "%s: %s", path, strerror(errno));
	return (long)st.f_flag;
}

bool scratch_mounted(const char *path, const char *word)
{
	char line[4096];
	bool found = false;
	FILE *f = fopen("/proc/self/mountinfo", "re");

	CHECK(f);
	while (fgets(line, sizeof line, f)) {
		char *at = strstr(line, scratch_path(" %s ", path));

		if (at && strstr(at, word))
			found = true;
	}
	(void)fclose(f);
	return found;
}

/* Linux before 5.2, as far as mounts go. */
static void forget_mount_api(void)
{
	const int calls[] = { SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen),
			      SCMP_SYS(fsmount),   SCMP_SYS(fsconfig),   SCMP_SYS(mount_setattr),
			      SCMP_SYS(openat2) };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	CHECK(ctx);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		CHECK(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), calls[i], 0) == 0);
	CHECK(seccomp_load(ctx) == 0);
	seccomp_release(ctx);
}

static void child(void (*body)(struct scratch *t), const char *dir, bool old_kernel)
{
	static struct scratch t;

	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("tmpfs", dir, "tmpfs", 0, NULL) == 0);
	snprintf(t.dir, sizeof t.dir, "%s", dir);
	snprintf(t.root, sizeof t.root, "%s/rootfs", dir);
	scratch_mkdir(t.root);
	t.plan = (struct plan_rootfs){
		.path = t.root,
		.propagation = MS_PRIVATE | MS_REC,
		.host_propagation = MS_SLAVE | MS_REC,
	};
	t.host = (struct host){ .privileged = true };
	t.r = (struct rootfs){
		.plan = &t.plan,
		.root_fd = FD_NONE,
		.root_source = FD_NONE,
		.host = &t.host,
		.null_fd = FD_NONE,
		.empty_fd = FD_NONE,
	};
	if (old_kernel)
		forget_mount_api();
	body(&t);
	_exit(0);
}

void scratch_run(void (*body)(struct scratch *t), bool old_kernel)
{
	char dir[] = "/tmp/husk-rootfs-XXXXXX", text[2048];
	int pipes[2], status = 0;

	if (geteuid() != 0)
		cr_skip_test("needs root: mount namespaces");
	cr_assert(mkdtemp(dir));
	cr_assert_eq(pipe(pipes), 0);
	pid_t pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		(void)close(pipes[0]);
		report = pipes[1];
		child(body, dir, old_kernel);
	}
	(void)close(pipes[1]);
	ssize_t n = read(pipes[0], text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)close(pipes[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	(void)rmdir(dir);
	cr_assert_eq(status, 0, "%s", *text ? text : "the child died");
}

void tree_leave_host(void)
{
	CHECK(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
	CHECK(unshare(CLONE_NEWNS) == 0);
}

static void write_proc(const char *path, const char *text)
{
	own_fd fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
}

void tree_enter_userns(void)
{
	CHECK(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	write_proc("/proc/self/setgroups", "deny");
	write_proc("/proc/self/uid_map", "0 0 1");
	write_proc("/proc/self/gid_map", "0 0 1");
}

void scratch_build(struct scratch *t)
{
	CHECK(rootfs_build(&t->r, &t->e) == 0, "%s", t->e.text);
}

void scratch_enter(struct scratch *t)
{
	scratch_build(t);
	CHECK(rootfs_enter(&t->r, &t->e) == 0, "%s", t->e.text);
	rootfs_done(&t->r);
}

const char *scratch_refused(struct scratch *t)
{
	CHECK(rootfs_build(&t->r, &t->e) < 0);
	return t->e.text;
}
