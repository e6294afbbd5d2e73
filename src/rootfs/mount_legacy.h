/* mount(2) for kernels without the mount API, and for what that API cannot say. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Targets and sources are descriptors: they are named "self/fd/N" below a verified procfs, so no path of the
 * image is walked. All return 0 or -errno and leave the working directory in that procfs.
 */
int legacy_mount(const char *source, int target_fd, const char *fstype, unsigned long flags,
		 const char *data);
int legacy_bind(int source_fd, int target_fd, bool recursive);

/* MS_REMOUNT|MS_BIND with the flags the mount has, less `clear`, plus `set` (MOUNT_ATTR_*). `mount_fd` must
 * be the root of an attached mount. */
int legacy_setattr(int mount_fd, uint64_t set, uint64_t clear);

/* MOUNT_ATTR_* as MS_* flags. */
unsigned long legacy_flags(uint64_t attrs);

/* The MOUNT_ATTR_* that the mount of `fd` has now, by fstatfs. Returns 0 or -errno. */
int legacy_attrs(int fd, uint64_t *ret);
