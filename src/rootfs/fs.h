/* A new file system instance, put on a target. */
#pragma once

#include "rootfs/rootfs.h"

/*
 * Create m->fstype with m's source, data and flags, its mount flags being `attrs`, and mount it on target_fd.
 * Returns an O_PATH descriptor of the new mount's root. The kernel's own words about a bad option are the
 * error text.
 */
int fs_attach(struct rootfs *r, const struct plan_mount *m, uint64_t attrs, int target_fd, struct err *e);

/* The same file system as a detached tree; -ENOSYS when only mount(2) can make it. */
int fs_new(const struct plan_mount *m, uint64_t attrs, struct err *e);

/* move_mount() of a tree on a target, both descriptors. */
int fs_move(int tree_fd, int target_fd, struct err *e);
