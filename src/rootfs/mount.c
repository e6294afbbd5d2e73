/* One entry of mounts[]: find the target, attach the tree, set flags and propagation. */
#include "rootfs/mount.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/attr.h"
#include "rootfs/bind.h"
#include "rootfs/cgroupfs.h"
#include "rootfs/fs.h"
#include "rootfs/idmapped.h"
#include "rootfs/mount_legacy.h"
#include "rootfs/tmpcopyup.h"
#include "sys/beneath.h"
#include "sys/mountapi.h"

#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>

/*
 * What stands in for an instance of its own, where a user namespace that owns no matching namespace may not
 * create one (EPERM): the host's tree. No procfs for a container with pids of its own: it would show the
 * host's processes in the place of the container's.
 */
static const struct {
	const char *fstype, *host_path;
} stand_ins[] = { { "sysfs", "/sys" }, { "proc", "/proc" }, { "mqueue", "/dev/mqueue" } };

static const char *stand_in(const struct rootfs *r, const char *fstype)
{
	if (r->plan->pid_ns && str_eq(fstype, "proc"))
		return NULL;
	for (size_t i = 0; i < sizeof stand_ins / sizeof *stand_ins; i++)
		if (str_eq(fstype, stand_ins[i].fstype))
			return stand_ins[i].host_path;
	return NULL;
}

/* Nothing of the host's tree may become writable through a stand-in, so flags hold for what lies below; nor
 * may what hides a part of it hide the host's. */
static int attach_stand_in(const char *host_path, const struct plan_mount *m, int target, struct err *e)
{
	own_fd tree = sys_open_tree(AT_FDCWD, host_path, OPEN_TREE_CLONE | AT_RECURSIVE);

	if (tree < 0)
		return err_set(e, -tree, "bind %s in place of %s", host_path, m->fstype);
	TRY(attr_propagation(tree, MS_PRIVATE | MS_REC, e));
	TRY(attr_change(tree, true, m->attr_set & ~(uint64_t)MOUNT_ATTR__ATIME, 0, e));
	TRY(fs_move(tree, target, e));
	return TAKE_FD(tree);
}

/*
 * The directory for a proc or sysfs, without a symlink anywhere on the way: later writes to /proc and /sys
 * must land in what we mount (CVE-2019-19921, CVE-2025-54867).
 */
static int strict_target(int root_fd, const char *cpath, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char name[NAME_MAX + 1];
	own_fd dir = FD_NONE;

	for (const char *s = cpath + strspn(cpath, "/"); *s; s += strspn(s, "/")) {
		size_t n = strcspn(s, "/");
		int in = dir < 0 ? root_fd : dir;

		if (n > NAME_MAX || (n <= 2 && strncmp("..", s, n) == 0))
			return err_say(e, EINVAL, "not a plain path");
		memcpy(name, s, n);
		name[n] = '\0';
		int next = openat(in, name, flags);
		if (next < 0 && errno == ENOENT && mkdirat(in, name, 0755) == 0)
			next = openat(in, name, flags);
		if (next < 0 && (errno == ENOTDIR || errno == ELOOP))
			return err_say(e, errno, "%s is not a real directory (a symlink?)", name);
		if (next < 0)
			return err_set(e, errno, "open %s", name);
		own_fd_done(&dir);
		dir = next;
		s += n;
	}
	return dir < 0 ? err_say(e, EINVAL, "not a plain path") : TAKE_FD(dir);
}

static int directory_target(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	if (str_eq(m->fstype, "proc") || str_eq(m->fstype, "sysfs"))
		return strict_target(r->root_fd, m->cpath, e);
	return beneath_target(r->root_fd, m->cpath, true, m->dest_nofollow, e);
}

static int attach_fs(struct rootfs *r, const struct plan_mount *m, int target, struct err *e)
{
	const char *host_path = stand_in(r, m->fstype);
	int tree = fs_attach(r, m, m->attr_set, target, e);

	return tree == -EPERM && host_path ? attach_stand_in(host_path, m, target, e) : tree;
}

