/* A procfs that nobody else mounted over, and its small files. */
#include "sys/procfs.h"

#include "base/num.h"
#include "base/own.h"
#include "sys/compat.h"
#include "sys/mountapi.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

enum {
	PROC_MAGIC = 0x9fa0,
	PROC_ROOT_INO = 1,
	MAX_TRIES = 128,
};

static bool on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_MAGIC;
}

/* A bind of a directory inside a procfs has the magic, but not the inode. */
static bool is_procfs_root(int fd)
{
	struct stat st;

	return on_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INO;
}

static int take_procfs_root(int fd)
{
	own_fd owned = fd;

	if (owned < 0)
		return owned;
	return is_procfs_root(owned) ? TAKE_FD(owned) : -EINVAL;
}

/*
 * The file system behind /proc on a detached mount of its own, without what is mounted over parts of it. A
 * tenth of the price of a new procfs. Not good enough when it is read-only, or belongs to another pid
 * namespace. In a user namespace the kernel refuses to uncover what was mounted over it.
 */
static int open_clone(void)
{
	own_fd fd = TRY(take_procfs_root(sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE)));
	char self[16];
	int pid;
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0 || (fs.f_flag & ST_RDONLY))
		return -EROFS;
	ssize_t n = readlinkat(fd, "self", self, sizeof self - 1);
	if (n < 0)
		return -errno;
	self[n] = '\0';
	return num_int(self, &pid) && pid == getpid() ? TAKE_FD(fd) : -ESRCH;
}

/* A new procfs. No hidepid: it would hide from a rootless caller the very processes whose start time it asks
 * for. A kernel without subset=pid (before 5.8) gives the full content, as /proc itself does. */
static int open_new(bool full)
{
	own_fd fs = TRY(sys_fsopen("proc"));

	if (!full)
		(void)sys_fsconfig(fs, FSCONFIG_SET_STRING, "subset", "pid", 0);
	TRY(sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return take_procfs_root(sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
}

int procfs_open(bool full, struct err *e)
{
	int fd = open_clone();

	if (fd < 0)
		fd = open_new(full);
	if (fd >= 0)
		return fd;
	/* What is mounted over a part of it is found out when that part is opened. */
	fd = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open /proc");
	fd = take_procfs_root(fd);
	return fd < 0 ? err_say(e, -fd, "open /proc: not a procfs") : fd;
}

static const char *after_self(const char *name)
{
	if (strncmp(name, "self/", 5) == 0)
		return name + 5;
	if (strncmp(name, "thread-self/", 12) == 0)
		return name + 12;
	return NULL;
}

static int open_beneath(int procfs_fd, const char *name, int flags)
{
	struct sys_open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_MAGICLINKS,
	};
	int fd = -EAGAIN;

	/* self and thread-self are plain links into the same procfs. Nothing that follows them may be a link.
	 */
	if (!after_self(name))
		how.resolve |= SYS_RESOLVE_NO_SYMLINKS;
	for (int i = 0; i < MAX_TRIES && fd == -EAGAIN; i++) {
		fd = (int)syscall(SYS_openat2, procfs_fd, name, &how, sizeof how);
		if (fd < 0)
			fd = -errno;
	}
	return fd;
}

/* Nothing is mounted between the two: same file system, and the same mount where statx() tells (5.8). */
static bool same_mount(int a, int b)
{
	struct statx x, y;

	if (statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) < 0 ||
	    statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &y) < 0)
		return false;
	if (x.stx_dev_major != y.stx_dev_major || x.stx_dev_minor != y.stx_dev_minor)
		return false;
	return !(x.stx_mask & y.stx_mask & STATX_MNT_ID) || x.stx_mnt_id == y.stx_mnt_id;
}

