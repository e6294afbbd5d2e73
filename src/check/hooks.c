/* Hooks: programs that must be there, on the host or in the container. */
#include "check/check.h"

#include "base/own.h"
#include "sys/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static void check_one(struct check *c, const char *where, int root_fd, const struct oci_hook *h)
{
	struct stat st;
	/* startContainer hooks are found in the container (config.md, POSIX-platform Hooks) */
	own_fd fd = root_fd == AT_FDCWD ? open(h->path, O_PATH | O_CLOEXEC)
					: beneath_open(root_fd, h->path, O_PATH, NULL);
	const char *path = arena_printf(c->arena, "%s.path", where);
	enum husk_level level = root_fd == AT_FDCWD ? HUSK_ERROR : HUSK_WARNING; /* a mount may bring it */

	if (fd < 0)
		check_add(c, level, path,
			  arena_printf(c->arena, "%s: %s", h->path,
				       strerror(root_fd == AT_FDCWD ? errno : -fd)),
			  "");
	else if (fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)))
		check_add(c, level, path, arena_printf(c->arena, "%s is not executable", h->path),
			  S_ISREG(st.st_mode) ? "chmod +x" : "");
}

static void check_stage(struct check *c, const char *stage, int root_fd, const struct oci_hook *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_one(c, check_path(c, arena_printf(c->arena, "hooks.%s[%zu]", stage, i)), root_fd,
			  &v[i]);
}

void check_hooks(struct check *c)
{
	const struct oci_hooks *h = c->config->hooks;

	if (!h)
		return;
	if (h->prestart.n)
		check_add(c, HUSK_NOTE, "hooks.prestart", "is deprecated",
			  "createRuntime, createContainer or startContainer say when");
	check_stage(c, "prestart", AT_FDCWD, h->prestart.v, h->prestart.n);
	check_stage(c, "createRuntime", AT_FDCWD, h->create_runtime.v, h->create_runtime.n);
	check_stage(c, "createContainer", AT_FDCWD, h->create_container.v, h->create_container.n);
	check_stage(c, "poststart", AT_FDCWD, h->poststart.v, h->poststart.n);
	check_stage(c, "poststop", AT_FDCWD, h->poststop.v, h->poststop.n);
	if (!c->planned || !h->start_container.n)
		return;
	own_fd root = open(c->plan.rootfs.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		check_stage(c, "startContainer", root, h->start_container.v, h->start_container.n);
}
