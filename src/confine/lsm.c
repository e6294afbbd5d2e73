/* Set AppArmor and SELinux labels through procfs. */
#include "confine/lsm.h"

#include "base/str.h"
#include "sys/procfs.h"

#include <errno.h>
#include <stdio.h>

#define LABEL_MAX 4096

/* What the kernel answers to a label when the module that takes it is not there. */
static bool absent(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP;
}

/* The kernel may add " (enforce)" and a newline to what was written. */
static int label_verify(int procfs_fd, const char *file, const char *label, struct err *e)
{
	char now[LABEL_MAX];

	TRY(procfs_read(procfs_fd, file, now, sizeof(now), e));
	const char *rest = str_after(now, label);
	if (!rest || (*rest != '\0' && *rest != '\n' && *rest != ' '))
		return err_say(e, EIO, "`/proc/%s` did not take \"%s\"", file, label);
	return 0;
}

static int label_write(int procfs_fd, const char *file, const char *text, const char *label, struct err *e)
{
	struct err cause = ERR_INIT;
	int r = procfs_write(procfs_fd, file, text, &cause);

	if (r < 0)
		return err_set(e, -r, "write `/proc/%s`", file);
	return label_verify(procfs_fd, file, label, e);
}

int lsm_apparmor(int procfs_fd, const char *profile, struct err *e)
{
	char text[LABEL_MAX];
	int n = snprintf(text, sizeof(text), "exec %s", profile);

	if (n < 0 || (size_t)n >= sizeof(text))
		return err_say(e, ENAMETOOLONG, "apparmor profile name is too long");
	/* The module's own folder (5.8) is right where several modules are stacked; attr/exec is the old
	 * place. */
	int r = label_write(procfs_fd, "thread-self/attr/apparmor/exec", text, profile, e);
	if (r != -ENOENT)
		return err_in(e, r, "apparmor profile \"%s\"", profile);
	r = label_write(procfs_fd, "thread-self/attr/exec", text, profile, e);
	if (absent(r))
		return err_say(
			e, -r,
			"apparmor profile \"%s\" was requested, but it is not loaded, or AppArmor is not "
			"enabled on this host (write `/proc/thread-self/attr/exec`)",
			profile);
	return err_in(e, r, "apparmor profile \"%s\"", profile);
}

static int selinux_write(int procfs_fd, const char *file, const char *label, struct err *e)
{
	struct err cause = ERR_INIT;
	int r = label_write(procfs_fd, file, label, label, &cause);

	if (absent(r))
		return err_say(e, -r,
			       "selinux label \"%s\" was requested, but SELinux is not enabled on this host "
			       "or does not "
			       "know it (write `/proc/%s`)",
			       label, file);
	return r < 0 ? err_say(e, -r, "selinux label \"%s\": %s", label, cause.text) : 0;
}

int lsm_selinux(int procfs_fd, const char *label, struct err *e)
{
	return selinux_write(procfs_fd, "thread-self/attr/exec", label, e);
}

int lsm_selinux_keys(int procfs_fd, const char *label, struct err *e)
{
	return selinux_write(procfs_fd, "thread-self/attr/keycreate", label, e);
}