/* The directory that self or thread-self names: "PID" or "PID/task/TID", as this procfs numbers us. */
static int open_self(int procfs_fd, const char *link)
{
	char text[64];
	own_fd fd = openat(procfs_fd, link, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!same_mount(procfs_fd, fd))
		return -EXDEV;
	ssize_t n = readlinkat(fd, "", text, sizeof text - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (strspn(text, "0123456789/task") != (size_t)n || text[0] == '/')
		return -EXDEV;
	int dir = openat(procfs_fd, text, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/* The same without openat2 (before 5.6): component by component, no link followed, every step on our mount.
 */
static int open_walk(int procfs_fd, const char *name, int flags)
{
	const char *rest = after_self(name);
	own_fd dir = FD_NONE;
	char part[NAME_MAX + 1];

	if (rest) {
		dir = TRY(open_self(procfs_fd, name[0] == 's' ? "self" : "thread-self"));
		name = rest;
	}
	for (;;) {
		size_t len = strcspn(name, "/");
		bool last = name[len] == '\0';

		if (len == 0 || len > NAME_MAX || strncmp(name, "..", len) == 0)
			return -EINVAL;
		memcpy(part, name, len);
		part[len] = '\0';
		own_fd fd = openat(dir >= 0 ? dir : procfs_fd, part,
				   (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (!same_mount(procfs_fd, fd))
			return -EXDEV;
		if (last)
			return TAKE_FD(fd);
		own_fd_done(&dir);
		dir = TAKE_FD(fd);
		name += len + 1;
	}
}

static int open_file(int procfs_fd, const char *name, int flags, struct err *e)
{
	int r = open_beneath(procfs_fd, name, flags | O_NOCTTY);

	/* EPERM: a sandbox that does not know openat2, or a true refusal, which the walk then repeats. */
	if (r == -ENOSYS || r == -EPERM)
		r = open_walk(procfs_fd, name, flags | O_NOCTTY);
	if (r < 0)
		return err_set(e, -r, "open /proc/%s", name);
	own_fd fd = r;
	if (!on_procfs(fd))
		return err_say(e, EXDEV, "open /proc/%s: not on a procfs", name);
	return TAKE_FD(fd);
}

int procfs_write(int procfs_fd, const char *name, const char *text, struct err *e)
{
	own_fd fd = TRY(open_file(procfs_fd, name, O_WRONLY, e));
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);

	if (n < 0)
		return err_set(e, errno, "write '%.64s' to /proc/%s", text, name);
	if ((size_t)n != len)
		return err_say(e, EIO, "write '%.64s' to /proc/%s: short write", text, name);
	return 0;
}

int procfs_read(int procfs_fd, const char *name, char *buf, size_t size, struct err *e)
{
	own_fd fd = TRY(open_file(procfs_fd, name, O_RDONLY, e));
	size_t len = 0;

	if (size == 0 || size > INT_MAX)
		return err_set(e, EINVAL, "read /proc/%s", name);
	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "read /proc/%s", name);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (int)len;
}

int procfs_start_time(int procfs_fd, pid_t pid, uint64_t *ret, char *ret_state, struct err *e)
{
	enum { STATE = 3, START_TIME = 22 };
	char name[32], text[1024], *save = NULL;
	uint64_t ticks;

	(void)snprintf(name, sizeof name, "%d/stat", pid);
	int r = procfs_read(procfs_fd, name, text, sizeof text, e);
	if (r == -ENOENT || r == -ESRCH)
		return err_set(e, ESRCH, "process %d", pid);
	if (r < 0)
		return r;
	/* Field 2 is the name in parentheses, and may itself hold spaces and parentheses. */
	char *p = strrchr(text, ')');
	char *field = p ? strtok_r(p + 1, " \n", &save) : NULL;
	char state = field ? field[0] : '\0';
	for (int i = STATE; field && i < START_TIME; i++)
		field = strtok_r(NULL, " \n", &save);
	if (!field || !num_u64(field, &ticks))
		return err_say(e, EPROTO, "read /proc/%s: unknown format", name);
	*ret = ticks;
	if (ret_state)
		*ret_state = state;
	return 0;
}
