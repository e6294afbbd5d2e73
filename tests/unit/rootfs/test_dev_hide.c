/* Devices, links, masks, read-only paths, and the way in, on new and old kernels. */
#include "scratch.h"

#include "base/str.h"
#include "sys/mountapi.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static const struct plan_device devices[] = {
	{ .cpath = "/dev/null", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 3 },
	{ .cpath = "/dev/net/odd",
	  .type = S_IFCHR,
	  .mode = 0642,
	  .major = 1,
	  .minor = 5,
	  .uid = 7,
	  .gid = 8 },
	{ .cpath = "/dev/pipe", .type = S_IFIFO, .mode = 0622 },
	{ .cpath = "/opt/block", .type = S_IFBLK, .mode = 0600, .major = 7, .minor = 99 },
};

static bool node_is(const char *path, mode_t mode, unsigned major, unsigned minor, uid_t uid)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_mode == mode && st.st_rdev == makedev(major, minor) &&
	       st.st_uid == uid;
}

static void nodes(struct scratch *t)
{
	t->plan.devices.v = devices;
	t->plan.devices.n = 4;
	(void)umask(077);
	scratch_enter(t);
	CHECK(umask(077) == 077);
	CHECK(node_is("/dev/null", S_IFCHR | 0666, 1, 3, 0));
	CHECK(node_is("/dev/net/odd", S_IFCHR | 0642, 1, 5, 7));
	CHECK(node_is("/dev/pipe", S_IFIFO | 0622, 0, 0, 0));
	CHECK(node_is("/opt/block", S_IFBLK | 0600, 7, 99, 0));
}

static void bound_node(struct scratch *t)
{
	static const struct plan_device d[] = {
		{ .cpath = "/dev/zero", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 5, .bind = true }
	};
	struct stat st;

	t->plan.devices.v = d;
	t->plan.devices.n = 1;
	scratch_enter(t);
	CHECK(stat("/dev/zero", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 5));
}

static void mismatch(struct scratch *t)
{
	t->plan.devices.v = devices;
	t->plan.devices.n = 1;
	scratch_mkdir(scratch_path("%s/dev", t->root));
	scratch_file(scratch_path("%s/dev/null", t->root), "", 0666);
	const char *text = scratch_refused(t);
	CHECK(str_eq(text, "device /dev/null: exists and is not character device 1:3"), "%s", text);
}

static void existing_match(struct scratch *t)
{
	t->plan.devices.v = devices;
	t->plan.devices.n = 1;
	scratch_mkdir(scratch_path("%s/dev", t->root));
	CHECK(mknod(scratch_path("%s/dev/null", t->root), S_IFCHR | 0600, makedev(1, 3)) == 0);
	scratch_enter(t);
	CHECK(node_is("/dev/null", S_IFCHR | 0600, 1, 3, 0));
}

/* CVE-2026-41579 */
static void dev_symlink(struct scratch *t)
{
	static char outside[80];

	snprintf(outside, sizeof outside, "%s/outside", t->dir);
	scratch_mkdir(outside);
	CHECK(symlink(outside, scratch_path("%s/dev", t->root)) == 0);
	t->plan.devices.v = devices;
	t->plan.devices.n = 1;
	const char *text = scratch_refused(t);
	CHECK(str_eq(text, "/dev is not a real directory (a symlink?)"), "%s", text);
	CHECK(!scratch_exists(scratch_path("%s/null", outside)));
}

static void links(struct scratch *t)
{
	static const struct plan_link l[] = { { "/dev/ptmx", "pts/ptmx", NULL },
					      { "/dev/here", "x", "/yes" },
					      { "/dev/gone", "x", "/no" } };

	scratch_mkdir(scratch_path("%s/yes", t->root));
	t->plan.links.v = l;
	t->plan.links.n = 3;
	scratch_enter(t);
	CHECK(scratch_exists("/dev/ptmx") && scratch_exists("/dev/here") && !scratch_exists("/dev/gone"));
}

/* What the config binds on /dev is the host's: nothing is made in it. */
static void bound_dev(struct scratch *t)
{
	static char source[80];
	static struct plan_mount m[] = { { .kind = PLAN_MOUNT_BIND, .cpath = "/dev/", .source = source } };

	snprintf(source, sizeof source, "%s/hostdev", t->dir);
	scratch_mkdir(source);
	t->plan.mounts.v = m;
	t->plan.mounts.n = 1;
	t->plan.devices.v = devices;
	t->plan.devices.n = 1;
	scratch_build(t);
	CHECK(!scratch_exists(scratch_path("%s/null", source)));
}

