/* The directories of a cgroup in the mounted hierarchies. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

#include <limits.h>

/* MOUNT/CGROUP[/SUB][/FILE]; `sub` and `file` may be NULL. ENAMETOOLONG. */
int hierarchy_path(char ret[PATH_MAX], const struct cgroup_mount *m, const struct cgroup *cg, const char *sub,
		   const char *file, struct err *e);

/* The cgroup2 hierarchy, NULL in the legacy layout. */
const struct cgroup_mount *hierarchy_v2(const struct host *h);

/* The hierarchy whose list of processes is taken for the container's: cgroup2, else the freezer's, else any.
 */
const struct cgroup_mount *hierarchy_main(const struct host *h);

/* `path` and every cgroup below it, parents before children; a directory that goes away meanwhile is left
 * out. One descriptor at a time and no recursion: a container may nest cgroups as deep as it likes. */
int hierarchy_list(const char *path, struct arena *a, char ***ret, size_t *ret_n, struct err *e);

/* The number behind `key` in a file of "key number" lines (cgroup.events, memory.events). -ENODATA: no such
 * key. */
int hierarchy_keyed(int fd, const char *key, uint64_t *ret);
