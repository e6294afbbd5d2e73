/* The mount that a container without a mount namespace has on its rootfs, in the host's tree. */
#include "life/hostmount.h"

#include "sys/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Whoever was killed between attaching and telling has left one; more is somebody else's doing. */
enum { MAX_LAYERS = 16 };

/* Unique since 6.8; before, an id is used again only once its mount is gone. */
static int look(const char *path, struct statx *ret, struct err *e)
{
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID_UNIQUE | STATX_MNT_ID,
		  ret) < 0)
		return err_set(e, errno, "look at %s", path);
	if (!(ret->stx_mask & (STATX_MNT_ID_UNIQUE | STATX_MNT_ID)))
		return err_say(e, ENOSYS, "a container without a mount namespace needs Linux 5.8");
	return 0;
}

/* In another mount namespace ids mean other mounts, and the container's cannot be reached. */
static int our_namespace(uint64_t *ret, struct err *e)
{
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st) < 0)
		return err_set(e, errno, "look at /proc/self/ns/mnt");
	*ret = st.st_ino;
	return 0;
}

int hostmount_note(const char *rootfs, struct arena *a, struct oci_saved *s, struct err *e)
{
	char *path = realpath(rootfs, NULL); /* umount2() shall follow no link */
	struct statx now;
	uint64_t ns = 0;

	if (!path)
		return err_set(e, errno, "rootfs %s", rootfs);
	char *kept = arena_strdup(a, path);
	free(path);
	TRY(look(kept, &now, e));
	TRY(our_namespace(&ns, e));
	SET(s, oci_saved, host_root, kept);
	SET(s, oci_saved, host_mount, now.stx_mnt_id);
	SET(s, oci_saved, host_ns, ns);
	return 0;
}

/*
 * 1: there may be another below; 0: nothing of the container's is there. First cut off from its peers as a
 * whole: an unmount goes on to the peers of every mount it takes away, and a recursive bind may have the
 * host's.
 */
static int remove_one(const struct oci_saved *s, struct err *e)
{
	struct statx now;
	int r = look(s->host_root, &now, e);

	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	if (now.stx_mnt_id == s->host_mount || !(now.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	if (mount(NULL, s->host_root, NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
	    umount2(s->host_root, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_set(e, errno, "unmount %s", s->host_root);
	return 1;
}

int hostmount_remove(const struct oci_saved *s, struct err *e)
{
	uint64_t ns = 0;

	if (!s->host_root)
		return 0;
	TRY(our_namespace(&ns, e));
	if (ns != s->host_ns)
		return 0;
	for (int i = 0; i < MAX_LAYERS; i++)
		if (!TRY(remove_one(s, e)))
			return 0;
	return err_say(e, EBUSY, "unmount %s: more is mounted there than husk can have made", s->host_root);
}
