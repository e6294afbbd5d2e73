/* The state root, and what may be a container's name. */
#include "life/root.h"

#include "base/own.h"
#include "base/str.h"
#include "host/host.h"
#include "state/store.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int husk_check_id(const char *id, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	enum { LIMIT = 255 }; /* NAME_MAX: it becomes a directory */

	if (str_empty(id))
		return err_say(e, EINVAL, "container id cannot be empty");
	size_t n = strspn(id, allowed);
	if (id[n] || n > LIMIT || str_eq(id, ".") || str_eq(id, ".."))
		return err_say(e, EINVAL, "invalid container ID format: %.64s", id);
	return 0;
}

/* /tmp is everybody's: what is there already must be a directory of ours that nobody else can enter. */
static int check_private(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, "create %s", path);
	if (lstat(path, &st) < 0)
		return err_set(e, errno, "check %s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return err_say(e, EPERM,
			       "%s is not a private directory of uid %u; set XDG_RUNTIME_DIR or --root", path,
			       geteuid());
	return 0;
}

/* Root only of a user namespace that an ordinary user made (podman and its like): /run is not ours. */
static bool belongs_to_user(void)
{
	const char *user = getenv("USER");
	struct stat st;

	if (user && str_eq(user, "root"))
		return false;
	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != HOST_INIT_USER_NS;
}

int husk_default_root(struct arena *a, char **ret, struct err *e)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	if (geteuid() == 0 && (str_empty(runtime_dir) || !belongs_to_user())) {
		*ret = arena_strdup(a, "/run/husk");
		return 0;
	}
	if (!str_empty(runtime_dir)) {
		*ret = arena_printf(a, "%s/husk", runtime_dir);
		return 0;
	}
	char *path = arena_printf(a, "/tmp/husk-run-%u", geteuid());
	TRY(check_private(path, e));
	*ret = path;
	return 0;
}

int root_open(const struct husk *h, struct arena *a, struct err *e)
{
	char *root = NULL;

	if (h->root)
		return store_open_root(h->root, e);
	TRY(husk_default_root(a, &root, e));
	return store_open_root(root, e);
}
