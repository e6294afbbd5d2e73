/* mounts[]: flags, binds, propagation, remount, tmpcopyup, refusals, on new and old kernels. */
#include "scratch.h"

#include "base/str.h"
#include "sys/mountapi.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MOUNTS(t, ...) \
	static const struct plan_mount list[] = { __VA_ARGS__ }; \
	(t)->plan.mounts.v = list; \
	(t)->plan.mounts.n = sizeof list / sizeof *list

static void fs_flags(struct scratch *t)
{
	MOUNTS(t,
	       { .kind = PLAN_MOUNT_FS,
		 .cpath = "/proc",
		 .source = "proc",
		 .fstype = "proc",
		 .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV },
	       { .kind = PLAN_MOUNT_FS,
		 .cpath = "/a/b",
		 .source = "shm",
		 .fstype = "tmpfs",
		 .data = "mode=1750,size=65536k",
		 .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME });
	struct stat st;

	scratch_enter(t);
	CHECK((scratch_flags("/proc") & (ST_NOSUID | ST_NOEXEC | ST_NODEV | ST_RDONLY)) ==
	      (ST_NOSUID | ST_NOEXEC | ST_NODEV));
	CHECK((scratch_flags("/a/b") & (ST_RDONLY | ST_NOATIME | ST_NOSUID)) == (ST_RDONLY | ST_NOATIME));
	CHECK(stat("/a/b", &st) == 0 && (st.st_mode & 07777) == 01750, "mode %o", st.st_mode);
	CHECK(scratch_mounted("/a/b", "size=65536k"));
	CHECK(scratch_mounted("/a/b", "tmpfs shm"));
}

static void bind_nested(struct scratch *t)
{
	static char source[80];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/proc", .source = "/proc", .recursive = true },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/data",
		  .source = source,
		  .recursive = true,
		  .rec_set = MOUNT_ATTR_RDONLY },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/etc/file",
		  .source = source,
		  .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC },
	};
	static char file[96];

	snprintf(source, sizeof source, "%s/source", t->dir);
	snprintf(file, sizeof file, "%s/plain", t->dir);
	list[2].source = file;
	scratch_mkdir(source);
	scratch_file(file, "hello", 0644);
	scratch_mkdir(scratch_path("%s/sub", source));
	CHECK(mount("tmpfs", scratch_path("%s/sub", source), "tmpfs", 0, NULL) == 0);
	scratch_file(scratch_path("%s/sub/x", source), "deep", 0644);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 3;
	scratch_enter(t);
	CHECK(scratch_has("/data/sub/x", "deep"));
	CHECK(scratch_flags("/data") & ST_RDONLY);
	CHECK(scratch_flags("/data/sub") & ST_RDONLY);
	CHECK(scratch_has("/etc/file", "hello"));
	CHECK((scratch_flags("/etc/file") & (ST_RDONLY | ST_NOEXEC)) == (ST_RDONLY | ST_NOEXEC));
}

/* Without recursive flags, which old kernels have not got. */
static void bind_file(struct scratch *t)
{
	static char file[96];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/proc", .source = "/proc", .recursive = true },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/etc/file",
		  .source = file,
		  .attr_set = MOUNT_ATTR_RDONLY },
	};

	snprintf(file, sizeof file, "%s/plain", t->dir);
	scratch_file(file, "hello", 0644);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 2;
	scratch_enter(t);
	CHECK(scratch_has("/etc/file", "hello"));
	CHECK(scratch_flags("/etc/file") & ST_RDONLY);
	CHECK(!scratch_mounted("/etc/file", "master:"));
}

