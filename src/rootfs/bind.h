/* Bind mounts: an existing tree or file, seen at a second place. */
#pragma once

#include "rootfs/rootfs.h"

/*
 * Open m's source as a detached clone, idmapped when m asks for it. Runs in the parent lane when a user
 * namespace comes into play (it can reach what the mapped root cannot), else in the child lane.
 * -ENOSYS, without words, where the kernel has no open_tree().
 */
int bind_open(const struct plan_mount *m, struct err *e);

/* Put m at its destination. `source` is what bind_open() gave the parent lane, or FD_NONE. Returns an O_PATH
 * descriptor of the new mount's root, or FD_NONE when a copied symlink left no mount behind. */
int bind_attach(struct rootfs *r, const struct plan_mount *m, int source, int *ret, struct err *e);
