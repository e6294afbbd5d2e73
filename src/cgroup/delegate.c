/* Cgroup ownership: the user of the container may manage what is below its cgroup. */
#include "cgroup/delegate.h"

#include "base/file.h"
#include "base/own.h"

#include <fcntl.h>
#include <string.h>

enum { LIST_MAX = 1 << 16 };

int delegate_to(const struct cgroup *cg, uid_t uid, struct err *e)
{
	char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	own_arena a = arena_new();
	own_fd dir = FD_NONE;
	char *list, *save = NULL;

	TRY(cgroup_open(cg, NULL, &dir, e));
	if (dir < 0)
		return 0;
	/* since Linux 4.15 the kernel says which files are safe to give away */
	if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", LIST_MAX, a, &list, NULL, NULL) < 0)
		list = fallback;
	if (fchown(dir, uid, (gid_t)-1) < 0)
		return err_set(e, errno, "give cgroup %s to uid %u", cg->path, uid);
	for (char *f = strtok_r(list, "\n", &save); f; f = strtok_r(NULL, "\n", &save))
		if (fchownat(dir, f, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_set(e, errno, "give %s of cgroup %s to uid %u", f, cg->path, uid);
	return 0;
}