static void propagation(struct scratch *t)
{
	static char source[80];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/proc", .source = "/proc", .recursive = true },
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/plain", .source = source },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/slave",
		  .source = source,
		  .propagation = { MS_SLAVE | MS_REC } },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/shared",
		  .source = source,
		  .propagation = { MS_PRIVATE, MS_SHARED } },
		{ .kind = PLAN_MOUNT_PROPAGATION, .cpath = "/plain", .propagation = { MS_UNBINDABLE } },
	};

	snprintf(source, sizeof source, "%s/source", t->dir);
	scratch_mkdir(source);
	CHECK(mount("tmpfs", source, "tmpfs", 0, NULL) == 0);
	CHECK(mount(NULL, source, NULL, MS_SHARED, NULL) == 0);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 5;
	tree_leave_host();
	scratch_enter(t);
	CHECK(!scratch_mounted("/plain", "master:") && scratch_mounted("/plain", "unbindable"));
	CHECK(scratch_mounted("/slave", "master:"));
	CHECK(scratch_mounted("/shared", "shared:") && !scratch_mounted("/shared", "master:"));
}

static void remount(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" },
	       { .kind = PLAN_MOUNT_FS,
		 .cpath = "/x",
		 .source = "tmpfs",
		 .fstype = "tmpfs",
		 .attr_set = MOUNT_ATTR_NOSUID },
	       { .kind = PLAN_MOUNT_REMOUNT,
		 .cpath = "/x",
		 .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV },
	       { .kind = PLAN_MOUNT_REMOUNT, .cpath = "/proc", .attr_set = MOUNT_ATTR_RDONLY },
	       { .kind = PLAN_MOUNT_REMOUNT, .cpath = "/proc", .attr_clear = MOUNT_ATTR_RDONLY });
	scratch_enter(t);
	CHECK((scratch_flags("/x") & (ST_RDONLY | ST_NODEV | ST_NOSUID)) ==
	      (ST_RDONLY | ST_NODEV | ST_NOSUID));
	CHECK(!(scratch_flags("/proc") & ST_RDONLY));
}

static void copyup(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS,
		    .cpath = "/var",
		    .source = "tmpfs",
		    .fstype = "tmpfs",
		    .tmpcopyup = true,
		    .attr_set = MOUNT_ATTR_RDONLY });
	struct stat st;
	char text[16] = "";

	scratch_mkdir(scratch_path("%s/var", t->root));
	scratch_mkdir(scratch_path("%s/var/d", t->root));
	scratch_file(scratch_path("%s/var/d/f", t->root), "content", 04751);
	CHECK(chown(scratch_path("%s/var/d/f", t->root), 3, 4) == 0);
	CHECK(chmod(scratch_path("%s/var/d/f", t->root), 04751) == 0);
	CHECK(symlink("d/f", scratch_path("%s/var/l", t->root)) == 0);
	CHECK(chmod(scratch_path("%s/var", t->root), 0711) == 0);
	scratch_enter(t);
	CHECK(scratch_has("/var/d/f", "content"));
	CHECK(stat("/var/d/f", &st) == 0 && (st.st_mode & 07777) == 04751 && st.st_uid == 3 &&
	      st.st_gid == 4);
	CHECK(stat("/var", &st) == 0 && (st.st_mode & 07777) == 0711);
	CHECK(readlink("/var/l", text, sizeof text - 1) == 3 && str_eq(text, "d/f"));
	CHECK(scratch_flags("/var") & ST_RDONLY);
}

static void missing_source(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_BIND, .cpath = "/data", .source = "/no/such/place" });
	const char *text = scratch_refused(t);

	CHECK(str_eq(text, "mount /data: open /no/such/place: No such file or directory"), "%s", text);
}

static void bad_option(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS,
		    .cpath = "/x",
		    .source = "tmpfs",
		    .fstype = "tmpfs",
		    .data = "mode=755,size=potato" });
	const char *text = scratch_refused(t);

	CHECK(str_eq(text, "mount /x: tmpfs: Bad value for 'size'"), "%s", text);
}

static void unknown_type(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS, .cpath = "/x", .source = "x", .fstype = "nosuchfs" });
	const char *text = scratch_refused(t);

	CHECK(str_eq(text, "mount /x: unknown file system type 'nosuchfs'"), "%s", text);
}

/* CVE-2019-19921, CVE-2025-54867: by the last component or by one before it. */
static void proc_symlink(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" });

	scratch_mkdir(scratch_path("%s/evil", t->root));
	CHECK(symlink("evil", scratch_path("%s/proc", t->root)) == 0);
	const char *text = scratch_refused(t);
	CHECK(str_eq(text, "mount /proc: proc is not a real directory (a symlink?)"), "%s", text);
}

