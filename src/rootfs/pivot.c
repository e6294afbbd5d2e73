/* The root of the container: attached at its own host path, then entered by pivot_root or chroot. */
#include "rootfs/pivot.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/attr.h"
#include "rootfs/fs.h"
#include "rootfs/mount_legacy.h"
#include "sys/mountapi.h"
#include "sys/procfs.h"

#include <sys/mount.h>
#include <sys/stat.h>

/* mountinfo of a busy host; what does not fit is a host that nobody runs without pivot_root. */
#define MOUNTINFO_MAX (4U << 20)

/*
 * The mount that holds the rootfs must not be shared, or our root would propagate into the host. With a slave
 * or private tree it never is; with a shared one, walk up to that mount's root and make it private.
 */
static int unshare_parent(const char *path, struct err *e)
{
	struct statx st;
	own_fd fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (;;) {
		if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_INO, &st) < 0)
			return err_set(e, errno, "open %s", path);
		if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			return attr_propagation(fd, MS_PRIVATE, e);
		if (!(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
			return err_say(e, ENOSYS, "a shared root needs Linux 5.8");
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		(void)close(fd);
		fd = up;
	}
}

static int attach_legacy(struct rootfs *r, struct err *e)
{
	const char *path = r->plan->path;

	own_fd dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open %s", path);
	if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_set(e, errno, "bind %s", path);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open %s", path);
	r->root_fd = fd;
	return 0;
}

/*
 * At its own path, where createContainer hooks look for it; over "/" when the container's root may not walk
 * there (a user namespace).
 */
static int attach_tree(struct rootfs *r, struct err *e)
{
	const char *path = r->plan->path;
	own_fd tree = r->root_source >= 0 ? TAKE_FD(r->root_source)
					  : sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE);

	if (tree == -ENOSYS)
		return attach_legacy(r, e);
	struct stat st;
	if (tree < 0 || fstat(tree, &st) < 0)
		return err_set(e, tree < 0 ? -tree : errno, "open %s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ENOTDIR, "open %s", path);
	if (r->plan->in_host_ns)
		TRY(attr_propagation(tree, MS_PRIVATE | MS_REC, e));
	int res = sys_move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
	if (res == -EACCES && !r->plan->in_host_ns)
		res = sys_move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (res < 0)
		return err_set(e, -res, "attach %s", path);
	r->root_fd = TAKE_FD(tree);
	return 0;
}

/*
 * In the host's mount namespace: one mount that carries all others, so that one unmount takes them away. It
 * is private as a whole, or what is mounted on it would appear elsewhere: no peer of its original before it
 * is attached, and once more afterwards, for a shared parent has made it shared. Over "/" nobody would find
 * it.
 */
static int attach_on_host(struct rootfs *r, struct err *e)
{
	const char *path = r->plan->path;
	struct stat root, st;

	if (stat("/", &root) < 0 || stat(path, &st) < 0)
		return err_set(e, errno, "open %s", path);
	if (root.st_dev == st.st_dev && root.st_ino == st.st_ino)
		return err_say(e, EINVAL, "%s is the host's root: this needs a mount namespace", path);
	TRY(attach_tree(r, e));
	return attr_propagation(r->root_fd, MS_PRIVATE | MS_REC, e);
}

int pivot_attach(struct rootfs *r, struct err *e)
{
	const struct plan_rootfs *plan = r->plan;

	if (plan->in_host_ns)
		return attach_on_host(r, e);
	if (mount(NULL, "/", NULL, plan->host_propagation, NULL) < 0)
		return err_set(e, errno, "propagation of the host's mounts");
	if (plan->host_propagation & MS_SHARED)
		TRY(unshare_parent(plan->path, e));
	TRY(attach_tree(r, e));
	/* what is mounted on it later keeps the propagation it is given, so private and slave come first */
	if (plan->propagation & (MS_PRIVATE | MS_SLAVE))
		return attr_propagation(r->root_fd, plan->propagation, e);
	if (plan->host_propagation & MS_SHARED)
		return attr_propagation(r->root_fd, MS_PRIVATE, e); /* pivot_root() refuses a shared root */
	return 0;
}

