/*
 * Device nodes and links, relative to a verified /dev.
 *
 * The image may bring a /dev that is a symlink to anywhere (CVE-2026-41579): it is opened once, as a real
 * directory, and everything below is made relative to that descriptor.
 */
#include "rootfs/dev.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/fs.h"
#include "rootfs/mount_legacy.h"
#include "sys/beneath.h"
#include "sys/mountapi.h"

#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int open_dev(int root_fd, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(root_fd, "dev", flags);

	if (fd < 0 && errno == ENOENT && mkdirat(root_fd, "dev", 0755) == 0)
		fd = openat(root_fd, "dev", flags);
	if (fd >= 0)
		return fd;
	if (errno == ENOTDIR || errno == ELOOP)
		return err_say(e, ENOTDIR, "/dev is not a real directory (a symlink?)");
	return err_set(e, errno, "open /dev");
}

/* The name of cpath when it lies directly in /dev, else NULL. */
static const char *plain_name(const char *cpath)
{
	const char *name = str_after(cpath, "/dev/");

	if (!name || !*name || strchr(name, '/') || str_eq(name, ".") || str_eq(name, ".."))
		return NULL;
	return name;
}

/* A place to make something: a directory and a name in it. */
struct place {
	int dir;
	const char *name;
	int made_dir;
	char *made_name;
};

static void place_done(struct place *p)
{
	own_fd_done(&p->made_dir);
	free(p->made_name);
}

/* /dev/NAME costs no lookup. What is deeper in /dev is resolved with /dev as its root and stays inside. */
static int find_place(struct rootfs *r, int dev_fd, const char *cpath, struct place *p, struct err *e)
{
	const char *below = str_after(cpath, "/dev/");

	p->name = plain_name(cpath);
	p->dir = dev_fd;
	if (p->name)
		return 0;
	p->made_dir = beneath_parent(below ? dev_fd : r->root_fd, below ? cpath + strlen("/dev") : cpath,
				     true, &p->made_name, e);
	if (p->made_dir < 0)
		return p->made_dir;
	p->dir = p->made_dir;
	p->name = p->made_name;
	return 0;
}

static const char *type_word(mode_t type)
{
	return type == S_IFCHR ? "character device" : type == S_IFBLK ? "block device" : "fifo";
}

static bool matches(const struct stat *st, const struct plan_device *d)
{
	if ((st->st_mode & S_IFMT) != d->type)
		return false;
	return d->type == S_IFIFO || st->st_rdev == makedev(d->major, d->minor);
}

static int mismatch(const struct plan_device *d, const char *what, struct err *e)
{
	if (d->type == S_IFIFO)
		return err_say(e, EEXIST, "%s not a fifo", what);
	return err_say(e, EEXIST, "%s not %s %u:%u", what, type_word(d->type), d->major, d->minor);
}