static void sysfs_symlink_above(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS, .cpath = "/a/sys", .source = "sysfs", .fstype = "sysfs" });

	scratch_mkdir(scratch_path("%s/evil", t->root));
	CHECK(symlink("evil", scratch_path("%s/a", t->root)) == 0);
	const char *text = scratch_refused(t);
	CHECK(str_eq(text, "mount /a/sys: a is not a real directory (a symlink?)"), "%s", text);
}

/* A symlink of the image that points out of it leads to a place inside. */
static void target_stays_inside(struct scratch *t)
{
	MOUNTS(t, { .kind = PLAN_MOUNT_FS, .cpath = "/link/x", .source = "tmpfs", .fstype = "tmpfs" });

	CHECK(symlink("../../../../outside", scratch_path("%s/link", t->root)) == 0);
	scratch_mkdir(scratch_path("%s/outside", t->root));
	scratch_mkdir(scratch_path("%s/outside", t->dir));
	scratch_build(t);
	CHECK(!scratch_exists(scratch_path("%s/outside/x", t->dir)));
	CHECK(scratch_exists(scratch_path("%s/outside/x", t->root)));
}

static void copy_symlink(struct scratch *t)
{
	static char source[96];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/etc/l", .source = source, .copy_symlink = true }
	};
	char text[32] = "";

	snprintf(source, sizeof source, "%s/l", t->dir);
	CHECK(symlink("target/of/it", source) == 0);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 1;
	scratch_enter(t);
	CHECK(readlink("/etc/l", text, sizeof text - 1) == 12 && str_eq(text, "target/of/it"));
}

/* The parent lane's trees: same facts, and not peers of the host's mounts. */
static void parent_sources(struct scratch *t)
{
	static char source[80];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" },
		{ .kind = PLAN_MOUNT_BIND, .cpath = "/data", .source = source, .propagation = { MS_SLAVE } },
	};
	static int fds[3];

	snprintf(source, sizeof source, "%s/source", t->dir);
	scratch_mkdir(source);
	CHECK(mount("tmpfs", source, "tmpfs", 0, NULL) == 0);
	CHECK(mount(NULL, source, NULL, MS_SHARED, NULL) == 0);
	scratch_file(scratch_path("%s/f", source), "by descriptor", 0644);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 2;
	CHECK(rootfs_open_sources(&t->plan, fds, &t->e) == 0, "%s", t->e.text);
	CHECK(fds[0] >= 0 && fds[1] < 0 && fds[2] >= 0);
	t->r.root_source = fds[0];
	t->r.sources = fds + 1;
	list[1].source = "/not/looked/at";
	tree_leave_host();
	scratch_enter(t);
	CHECK(scratch_has("/data/f", "by descriptor"));
	CHECK(scratch_mounted("/data", "master:") && !scratch_mounted("/data", "shared:"));
}

/* Ids of the file system 0.. appear as 1000.. */
static void idmap(struct scratch *t)
{
	static char source[80];
	static const struct plan_map map[] = { { 0, 1000, 10 } };
	static struct plan_mount list[] = { { .kind = PLAN_MOUNT_BIND,
					      .cpath = "/data",
					      .source = source,
					      .idmap = true,
					      .uid_map = { map, 1 },
					      .gid_map = { map, 1 } } };
	struct stat st;

	snprintf(source, sizeof source, "%s/source", t->dir);
	scratch_mkdir(source);
	scratch_file(scratch_path("%s/f", source), "x", 0644);
	CHECK(chown(scratch_path("%s/f", source), 2, 3) == 0);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 1;
	scratch_enter(t);
	CHECK(stat("/data/f", &st) == 0 && st.st_uid == 1002 && st.st_gid == 1003, "%u", st.st_uid);
}

/*
 * A user namespace with nothing else of its own: proc and sysfs are the host's, read-only all the way down
 * when the config says ro; a locked flag of a bind is kept though the config clears it.
 */
