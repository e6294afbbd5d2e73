/* mount(2) on what an O_PATH descriptor names, through a verified procfs. */
#include "rootfs/mount_legacy.h"

#include "base/own.h"
#include "sys/mountapi.h"
#include "sys/procfs.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

/* One flag in its three dialects: mount_setattr(2), mount(2), statfs(2). */
static const struct {
	uint64_t attr;
	unsigned long ms;
	long st;
} dialects[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC },
	{ MOUNT_ATTR_NOATIME, MS_NOATIME, ST_NOATIME },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, ST_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW, 0x2000 /* ST_NOSYMFOLLOW, not in every libc */ },
};

#define DIALECTS (sizeof dialects / sizeof *dialects)

unsigned long legacy_flags(uint64_t attrs)
{
	unsigned long flags = attrs & MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : 0;

	for (size_t i = 0; i < DIALECTS; i++)
		if (attrs & dialects[i].attr)
			flags |= dialects[i].ms;
	return flags;
}

int legacy_attrs(int fd, uint64_t *ret)
{
	struct statfs st;
	uint64_t attrs = 0;

	if (fstatfs(fd, &st) < 0)
		return -errno;
	for (size_t i = 0; i < DIALECTS; i++)
		if (st.f_flags & dialects[i].st)
			attrs |= dialects[i].attr;
	if (!(st.f_flags & (ST_RELATIME | ST_NOATIME)))
		attrs |= MOUNT_ATTR_STRICTATIME;
	*ret = attrs;
	return 0;
}

static int enter_procfs(void)
{
	own_fd procfs = procfs_open(false, NULL);

	if (procfs < 0)
		return procfs;
	return fchdir(procfs) < 0 ? -errno : 0;
}

struct fd_name {
	char text[32];
};

static struct fd_name name_of(int fd)
{
	struct fd_name n;

	(void)snprintf(n.text, sizeof n.text, "self/fd/%d", fd);
	return n;
}

int legacy_mount(const char *source, int target_fd, const char *fstype, unsigned long flags, const char *data)
{
	int r = enter_procfs();

	if (r < 0)
		return r;
	return mount(source, name_of(target_fd).text, fstype, flags, data) < 0 ? -errno : 0;
}

int legacy_bind(int source_fd, int target_fd, bool recursive)
{
	return legacy_mount(name_of(source_fd).text, target_fd, NULL, MS_BIND | (recursive ? MS_REC : 0),
			    NULL);
}

int legacy_setattr(int mount_fd, uint64_t set, uint64_t clear)
{
	uint64_t now;
	int r = legacy_attrs(mount_fd, &now);

	if (r < 0)
		return r;
	return legacy_mount(NULL, mount_fd, NULL, MS_REMOUNT | MS_BIND | legacy_flags((now & ~clear) | set),
			    NULL);
}