static int make_node(const struct place *p, const struct plan_device *d, struct err *e)
{
	struct stat st;

	if (mknodat(p->dir, p->name, d->type | d->mode, makedev(d->major, d->minor)) < 0) {
		if (errno != EEXIST)
			return err_set(e, errno, "mknod");
		if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_set(e, errno, "stat");
		return matches(&st, d) ? 0 : mismatch(d, "exists and is", e);
	}
	if ((d->uid || d->gid) && fchownat(p->dir, p->name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "chown");
	return 0;
}

/* An empty file (or what is there already, if no symlink or directory) as an O_PATH descriptor. */
static int file_target(const struct place *p, struct err *e)
{
	struct stat st;
	own_fd made = openat(p->dir, p->name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0600);

	if (made < 0 && errno != EEXIST)
		return err_set(e, errno, "create");
	own_fd target = openat(p->dir, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || fstat(target, &st) < 0)
		return err_set(e, errno, "open");
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_say(e, EEXIST, "exists and is a %s",
			       S_ISLNK(st.st_mode) ? "symlink" : "directory");
	return TAKE_FD(target);
}

/* Put the inode of an open descriptor on `target`. */
static int bind_fd(int fd, int target, struct err *e)
{
	own_fd tree = sys_open_tree(fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);

	if (tree >= 0)
		return fs_move(tree, target, e);
	int r = tree == -ENOSYS ? legacy_bind(fd, target, false) : tree;
	return r < 0 ? err_set(e, -r, "bind") : 0;
}

/* mknod is not for user namespaces: the host's node, if it is the device that was asked for. */
static int bind_node(const struct place *p, const struct plan_device *d, struct err *e)
{
	struct stat st;

	if (d->type == S_IFIFO)
		return make_node(p, d, e);
	own_fd node = open(d->cpath, O_PATH | O_CLOEXEC);
	if (node < 0 || fstat(node, &st) < 0)
		return err_set(e, errno, "open the host's");
	if (!matches(&st, d))
		return mismatch(d, "the host's is", e);
	own_fd target = file_target(p, e);
	return target < 0 ? target : bind_fd(node, target, e);
}

static int make_device(struct rootfs *r, int dev_fd, const struct plan_device *d, struct err *e)
{
	OWN(place_done) struct place p = { .made_dir = FD_NONE };

	TRY(find_place(r, dev_fd, d->cpath, &p, e));
	return d->bind ? bind_node(&p, d, e) : make_node(&p, d, e);
}

/* A link that is there already stays, as does a device: an image may bring its own /dev/core or /dev/ptmx. */
static int make_link(struct rootfs *r, int dev_fd, const struct plan_link *l, struct err *e)
{
	OWN(place_done) struct place p = { .made_dir = FD_NONE };

	TRY(find_place(r, dev_fd, l->cpath, &p, e));
	if (symlinkat(l->target, p.dir, p.name) < 0 && errno != EEXIST)
		return err_set(e, errno, "symlink");
	return 0;
}

static bool exists(int root_fd, const char *cpath)
{
	own_fd fd = beneath_open(root_fd, cpath, O_PATH | O_NOFOLLOW, NULL);

	return fd >= 0;
}

/* A /dev bound from somewhere is taken as it is: what we made there would be made on the host. */
static bool dev_is_bound(const struct plan_rootfs *plan)
{
	for (size_t i = 0; i < plan->mounts.n; i++) {
		const struct plan_mount *m = &plan->mounts.v[i];
		const char *rest = str_after(m->cpath, "/dev");

		if (m->kind == PLAN_MOUNT_BIND && rest && rest[strspn(rest, "/")] == '\0')
			return true;
	}
	return false;
}

int dev_fill(struct rootfs *r, struct err *e)
{
	const struct plan_rootfs *plan = r->plan;
	const char *asked = NULL; /* neighbours in the list often depend on the same path */
	bool there = false;

	if ((!plan->devices.n && !plan->links.n) || dev_is_bound(plan))
		return 0;
	own_fd dev_fd = open_dev(r->root_fd, e);
	if (dev_fd < 0)
		return dev_fd;
	for (size_t i = 0; i < plan->devices.n; i++)
		TRY_IN(make_device(r, dev_fd, &plan->devices.v[i], e), e, "device %s",
		       plan->devices.v[i].cpath);
	for (size_t i = 0; i < plan->links.n; i++) {
		const struct plan_link *l = &plan->links.v[i];

		if (l->only_if && (!asked || !str_eq(asked, l->only_if))) {
			asked = l->only_if;
			there = exists(r->root_fd, asked);
		}
		if (!l->only_if || there)
			TRY_IN(make_link(r, dev_fd, l, e), e, "link %s", l->cpath);
	}
	return 0;
}

int dev_console(struct rootfs *r, int slave_fd, struct err *e)
{
	struct place p = { .name = "console", .made_dir = FD_NONE };
	own_fd dev_fd = open_dev(r->root_fd, e);

	if (dev_fd < 0)
		return dev_fd;
	p.dir = dev_fd;
	own_fd target = file_target(&p, e);
	return target < 0 ? target : bind_fd(slave_fd, target, e);
}