static void userns(struct scratch *t)
{
	static char source[80];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_FS, .cpath = "/proc", .source = "proc", .fstype = "proc" },
		{ .kind = PLAN_MOUNT_FS,
		  .cpath = "/sys",
		  .source = "sysfs",
		  .fstype = "sysfs",
		  .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC },
		{ .kind = PLAN_MOUNT_FS, .cpath = "/run", .source = "tmpfs", .fstype = "tmpfs" },
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/data",
		  .source = source,
		  .attr_set = MOUNT_ATTR_NOEXEC,
		  .attr_clear = MOUNT_ATTR_NOSUID },
	};
	static const struct plan_device d[] = {
		{ .cpath = "/dev/null", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 3, .bind = true }
	};
	static const char *const hidden[] = { "/proc/keys", "/sys/firmware" };
	static int fds[5];

	snprintf(source, sizeof source, "%s/source", t->dir);
	scratch_mkdir(source);
	CHECK(mount("tmpfs", source, "tmpfs", MS_NOSUID, NULL) == 0);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 4;
	t->plan.devices.v = d;
	t->plan.devices.n = 1;
	t->plan.masked.v = hidden;
	t->plan.masked.n = 2;
	t->plan.readonly = true;
	CHECK(rootfs_open_sources(&t->plan, fds, &t->e) == 0, "%s", t->e.text);
	t->r.root_source = fds[0];
	t->r.sources = fds + 1;
	tree_enter_userns();
	scratch_enter(t);
	CHECK(scratch_exists("/proc/self/status"));
	CHECK((scratch_flags("/sys") & (ST_RDONLY | ST_NOEXEC)) == (ST_RDONLY | ST_NOEXEC));
	CHECK(!scratch_exists("/sys/fs/cgroup/memory") || scratch_flags("/sys/fs/cgroup/memory") & ST_RDONLY);
	CHECK(mkdir("/run/x", 0755) == 0);
	CHECK(scratch_flags("/data") & ST_NOEXEC);
	CHECK(scratch_has("/proc/keys", ""));
	CHECK(!scratch_exists("/sys/firmware/acpi"));
	CHECK(mkdir("/x", 0755) < 0 && errno == EROFS);
}

/* The same without help from a parent: a locked flag of a bind stays. */
static void userns_locked(struct scratch *t)
{
	static char source[80];
	static struct plan_mount list[] = {
		{ .kind = PLAN_MOUNT_BIND,
		  .cpath = "/data",
		  .source = source,
		  .attr_set = MOUNT_ATTR_NOEXEC,
		  .attr_clear = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY },
	};

	snprintf(source, sizeof source, "%s/source", t->dir);
	scratch_mkdir(source);
	CHECK(mount("tmpfs", source, "tmpfs", MS_NOSUID, NULL) == 0);
	t->plan.mounts.v = list;
	t->plan.mounts.n = 1;
	tree_enter_userns();
	scratch_enter(t);
	CHECK((scratch_flags("/data") & (ST_NOEXEC | ST_NOSUID | ST_RDONLY)) == (ST_NOEXEC | ST_NOSUID));
}

#define BOTH(name) \
	Test(rootfs_mount, name) \
	{ \
		scratch_run(name, false); \
	} \
	Test(rootfs_mount, name##_old_kernel) \
	{ \
		scratch_run(name, true); \
	}
#define NEW_ONLY(name) \
	Test(rootfs_mount, name) \
	{ \
		scratch_run(name, false); \
	}

BOTH(fs_flags)
BOTH(bind_file)
BOTH(propagation)
BOTH(remount)
BOTH(copyup)
BOTH(missing_source)
BOTH(unknown_type)
BOTH(proc_symlink)
BOTH(sysfs_symlink_above)
BOTH(target_stays_inside)
BOTH(copy_symlink)
NEW_ONLY(bind_nested)
NEW_ONLY(bad_option)
NEW_ONLY(parent_sources)
NEW_ONLY(idmap)
NEW_ONLY(userns)
BOTH(userns_locked)
