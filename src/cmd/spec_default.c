/* The example configuration that `husk spec` writes: the one users of runc know. */
#include "husk.h"

#include "base/str.h"

/* clang-format off */
static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE", NULL };

static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
	"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi", NULL,
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static const char *const args[] = { "sh", NULL };

static const char *const env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL,
};

/* Who gets a row: everybody, only a container of root, only one without root. */
enum who { ALL, ROOT, ROOTLESS };

static const struct mount_row {
	enum who who;
	const char *destination, *type, *source;
	const char *options[8];
} mount_rows[] = {
	{ ALL, "/proc", "proc", "proc", { NULL } },
	{ ALL, "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ ROOT, "/dev/pts", "devpts", "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ ROOTLESS, "/dev/pts", "devpts", "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" } }, /* gid 5 is not mapped */
	{ ALL, "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ ALL, "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ ROOT, "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	/* a new sysfs needs a network namespace of one's own */
	{ ROOTLESS, "/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" } },
	{ ALL, "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const struct ns_row {
	enum who who;
	enum oci_ns_type type;
} ns_rows[] = {
	{ ALL, OCI_NS_PID }, { ROOT, OCI_NS_NETWORK }, { ALL, OCI_NS_IPC }, { ALL, OCI_NS_UTS },
	{ ALL, OCI_NS_MOUNT }, { ALL, OCI_NS_CGROUP }, { ROOTLESS, OCI_NS_USER },
};
/* clang-format on */

#define SET_LIST(object, type, member, array, count) \
	((object)->has |= UINT64_C(1) << type##_I_##member, (object)->member.v = (array), \
	 (object)->member.n = (count))
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool wanted(enum who who, bool rootless)
{
	return who == ALL || (who == ROOTLESS) == rootless;
}

static char *text(const char *s, struct arena *a)
{
	return arena_strdup(a, s);
}

static struct oci_strv list(const char *const *words, struct arena *a)
{
	struct oci_strv ret = { 0 };

	while (words[ret.n])
		ret.n++;
	ret.v = arena_array(a, ret.n + 1, sizeof *ret.v);
	for (size_t i = 0; i < ret.n; i++)
		ret.v[i] = text(words[i], a);
	return ret;
}

static struct oci_process *process(struct arena *a)
{
	struct oci_process *p = NEW(a, struct oci_process);
	struct oci_capabilities *c = NEW(a, struct oci_capabilities);
	struct oci_user *user = NEW(a, struct oci_user);
	struct oci_rlimit *files = NEW(a, struct oci_rlimit);

	SET(user, oci_user, uid, 0);
	SET(user, oci_user, gid, 0);
	SET(c, oci_capabilities, bounding, list(caps, a));
	SET(c, oci_capabilities, effective, list(caps, a));
	SET(c, oci_capabilities, permitted, list(caps, a));
	SET(files, oci_rlimit, type, OCI_RLIMIT_NOFILE);
	SET(files, oci_rlimit, hard, 1024);
	SET(files, oci_rlimit, soft, 1024);

	SET(p, oci_process, terminal, true);
	SET(p, oci_process, user, user);
	SET(p, oci_process, args, list(args, a));
	SET(p, oci_process, env, list(env, a));
	SET(p, oci_process, cwd, text("/", a));
	SET(p, oci_process, capabilities, c);
	SET_LIST(p, oci_process, rlimits, files, 1);
	SET(p, oci_process, no_new_privileges, true);
	return p;
}

static void set_mounts(struct oci_config *config, bool rootless, struct arena *a)
{
	struct oci_mount *v = arena_array(a, LENGTH(mount_rows), sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(mount_rows); i++) {
		const struct mount_row *row = &mount_rows[i];

		if (!wanted(row->who, rootless))
			continue;
		SET(&v[n], oci_mount, destination, text(row->destination, a));
		SET(&v[n], oci_mount, type, text(row->type, a));
		SET(&v[n], oci_mount, source, text(row->source, a));
		if (row->options[0])
			SET(&v[n], oci_mount, options, list(row->options, a));
		n++;
	}
	SET_LIST(config, oci_config, mounts, v, n);
}

static void set_namespaces(struct oci_linux *l, bool rootless, struct arena *a)
{
	struct oci_namespace *v = arena_array(a, LENGTH(ns_rows), sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(ns_rows); i++) {
		if (!wanted(ns_rows[i].who, rootless))
			continue;
		SET(&v[n], oci_namespace, type, ns_rows[i].type);
		n++;
	}
	SET_LIST(l, oci_linux, namespaces, v, n);
}

/* Root inside is `id` outside, and there is nobody else. */
static struct oci_id_mapping *map_root(uint32_t id, struct arena *a)
{
	struct oci_id_mapping *map = NEW(a, struct oci_id_mapping);

	SET(map, oci_id_mapping, container_id, 0);
	SET(map, oci_id_mapping, host_id, id);
	SET(map, oci_id_mapping, size, 1);
	return map;
}

/* All devices are denied; those every container has are allowed by the runtime. */
static struct oci_resources *deny_devices(struct arena *a)
{
	struct oci_resources *r = NEW(a, struct oci_resources);
	struct oci_device_rule *rule = NEW(a, struct oci_device_rule);

	SET(rule, oci_device_rule, allow, false);
	SET(rule, oci_device_rule, access, text("rwm", a));
	SET_LIST(r, oci_resources, devices, rule, 1);
	return r;
}

char *husk_spec(bool rootless, uint32_t uid, uint32_t gid, struct arena *a)
{
	struct oci_config *config = NEW(a, struct oci_config);
	struct oci_root *root = NEW(a, struct oci_root);
	struct oci_linux *l = NEW(a, struct oci_linux);
	char *json = NULL;
	size_t len;

	SET(root, oci_root, path, text("rootfs", a));
	SET(root, oci_root, readonly, true);
	set_namespaces(l, rootless, a);
	SET(l, oci_linux, masked_paths, list(masked, a));
	SET(l, oci_linux, readonly_paths, list(readonly, a));
	if (rootless) {
		SET_LIST(l, oci_linux, uid_mappings, map_root(uid, a), 1);
		SET_LIST(l, oci_linux, gid_mappings, map_root(gid, a), 1);
	} else {
		SET(l, oci_linux, resources, deny_devices(a));
	}

	SET(config, oci_config, oci_version, text(HUSK_SPEC_VERSION, a));
	SET(config, oci_config, process, process(a));
	SET(config, oci_config, root, root);
	SET(config, oci_config, hostname, text("husk", a));
	set_mounts(config, rootless, a);
	SET(config, oci_config, linux_, l);
	/* every member above has a value, so there is nothing to refuse */
	(void)oci_write(&oci_type_config, config, 4, a, &json, &len, NULL);
	return arena_printf(a, "%s\n", json);
}
