/* Flags and propagation of mounts that are in place. */
#include "rootfs/attr.h"

#include "base/own.h"
#include "rootfs/mount_legacy.h"
#include "sys/mountapi.h"

#include <sys/mount.h>

static int change(int mount_fd, bool recursive, uint64_t set, uint64_t clear)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	int r = sys_mount_setattr(mount_fd, "", flags, set, clear, 0, FD_NONE);

	return r == -ENOSYS && !recursive ? legacy_setattr(mount_fd, set, clear) : r;
}

/* Once more without what the kernel may refuse to take away: flags that are set now, and the atime mode. */
static int keep_locked(int mount_fd, bool recursive, uint64_t set, uint64_t clear)
{
	uint64_t now;
	int r = legacy_attrs(mount_fd, &now);

	if (r < 0)
		return r;
	if (clear & MOUNT_ATTR__ATIME)
		set &= ~(uint64_t)MOUNT_ATTR__ATIME;
	return change(mount_fd, recursive, set, clear & ~(now | MOUNT_ATTR__ATIME));
}

int attr_change(int mount_fd, bool recursive, uint64_t set, uint64_t clear, struct err *e)
{
	if (!set && !clear)
		return 0;
	int r = change(mount_fd, recursive, set, clear);
	if (r == -EPERM && clear)
		r = keep_locked(mount_fd, recursive, set, clear);
	if (r == -ENOSYS)
		return err_say(e, ENOSYS, "recursive mount options need Linux 5.12");
	return r < 0 ? err_set(e, -r, "change flags") : 0;
}

int attr_propagation(int mount_fd, unsigned long propagation, struct err *e)
{
	unsigned flags = AT_EMPTY_PATH | (propagation & MS_REC ? AT_RECURSIVE : 0);
	int r = sys_mount_setattr(mount_fd, "", flags, 0, 0, propagation & ~(unsigned long)MS_REC, FD_NONE);

	if (r == -ENOSYS)
		r = legacy_mount(NULL, mount_fd, NULL, propagation, NULL);
	return r < 0 ? err_set(e, -r, "change propagation") : 0;
}
