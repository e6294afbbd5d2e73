/* Namespaces that cannot be made or joined here, and ids that are not ours to map. */
#include "check/check.h"

#include "base/file.h"
#include "base/num.h"
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* The word of the spec, the file in /proc/self/ns, the limit in /proc/sys/user. */
static const struct kind {
	int flag;
	const char *file, *limit;
} kinds[] = {
	[OCI_NS_PID] = { CLONE_NEWPID, "pid", "max_pid_namespaces" },
	[OCI_NS_NETWORK] = { CLONE_NEWNET, "net", "max_net_namespaces" },
	[OCI_NS_MOUNT] = { CLONE_NEWNS, "mnt", "max_mnt_namespaces" },
	[OCI_NS_IPC] = { CLONE_NEWIPC, "ipc", "max_ipc_namespaces" },
	[OCI_NS_UTS] = { CLONE_NEWUTS, "uts", "max_uts_namespaces" },
	[OCI_NS_USER] = { CLONE_NEWUSER, "user", "max_user_namespaces" },
	[OCI_NS_CGROUP] = { CLONE_NEWCGROUP, "cgroup", "max_cgroup_namespaces" },
	[OCI_NS_TIME] = { CLONE_NEWTIME, "time", "max_time_namespaces" },
};

/* The number in a file; `otherwise` when it is not there. */
static uint64_t number_in(struct check *c, const char *path, uint64_t otherwise)
{
	uint64_t number;
	char *text;

	if (file_read(AT_FDCWD, path, 64, c->arena, &text, NULL, NULL) < 0)
		return otherwise;
	text[strcspn(text, "\n")] = '\0';
	return num_u64(text, &number) ? number : otherwise;
}

static void check_new(struct check *c, const char *path, int type)
{
	const char *word = oci_word(&oci_enum_ns_type, type);
	struct stat st;

	if (stat(arena_printf(c->arena, "/proc/self/ns/%s", kinds[type].file), &st) < 0)
		check_add(c, HUSK_ERROR, path,
			  arena_printf(c->arena, "this kernel has no %s namespaces", word), "");
	else if (number_in(c, arena_printf(c->arena, "/proc/sys/user/%s", kinds[type].limit), 1) == 0)
		check_add(c, HUSK_ERROR, path,
			  arena_printf(c->arena, "no %s namespaces are allowed here", word),
			  arena_printf(c->arena, "/proc/sys/user/%s is 0", kinds[type].limit));
}

static void check_join(struct check *c, const char *where, int type, const char *file)
{
	const char *path = arena_printf(c->arena, "%s.path", where);
	own_fd fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		check_add(c, HUSK_ERROR, path, arena_printf(c->arena, "%s: %s", file, strerror(errno)), "");
		return;
	}
	int found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		check_add(c, HUSK_ERROR, path, arena_printf(c->arena, "%s is not a namespace", file), "");
	else if (found != kinds[type].flag)
		check_add(c, HUSK_ERROR, path,
			  arena_printf(c->arena, "%s is not a %s namespace", file,
				       oci_word(&oci_enum_ns_type, type)),
			  "");
}

/* Only an ordinary user's own namespace can be forbidden beyond the limit. */
static void check_unprivileged(struct check *c)
{
	if (c->host.euid == 0 || !(c->plan.ns.new_flags & CLONE_NEWUSER))
		return;
	if (number_in(c, "/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		check_add(c, HUSK_ERROR, "linux.namespaces", "this host allows user namespaces to root only",
			  "/proc/sys/kernel/unprivileged_userns_clone is 0");
	if (number_in(c, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		check_add(c, HUSK_WARNING, "linux.namespaces",
			  "AppArmor restricts user namespaces of ordinary users on this host",
			  "husk needs a profile with the rule \"userns,\"");
}

void check_namespaces(struct check *c)
{
	const struct oci_linux *l = c->config->linux_;

	for (size_t i = 0; l && i < l->namespaces.n; i++) {
		const struct oci_namespace *n = &l->namespaces.v[i];
		const char *where = check_path(c, arena_printf(c->arena, "linux.namespaces[%zu]", i));

		if (str_empty(n->path))
			check_new(c, where, n->type);
		else
			check_join(c, where, n->type, n->path);
	}
	if (c->planned)
		check_unprivileged(c);
}

/* Is every id from `first` on ours to give away? Lines of uid_map: inside, outside, count. */
static bool is_mapped(const char *map, uint64_t first, uint64_t count, struct arena *a)
{
	char *text = arena_strdup(a, map), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *word = NULL;
		uint64_t inside, n;
		const char *one = strtok_r(line, " ", &word), *two = strtok_r(NULL, " ", &word);
		const char *three = strtok_r(NULL, " ", &word);

		if (!one || !two || !three || !num_u64(one, &inside) || !num_u64(three, &n))
			continue;
		if (first >= inside && first + count <= inside + n)
			return true;
	}
	return false;
}

static void check_map(struct check *c, const char *list, const char *file, const char *map_path, uint32_t own,
		      const struct id_range *sub, const struct oci_id_mapping *v, size_t n)
{
	char *map;

	if (file_read(AT_FDCWD, map_path, 1 << 16, c->arena, &map, NULL, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *path = check_path(c, arena_printf(c->arena, "linux.%s[%zu]", list, i));
		uint64_t first = v[i].host_id, count = v[i].size;
		bool is_ours = (first == own && count == 1) ||
			       (first >= sub->start && first + count <= (uint64_t)sub->start + sub->count);

		if (!is_mapped(map, first, count, c->arena))
			check_add(c, HUSK_ERROR, path,
				  arena_printf(c->arena,
					       "the ids %llu to %llu do not all exist where husk runs",
					       (unsigned long long)first,
					       (unsigned long long)(first + count - 1)),
				  arena_printf(c->arena, "see %s", map_path));
		else if (c->host.euid != 0 && !is_ours)
			check_add(c, HUSK_ERROR, path,
				  arena_printf(c->arena, "uid %u may not map the ids %llu to %llu",
					       c->host.euid, (unsigned long long)first,
					       (unsigned long long)(first + count - 1)),
				  arena_printf(c->arena, "/etc/%s gives the ranges", file));
	}
}

void check_ids(struct check *c)
{
	const struct oci_linux *l = c->config->linux_;

	if (!l)
		return;
	check_map(c, "uidMappings", "subuid", "/proc/self/uid_map", c->host.euid, &c->host.subuid,
		  l->uid_mappings.v, l->uid_mappings.n);
	check_map(c, "gidMappings", "subgid", "/proc/self/gid_map", c->host.egid, &c->host.subgid,
		  l->gid_mappings.v, l->gid_mappings.n);
}