static int mount_fs(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	own_fd target = directory_target(r, m, e);

	if (target < 0)
		return target;
	own_fd tree = attach_fs(r, m, target, e);
	if (tree < 0)
		return tree;
	return mount_finish(tree, m, e);
}

/* The tmpfs stays writable until it is filled. */
static int mount_copyup(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct plan_mount writable = *m;
	bool own_mode = m->data && strstr(m->data, "mode=");

	writable.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	writable.sb_flags &= ~(unsigned long)MS_RDONLY;
	own_fd target = beneath_target(r->root_fd, m->cpath, true, m->dest_nofollow, e);
	if (target < 0)
		return target;
	own_fd before = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (before < 0)
		return err_set(e, errno, "tmpcopyup");
	own_fd tree = fs_attach(r, &writable, writable.attr_set, target, e);
	if (tree < 0)
		return tree;
	TRY(tmpcopyup_fill(before, tree, own_mode, e));
	TRY(attr_change(tree, false, m->attr_set & MOUNT_ATTR_RDONLY, 0, e));
	return mount_finish(tree, m, e);
}

/*
 * A bind without a word about propagation follows the container's root when that is private: else a clone of
 * a host mount would stay a slave and go on receiving the host's mounts, or, in the host's mount namespace, a
 * peer and hand on what is mounted on it.
 */
static int mount_bind(struct rootfs *r, const struct plan_mount *m, int source, struct err *e)
{
	own_fd tree = FD_NONE;

	TRY(bind_attach(r, m, source, &tree, e));
	if (tree < 0)
		return 0;
	if (!m->propagation[0] && (r->plan->in_host_ns || r->plan->propagation & MS_PRIVATE))
		TRY(attr_propagation(tree, MS_PRIVATE | MS_REC, e));
	TRY(attr_change(tree, false, m->attr_set, m->attr_clear, e));
	return mount_finish(tree, m, e);
}

/*
 * remount: the flags of the mount, and of the file system only when options of its own are asked for. "ro"
 * alone never makes a superblock read-only that the host uses too.
 */
static int mount_change(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	unsigned long sb_flags = m->sb_flags & ~(unsigned long)(MS_RDONLY | MS_SILENT);
	own_fd tree = beneath_open(r->root_fd, m->cpath, O_PATH | (m->dest_nofollow ? O_NOFOLLOW : 0), e);

	if (tree < 0)
		return tree;
	if (m->kind == PLAN_MOUNT_REMOUNT && (m->data || sb_flags)) {
		uint64_t now = 0;

		TRY(legacy_attrs(tree, &now));
		now = (now & ~m->attr_clear) | m->attr_set;
		int res =
			legacy_mount(NULL, tree, NULL, MS_REMOUNT | m->sb_flags | legacy_flags(now), m->data);
		if (res < 0)
			return err_set(e, -res, "remount");
	}
	TRY(attr_change(tree, false, m->attr_set, m->attr_clear, e));
	return mount_finish(tree, m, e);
}

int mount_finish(int tree_fd, const struct plan_mount *m, struct err *e)
{
	TRY(attr_change(tree_fd, true, m->rec_set, m->rec_clear, e));
	for (size_t i = 0; i < 4 && m->propagation[i]; i++)
		TRY(attr_propagation(tree_fd, m->propagation[i], e));
	return 0;
}

int mount_apply(struct rootfs *r, size_t i, struct err *e)
{
	const struct plan_mount *m = &r->plan->mounts.v[i];
	own_fd source = r->sources ? TAKE_FD(r->sources[i]) : FD_NONE;

	switch (m->kind) {
	case PLAN_MOUNT_FS:
		return m->tmpcopyup ? mount_copyup(r, m, e) : mount_fs(r, m, e);
	case PLAN_MOUNT_BIND:
		return mount_bind(r, m, source, e);
	case PLAN_MOUNT_CGROUP:
		return cgroupfs_mount(r, m, e);
	case PLAN_MOUNT_REMOUNT:
	case PLAN_MOUNT_PROPAGATION:
		return mount_change(r, m, e);
	}
	return err_say(e, EINVAL, "unknown kind of mount");
}
