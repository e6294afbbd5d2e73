/* Idmapped mounts (mount_setattr(2), MOUNT_ATTR_IDMAP). */
#pragma once

#include "plan/plan.h"

/*
 * Map the ids of the detached tree by m->uid_map and m->gid_map: `inside` is the id in the file system,
 * `outside` the id at the mount point (config.md, mounts[].uidMappings). Needs CAP_SYS_ADMIN over the file
 * system, so it never runs inside a user namespace of the container.
 */
int idmapped_apply(int tree_fd, const struct plan_mount *m, struct err *e);
