/* Device nodes and links in the container's /dev: those every container gets, and those of the config. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sys/stat.h>

/* config-linux.md, Default Devices (console and ptmx are not nodes) */
static const struct plan_device defaults[] = {
	{ .cpath = "/dev/null", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 3, .is_default = true },
	{ .cpath = "/dev/zero", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 5, .is_default = true },
	{ .cpath = "/dev/full", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 7, .is_default = true },
	{ .cpath = "/dev/random", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 8, .is_default = true },
	{ .cpath = "/dev/urandom",
	  .type = S_IFCHR,
	  .mode = 0666,
	  .major = 1,
	  .minor = 9,
	  .is_default = true },
	{ .cpath = "/dev/tty", .type = S_IFCHR, .mode = 0666, .major = 5, .minor = 0, .is_default = true },
};

#define PTMX "/dev/ptmx"

/* runtime-linux.md, Dev symbolic links; /dev/core by custom */
static const struct plan_link links[] = {
	{ PTMX, "pts/ptmx", NULL },
	{ "/dev/fd", "/proc/self/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd" },
	{ "/dev/core", "/proc/kcore", "/proc/kcore" },
};

enum { DEFAULTS = sizeof defaults / sizeof *defaults, LINKS = sizeof links / sizeof *links };

static bool is_mounted_on(const struct plan_rootfs *r, const char *cpath)
{
	for (size_t i = 0; i < r->mounts.n; i++)
		if (str_eq(r->mounts.v[i].cpath, cpath))
			return true;
	return false;
}

static bool is_requested(const struct oci_linux *l, const char *cpath)
{
	for (size_t i = 0; i < l->devices.n; i++)
		if (str_eq(l->devices.v[i].path, cpath))
			return true;
	return false;
}

/* The host's own /dev is in use: nothing may be made or changed there. The last mount decides. */
static bool is_host_dev(const struct plan_rootfs *r)
{
	bool bound = false;

	for (size_t i = 0; i < r->mounts.n; i++) {
		const char *rest = str_after(r->mounts.v[i].cpath, "/dev");

		if (rest && rest[strspn(rest, "/")] == '\0' && r->mounts.v[i].kind <= PLAN_MOUNT_BIND)
			bound = r->mounts.v[i].kind == PLAN_MOUNT_BIND;
	}
	return bound;
}

static int requested(const struct oci_device *o, size_t i, bool bind, struct plan_device *ret, struct err *e)
{
	static const mode_t type_of[] = {
		[OCI_DEVICE_CHAR] = S_IFCHR,
		[OCI_DEVICE_BLOCK] = S_IFBLK,
		[OCI_DEVICE_UNBUFFERED] = S_IFCHR,
		[OCI_DEVICE_FIFO] = S_IFIFO,
	};
	bool fifo = o->type == OCI_DEVICE_FIFO;

	if (o->major < 0 || o->major > 0xfff || o->minor < 0 || o->minor > 0xfffff) /* dev_t of the kernel */
		return err_say(e, EINVAL, "linux.devices[%zu]: there is no device %lld:%lld", i,
			       (long long)o->major, (long long)o->minor);
	*ret = (struct plan_device){
		.cpath = o->path,
		.type = type_of[o->type],
		.mode = HAS(o, oci_device, file_mode) ? o->file_mode & 07777 : 0666,
		.major = fifo ? 0 : (uint32_t)o->major,
		.minor = fifo ? 0 : (uint32_t)o->minor,
		.uid = o->uid,
		.gid = o->gid,
		.bind = bind && !fifo,
	};
	return 0;
}

static void add_links(const struct plan_in *in, struct plan_rootfs *ret)
{
	struct plan_link *v = arena_array(in->arena, LINKS, sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < LINKS; i++)
		if (!is_mounted_on(ret, links[i].cpath) &&
		    (str_eq(links[i].cpath, PTMX) || !is_requested(in->config->linux_, links[i].cpath)))
			v[n++] = links[i];
	ret->links.v = v;
	ret->links.n = n;
}

int plan_devices_build(const struct plan_in *in, const struct plan_ns *ns, struct plan_rootfs *ret,
		       struct err *e)
{
	const struct oci_linux *l = in->config->linux_;
	bool bind = ns->is_user || in->host->in_userns; /* mknod(2) needs the host's privileges */
	bool host_dev = is_host_dev(ret);
	struct plan_device *v = arena_array(in->arena, DEFAULTS + l->devices.n, sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < DEFAULTS && !host_dev; i++) {
		if (is_mounted_on(ret, defaults[i].cpath) || is_requested(l, defaults[i].cpath))
			continue;
		v[n] = defaults[i];
		v[n++].bind = bind;
	}
	for (size_t i = 0; i < l->devices.n; i++) {
		TRY(requested(&l->devices.v[i], i, bind, &v[n], e));
		/* engines that pass all of the host's devices pass its ptmx, too, which would open the host's
		 * terminals: the container has a link to its own (config-linux.md, Default Devices) */
		if (!str_eq(v[n].cpath, PTMX) && (!host_dev || !str_after(v[n].cpath, "/dev/")))
			n++;
	}
	ret->devices.v = v;
	ret->devices.n = n;
	if (!host_dev)
		add_links(in, ret);
	return 0;
}