static void masks(struct scratch *t)
{
	static const char *const masked[] = { "/secret", "/dir", "/dir2", "/none", "/secret/none" };
	static const char *const ro[] = { "/frozen", "/none" };
	struct stat st;
	struct statfs fs;

	scratch_file(scratch_path("%s/secret", t->root), "s3cret", 0644);
	scratch_mkdir(scratch_path("%s/dir", t->root));
	scratch_file(scratch_path("%s/dir/f", t->root), "s3cret", 0644);
	scratch_mkdir(scratch_path("%s/dir2", t->root));
	scratch_mkdir(scratch_path("%s/frozen", t->root));
	scratch_file(scratch_path("%s/frozen/f", t->root), "seen", 0644);
	t->plan.masked.v = masked;
	t->plan.masked.n = 5;
	t->plan.readonly_paths.v = ro;
	t->plan.readonly_paths.n = 2;
	scratch_enter(t);
	CHECK(scratch_has("/secret", ""));
	CHECK(stat("/secret", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	CHECK(chmod("/secret", 0600) < 0 && errno == EROFS);
	for (int i = 0; i < 2; i++) {
		const char *dir = i ? "/dir2" : "/dir";
		CHECK(!scratch_exists("/dir/f"));
		CHECK(statfs(dir, &fs) == 0 && fs.f_type == 0x01021994 && fs.f_flags & ST_RDONLY);
		CHECK(mkdir(scratch_path("%s/x", dir), 0755) < 0 && errno == EROFS);
	}
	CHECK(scratch_has("/frozen/f", "seen"));
	CHECK(open("/frozen/f", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
	CHECK(mkdir("/writable", 0755) == 0);
}

static void readonly_root(struct scratch *t)
{
	static const struct plan_mount m[] = {
		{ .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" },
		{ .kind = PLAN_MOUNT_FS, .cpath = "/run", .source = "tmpfs", .fstype = "tmpfs" }
	};

	t->plan.readonly = true;
	t->plan.mounts.v = m;
	t->plan.mounts.n = 2;
	scratch_enter(t);
	CHECK(mkdir("/x", 0755) < 0 && errno == EROFS);
	CHECK(mkdir("/run/x", 0755) == 0);
	CHECK(!scratch_exists(t->dir));
	CHECK(!scratch_mounted("/", "shared:") && !scratch_mounted("/", "master:"));
}

static void shared_root(struct scratch *t)
{
	static const struct plan_mount m[] = {
		{ .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" }
	};

	CHECK(mount(NULL, t->dir, NULL, MS_SHARED, NULL) == 0);
	t->plan.host_propagation = MS_SHARED | MS_REC;
	t->plan.propagation = MS_SHARED | MS_REC;
	t->plan.mounts.v = m;
	t->plan.mounts.n = 1;
	scratch_enter(t);
	CHECK(scratch_mounted("/", "shared:"));
}

/* With MS_MOVE the old root stays below: who climbs out of the chroot finds its mounts gone. */
static void no_pivot(struct scratch *t)
{
	int out;

	t->plan.no_pivot = true;
	scratch_mkdir(scratch_path("%s/jail", t->root));
	CHECK(mount("tmpfs", scratch_path("%s", "/mnt"), "tmpfs", 0, NULL) == 0);
	scratch_file("/mnt/host-secret", "x", 0644);
	scratch_enter(t);
	CHECK(scratch_exists("/jail"));
	out = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(chroot("/jail") == 0 && fchdir(out) == 0);
	for (int i = 0; i < 20; i++)
		CHECK(chdir("..") == 0);
	CHECK(!scratch_exists("mnt/host-secret"));
	CHECK(!scratch_exists("proc/self"));
}

static void console(struct scratch *t)
{
	struct stat a, b;
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;

	if (master >= 0 && unlockpt(master) == 0)
		slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0, "no pty");
	scratch_build(t);
	CHECK(rootfs_console(&t->r, slave, &t->e) == 0, "%s", t->e.text);
	CHECK(rootfs_enter(&t->r, &t->e) == 0, "%s", t->e.text);
	CHECK(fstat(slave, &a) == 0 && stat("/dev/console", &b) == 0 && a.st_rdev == b.st_rdev);
}

static const struct cgroup_mount hierarchies[] = {
	{ "cpu", "/sys/fs/cgroup/cpu", "/", false },
	{ "memory", "/sys/fs/cgroup/memory", "/", false },
};

/* Without a cgroup namespace: the container's own cgroup, and "ro" for all of it. */
static void cgroup_v1(struct scratch *t)
{
	static const struct plan_mount m[] = { { .kind = PLAN_MOUNT_CGROUP,
						 .cpath = "/sys/fs/cgroup",
						 .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC } };

	if (!scratch_exists("/sys/fs/cgroup/memory/tasks") || !scratch_exists("/sys/fs/cgroup/cpu/tasks"))
		return;
	t->plan.mounts.v = m;
	t->plan.mounts.n = 1;
	t->plan.cgroup_layout = CGROUP_LEGACY;
	t->host.cgroups.v = hierarchies;
	t->host.cgroups.n = 2;
	scratch_enter(t);
	CHECK(scratch_exists("/sys/fs/cgroup/memory/tasks") && scratch_exists("/sys/fs/cgroup/cpu/tasks"));
	CHECK(mkdir("/sys/fs/cgroup/x", 0755) < 0 && errno == EROFS);
	CHECK(mkdir("/sys/fs/cgroup/memory/x", 0755) < 0 && errno == EROFS);
	CHECK(scratch_flags("/sys/fs/cgroup/memory") & ST_NOEXEC);
}

#define BOTH(name) \
	Test(rootfs_dev_hide, name) \
	{ \
		scratch_run(name, false); \
	} \
	Test(rootfs_dev_hide, name##_old_kernel) \
	{ \
		scratch_run(name, true); \
	}

BOTH(nodes)
BOTH(bound_node)
BOTH(mismatch)
BOTH(existing_match)
BOTH(dev_symlink)
BOTH(links)
BOTH(bound_dev)
BOTH(masks)
BOTH(readonly_root)
BOTH(shared_root)
BOTH(no_pivot)
BOTH(console)
BOTH(cgroup_v1)
