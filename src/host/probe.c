/* Read the facts about this machine that a config makes necessary, and no others. */
#include "host/host.h"
#include "host/subid.h"

#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* capabilities(7): CAP_SYS_ADMIN means the host's only in the initial user namespace. */
static int probe_caps(struct host *h, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct stat st;

	if (capget(&header, data) < 0)
		return err_set(e, errno, "capget");
	if (stat("/proc/self/ns/user", &st) < 0)
		return err_set(e, errno, "stat /proc/self/ns/user");
	h->in_userns = st.st_ino != HOST_INIT_USER_NS;
	h->privileged = !h->in_userns && (data[0].effective & CAP_TO_MASK(CAP_SYS_ADMIN));
	return 0;
}

static bool apparmor_enabled(void)
{
	char yes = 'N';
	own_fd fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &yes, 1) == 1 && yes == 'Y';
}

static bool selinux_enabled(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && (uint32_t)fs.f_type == SELINUX_MAGIC;
}

/* fstab(5) escapes in mount points are undone by getmntent(). */
static const char *find_resctrl(struct arena *a)
{
	struct mntent entry, *m;
	char text[4096], *found = NULL;
	FILE *f = setmntent("/proc/self/mounts", "re");

	while (f && !found && (m = getmntent_r(f, &entry, text, sizeof text)))
		if (str_eq(m->mnt_type, "resctrl"))
			found = arena_strdup(a, m->mnt_dir);
	if (f)
		(void)endmntent(f);
	return found;
}

int host_probe(const struct oci_config *config, struct arena *a, struct host *ret, struct err *e)
{
	const struct oci_process *p = config ? config->process : NULL;
	const struct oci_linux *l = config ? config->linux_ : NULL;
	struct host h = { .euid = geteuid(), .egid = getegid() };

	TRY(probe_caps(&h, e));
	TRY(host_probe_cgroups(a, &h, e));
	if (!config || (p && !str_empty(p->apparmor_profile)))
		h.apparmor = apparmor_enabled();
	if (!config || (p && !str_empty(p->selinux_label)) || (l && !str_empty(l->mount_label)))
		h.selinux = selinux_enabled();
	if (!config || (l && l->intel_rdt))
		h.resctrl = find_resctrl(a);
	if (!h.privileged)
		TRY(host_probe_subids(a, &h, e));
	*ret = h;
	return 0;
}
