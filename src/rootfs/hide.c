/*
 * maskedPaths and readonlyPaths.
 *
 * A masked file is covered by /dev/null, a masked directory by one empty read-only tmpfs. Each cover is made
 * once, by descriptor, and then cloned. The null device is the host's, seen through a read-only mount, so a
 * container cannot change its mode, and its number is checked on the descriptor (CVE-2025-31133).
 */
#include "rootfs/hide.h"

#include "base/own.h"
#include "rootfs/attr.h"
#include "rootfs/fs.h"
#include "rootfs/mount_legacy.h"
#include "sys/beneath.h"
#include "sys/mountapi.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define COVER_ATTRS (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Readable, so whoever lists it sees that there is nothing; no block and no inode but its root. */
static const struct plan_mount empty_dir = {
	.kind = PLAN_MOUNT_FS,
	.source = "tmpfs",
	.fstype = "tmpfs",
	.data = "nr_blocks=1,nr_inodes=1,mode=555",
};

/* O_PATH of /dev/null: a detached read-only clone of it, or the node itself on old kernels. */
static int open_null(bool *ret_detached, struct err *e)
{
	struct stat st;
	own_fd fd = sys_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE);
	bool detached = fd >= 0;

	if (fd == -ENOSYS)
		fd = open("/dev/null", O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_say(e, ENODEV, "/dev/null is not character device 1:3");
	if (detached)
		(void)sys_mount_setattr(fd, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, FD_NONE);
	*ret_detached = detached;
	return TAKE_FD(fd);
}

/*
 * Put the cover itself on the first target, a clone of it on the others: a tree that stayed detached would be
 * taken down when it is closed, and that waits for every CPU. -ENOSYS: no open_tree().
 */
static int put_cover(int cover_fd, bool fresh, int target, struct err *e)
{
	if (fresh)
		return fs_move(cover_fd, target, e);
	own_fd clone = sys_open_tree(cover_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (clone == -ENOSYS)
		return clone;
	return clone < 0 ? err_set(e, -clone, "clone") : fs_move(clone, target, e);
}

/* Old kernels: what now lies on cpath becomes read-only by a second look at it. */
static int readonly_legacy(struct rootfs *r, const char *cpath, struct err *e)
{
	own_fd top = beneath_open(r->root_fd, cpath, O_PATH, e);

	if (top < 0)
		return top;
	int res = legacy_setattr(top, MOUNT_ATTR_RDONLY, 0);
	return res < 0 ? err_set(e, -res, "remount read-only") : 0;
}

static int mask_file(struct rootfs *r, const char *cpath, int target, struct err *e)
{
	bool fresh = r->null_fd < 0;

	if (fresh)
		r->null_fd = TRY(open_null(&fresh, e));
	int res = put_cover(r->null_fd, fresh, target, e);
	if (res != -ENOSYS)
		return res;
	res = legacy_bind(r->null_fd, target, false);
	return res < 0 ? err_set(e, -res, "bind /dev/null") : readonly_legacy(r, cpath, e);
}

static int mask_dir(struct rootfs *r, int target, struct err *e)
{
	struct plan_mount m = empty_dir;

	bool fresh = r->empty_fd < 0;

	m.selinux_context = r->plan->mount_label;
	m.selinux_option = r->plan->label_option;
	if (fresh)
		r->empty_fd = fs_new(&m, COVER_ATTRS, e);
	int res = r->empty_fd < 0 ? r->empty_fd : put_cover(r->empty_fd, fresh, target, e);
	if (res != -ENOSYS)
		return res;
	res = legacy_mount(m.source, target, m.fstype, legacy_flags(COVER_ATTRS), m.data);
	return res < 0 ? err_set(e, -res, "tmpfs") : 0;
}

/* O_PATH of what is there. *ret FD_NONE and 0: nothing. */
static int open_existing(struct rootfs *r, const char *cpath, int *ret, struct err *e)
{
	int fd = beneath_open(r->root_fd, cpath, O_PATH, NULL);

	*ret = FD_NONE;
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return err_set(e, -fd, "open");
	*ret = fd;
	return 0;
}

static int mask(struct rootfs *r, const char *cpath, struct err *e)
{
	struct stat st;
	own_fd target = FD_NONE;

	TRY(open_existing(r, cpath, &target, e));
	if (target < 0)
		return 0;
	if (fstat(target, &st) < 0)
		return err_set(e, errno, "stat");
	return S_ISDIR(st.st_mode) ? mask_dir(r, target, e) : mask_file(r, cpath, target, e);
}

static int make_readonly(struct rootfs *r, const char *cpath, struct err *e)
{
	own_fd target = FD_NONE;

	TRY(open_existing(r, cpath, &target, e));
	if (target < 0)
		return 0;
	own_fd tree = sys_open_tree(target, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree == -ENOSYS) {
		int res = legacy_bind(target, target, true);
		return res < 0 ? err_set(e, -res, "bind") : readonly_legacy(r, cpath, e);
	}
	if (tree < 0)
		return err_set(e, -tree, "clone");
	TRY(fs_move(tree, target, e));
	int res = sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0, FD_NONE);
	if (res == -ENOSYS) /* Linux 5.2 to 5.11: the top mount alone */
		return attr_change(tree, false, MOUNT_ATTR_RDONLY, 0, e);
	return res < 0 ? err_set(e, -res, "read-only") : 0;
}

int hide_paths(struct rootfs *r, struct err *e)
{
	const struct plan_rootfs *plan = r->plan;

	for (size_t i = 0; i < plan->masked.n; i++)
		TRY_IN(mask(r, plan->masked.v[i], e), e, "mask %s", plan->masked.v[i]);
	for (size_t i = 0; i < plan->readonly_paths.n; i++)
		TRY_IN(make_readonly(r, plan->readonly_paths.v[i], e), e, "read-only %s",
		       plan->readonly_paths.v[i]);
	return 0;
}
