/* The mount API on descriptors (Linux 5.2, mount_setattr 5.12), and nothing else. Callers see plain -errno.
 */
#pragma once

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdint.h>

/* Every call returns a CLOEXEC descriptor or 0, or -errno; -ENOSYS where the kernel has not got it. */
int sys_open_tree(int dirfd, const char *path, unsigned flags);
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int sys_fsopen(const char *fstype);
int sys_fsconfig(int fs_fd, unsigned cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fs_fd, uint64_t attrs);
int sys_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clr,
		      uint64_t propagation, int userns_fd);
int sys_pivot_root(const char *new_root, const char *put_old);