/*
 * pivot_root(".", ".") stacks the old root on the new one: umount2() of "." then means the old one
 * (pivot_root(2)), every other call the new one. Shared mounts of the old root must become slaves, or the
 * host would lose its own with them.
 */
static int enter_by_pivot(struct rootfs *r, struct err *e)
{
	bool shared = r->plan->host_propagation & MS_SHARED;
	own_fd old = shared ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : FD_NONE;

	if (shared && old < 0)
		return err_set(e, errno, "open the old root");
	int res = sys_pivot_root(".", ".");
	if (res < 0)
		return err_set(e, -res, "pivot_root");
	if (shared)
		TRY_IN(attr_propagation(old, MS_SLAVE | MS_REC, e), e, "cut off the old root");
	if (fchdir(r->root_fd) < 0) /* on old kernels the line above works from elsewhere */
		return err_set(e, errno, "enter the root");
	if (umount2(".", MNT_DETACH) < 0)
		return err_set(e, errno, "unmount the old root");
	return 0;
}

/* The mount point in a line of mountinfo (its fifth field), octal escapes undone in place. */
static char *mount_point(char *line)
{
	char *save = NULL, *field = NULL, *out, *in;

	for (int i = 0; i < 5; i++)
		field = strtok_r(i == 0 ? line : NULL, " ", &save);
	if (!field)
		return NULL;
	for (in = out = field; *in; out++) {
		if (in[0] == '\\' && in[1] && in[2] && in[3]) {
			*out = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 4;
		} else {
			*out = *in++;
		}
	}
	*out = '\0';
	return field;
}

/*
 * Where the root is an initramfs, nothing can replace it, and who may chroot() can climb back to it. So take
 * every other host mount away, or cover it where a user namespace locks it. The container's own tree has
 * moved to "/" already; its mounts are no longer at the places that mountinfo named.
 */
static int strip_host(char *mountinfo, const char *rootfs, struct err *e)
{
	char *save = NULL;

	for (char *line = strtok_r(mountinfo, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *path = mount_point(line);
		const char *below = path ? str_after(path, rootfs) : NULL;

		if (!path || str_eq(path, "/") || (below && (*below == '\0' || *below == '/')))
			continue;
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == ENOENT)
			continue;
		struct stat st;
		if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1") < 0)
			return err_set(e, errno, "cover %s", path);
	}
	return 0;
}

static int enter_by_chroot(struct err *e)
{
	return chroot(".") < 0 || chdir("/") < 0 ? err_set(e, errno, "chroot") : 0;
}

static int enter_by_move(struct rootfs *r, struct err *e)
{
	own_fd procfs = procfs_open(false, e);
	own_arena a = arena_new();
	char *mountinfo = arena_alloc(a, MOUNTINFO_MAX);

	if (procfs < 0)
		return procfs;
	TRY(procfs_read(procfs, "self/mountinfo", mountinfo, MOUNTINFO_MAX, e));
	if (fchdir(r->root_fd) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_set(e, errno, "move the root");
	TRY(strip_host(mountinfo, r->plan->path, e));
	return enter_by_chroot(e);
}

static int enter_root(struct rootfs *r, struct err *e)
{
	const struct plan_rootfs *plan = r->plan;

	if (plan->in_host_ns)
		return enter_by_chroot(e);
	return plan->no_pivot ? enter_by_move(r, e) : enter_by_pivot(r, e);
}

int pivot_enter(struct rootfs *r, struct err *e)
{
	const struct plan_rootfs *plan = r->plan;

	if (fchdir(r->root_fd) < 0)
		return err_set(e, errno, "enter the root");
	TRY(enter_root(r, e));
	if (plan->readonly)
		TRY_IN(attr_change(r->root_fd, false, MOUNT_ATTR_RDONLY, 0, e), e, "read-only root");
	if (plan->propagation & (MS_SHARED | MS_UNBINDABLE) &&
	    mount(NULL, "/", NULL, plan->propagation, NULL) < 0)
		return err_set(e, errno, "propagation of the root");
	return 0;
}
