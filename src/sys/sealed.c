/* Re-execute husk from a copy that nobody can write to. */
#include "sys/sealed.h"

#include "base/own.h"
#include "base/str.h"
#include "sys/compat.h"
#include "sys/mountapi.h"
#include "sys/procattr.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	LINUX_CAPABILITY_V3 = 0x20080522,
};

/* A file whose mount (or file system) is read-only stays so through every /proc/PID/exe: the link leads to
 * the mount, and a container has no power over a mount outside its mount namespace. */
static bool on_readonly_mount(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static bool has_capabilities(void)
{
	struct {
		uint32_t version;
		int pid;
	} head = { .version = LINUX_CAPABILITY_V3 };
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2];

	return syscall(SYS_capget, &head, data) < 0 || data[0].permitted || data[1].permitted;
}

/*
 * An ordinary user's husk that belongs to root: whatever a container of his becomes, it has his ids and those
 * of his subordinate ranges, never root's, so file permissions already keep it off. (With a capability he
 * might map root; with an ACL that grants writing, the group bits show it.)
 */
static bool is_out_of_reach(int fd)
{
	struct stat st;

	return geteuid() != 0 && fstat(fd, &st) == 0 && st.st_uid == 0 &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH)) && !has_capabilities();
}

/* A detached mount that holds this one file, read-only. Nothing is copied; it vanishes with its last user. */
static int clone_readonly(int exe_fd)
{
	own_fd fd = TRY(sys_open_tree(exe_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));

	TRY(sys_mount_setattr(fd, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, FD_NONE));
	return on_readonly_mount(fd) ? TAKE_FD(fd) : -EROFS;
}

static int copy_sealed(int exe_fd)
{
	struct stat st;
	off_t offset = 0;
	own_fd fd = memfd_create("husk", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before 6.3 there is no MFD_EXEC, and no need of it */
		fd = memfd_create("husk", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fstat(exe_fd, &st) < 0)
		return -errno;
	while (offset < st.st_size) {
		ssize_t n = sendfile(fd, exe_fd, &offset, (size_t)(st.st_size - offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
	}
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return is_sealed(fd) ? TAKE_FD(fd) : -EPERM;
}

/*
 * Did we come here by exec_fd()? The auxiliary vector keeps the path that execve() was given. The answer only
 * stops a second try, it never stands for protection: who forges it gets an error.
 */
#define EXEC_PATH "/proc/self/fd/"

static bool is_second_try(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);

	return path && str_after(path, EXEC_PATH);
}

static int exec_fd(int fd, char **argv)
{
	char path[sizeof EXEC_PATH + 16];

	(void)snprintf(path, sizeof path, EXEC_PATH "%d", fd);
	(void)execv(path, argv);
	return -errno;
}

int sealed_ensure(char **argv, struct err *e)
{
	own_fd exe_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (exe_fd < 0)
		return err_set(e, errno, "open /proc/self/exe");
	if (on_readonly_mount(exe_fd) || is_sealed(exe_fd)) {
		/* exec by descriptor named us after its number */
		if (is_second_try())
			(void)sys_set_name(program_invocation_short_name);
		return 0;
	}
	if (is_second_try())
		return err_say(e, ELOOP, "/proc/self/exe is writable even after a re-execution");
	own_fd clone_fd = clone_readonly(exe_fd);
	if (clone_fd < 0 && is_out_of_reach(exe_fd))
		return 0;
	if (clone_fd >= 0)
		(void)exec_fd(clone_fd, argv);
	own_fd copy_fd = copy_sealed(exe_fd);
	if (copy_fd < 0)
		return err_set(e, -copy_fd, "copy /proc/self/exe to a sealed memfd");
	int r = exec_fd(copy_fd, argv);
	return err_set(e, -r, "execute the sealed copy of /proc/self/exe");
}
