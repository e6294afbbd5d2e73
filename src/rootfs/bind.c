/* Bind mounts: an existing tree or file, seen at a second place. */
#include "rootfs/bind.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/fs.h"
#include "rootfs/idmapped.h"
#include "rootfs/mount_legacy.h"
#include "sys/beneath.h"
#include "sys/mountapi.h"

#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>

int bind_open(const struct plan_mount *m, struct err *e)
{
	unsigned flags = OPEN_TREE_CLONE | (m->recursive ? AT_RECURSIVE : 0) |
			 (m->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0);
	own_fd tree = sys_open_tree(AT_FDCWD, m->source, flags);

	if (tree == -ENOSYS)
		return -ENOSYS;
	if (tree < 0)
		return err_set(e, -tree, "open %s", m->source);
	if (m->idmap)
		TRY(idmapped_apply(tree, m, e));
	return TAKE_FD(tree);
}

/* Make the symlink `text` at m's destination. The same symlink there already is fine. */
static int make_symlink(struct rootfs *r, const struct plan_mount *m, const char *text, struct err *e)
{
	char there[PATH_MAX];
	own_str name = NULL;
	own_fd dir = beneath_parent(r->root_fd, m->cpath, true, &name, e);

	if (dir < 0)
		return dir;
	if (symlinkat(text, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(e, errno, "symlink");
	ssize_t n = readlinkat(dir, name, there, sizeof there - 1);
	if (n >= 0 && (size_t)n == strlen(text) && memcmp(there, text, (size_t)n) == 0)
		return 0;
	return err_say(e, EEXIST, "exists and is not a symlink to %s", text);
}

static int attach_legacy(struct rootfs *r, const struct plan_mount *m, struct err *e)
{
	struct stat st;
	own_fd source = open(m->source, O_PATH | O_CLOEXEC | (m->source_nofollow ? O_NOFOLLOW : 0));

	if (source < 0 || fstat(source, &st) < 0)
		return err_set(e, errno, "open %s", m->source);
	if (m->idmap)
		return err_say(e, ENOSYS, "idmapped mounts need Linux 5.12");
	own_fd target = beneath_target(r->root_fd, m->cpath, S_ISDIR(st.st_mode), m->dest_nofollow, e);
	if (target < 0)
		return target;
	int res = legacy_bind(source, target, m->recursive);
	if (res < 0)
		return err_set(e, -res, "bind %s", m->source);
	return beneath_open(r->root_fd, m->cpath, O_PATH | (m->dest_nofollow ? O_NOFOLLOW : 0), e);
}

static int attach_tree(struct rootfs *r, const struct plan_mount *m, int source, struct err *e)
{
	struct stat st;
	own_fd opened = source < 0 ? bind_open(m, e) : FD_NONE;
	int tree = source < 0 ? opened : source;

	if (tree == -ENOSYS)
		return attach_legacy(r, m, e);
	if (tree < 0)
		return tree;
	if (fstat(tree, &st) < 0)
		return err_set(e, errno, "stat %s", m->source);
	own_fd target = beneath_target(r->root_fd, m->cpath, S_ISDIR(st.st_mode), m->dest_nofollow, e);
	if (target < 0)
		return target;
	TRY(fs_move(tree, target, e));
	return source < 0 ? TAKE_FD(opened) : fcntl(source, F_DUPFD_CLOEXEC, 3);
}

int bind_attach(struct rootfs *r, const struct plan_mount *m, int source, int *ret, struct err *e)
{
	char text[PATH_MAX];

	*ret = FD_NONE;
	if (m->copy_symlink) {
		ssize_t n = readlink(m->source, text, sizeof text - 1);

		if (n >= 0) {
			text[n] = '\0';
			return make_symlink(r, m, text, e);
		}
	}
	int tree = attach_tree(r, m, source, e);
	if (tree < 0)
		return tree;
	*ret = tree;
	return 0;
}
