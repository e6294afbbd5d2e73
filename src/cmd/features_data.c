/* What husk supports, read from the tables that do the work. */
#include "husk.h"

#include "base/str.h"
#include "cmd/version.h"
#include "host/host.h"
#include "plan/plan.h"
#include "sys/seccompflags.h"

#include <linux/seccomp.h>

static const char *const hook_names[] = { "prestart",       "createRuntime", "createContainer",
					  "startContainer", "poststart",     "poststop" };

static struct oci_strv copy_words(const char *const *words, size_t n, struct arena *a)
{
	struct oci_strv ret = { .v = arena_array(a, n + 1, sizeof *ret.v), .n = n };

	for (size_t i = 0; i < n; i++)
		ret.v[i] = arena_strdup(a, words[i]);
	return ret;
}

/* What the schema's table names, husk does. */
static struct oci_strv enum_words(const struct oci_enum_table *t, struct arena *a)
{
	return copy_words(t->words, t->n, a);
}

static struct oci_feature_cgroup *cgroup(struct arena *a)
{
	struct oci_feature_cgroup *f = NEW(a, struct oci_feature_cgroup);

	SET(f, oci_feature_cgroup, v1, true);
	SET(f, oci_feature_cgroup, v2, true);
	SET(f, oci_feature_cgroup, systemd, false); /* the driver is not built */
	SET(f, oci_feature_cgroup, systemd_user, false);
	SET(f, oci_feature_cgroup, rdma, true);
	return f;
}

/* Of those we know, what the kernel takes too. */
static struct oci_strv seccomp_flags(struct arena *a)
{
	static const struct {
		enum oci_seccomp_flag flag;
		unsigned bits;
	} rows[] = {
		{ OCI_SECCOMP_FLAG_TSYNC, SECCOMP_FILTER_FLAG_TSYNC },
		{ OCI_SECCOMP_FLAG_LOG, SECCOMP_FILTER_FLAG_LOG },
		{ OCI_SECCOMP_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
		  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER },
	};
	const size_t n = sizeof rows / sizeof *rows;
	struct oci_strv ret = { .v = arena_array(a, n + 1, sizeof *ret.v) };

	for (size_t i = 0; i < n; i++)
		if (sys_seccomp_knows(rows[i].bits))
			ret.v[ret.n++] = arena_strdup(a, oci_word(&oci_enum_seccomp_flag, rows[i].flag));
	return ret;
}

static struct oci_feature_seccomp *seccomp(struct arena *a)
{
	struct oci_feature_seccomp *f = NEW(a, struct oci_feature_seccomp);

	SET(f, oci_feature_seccomp, enabled, true);
	SET(f, oci_feature_seccomp, actions, enum_words(&oci_enum_seccomp_action, a));
	SET(f, oci_feature_seccomp, operators, enum_words(&oci_enum_seccomp_op, a));
	SET(f, oci_feature_seccomp, archs, enum_words(&oci_enum_seccomp_arch, a));
	SET(f, oci_feature_seccomp, known_flags, enum_words(&oci_enum_seccomp_flag, a));
	SET(f, oci_feature_seccomp, supported_flags, seccomp_flags(a));
	return f;
}

static struct oci_feature_mempolicy *memory_policy(struct arena *a)
{
	struct oci_feature_mempolicy *f = NEW(a, struct oci_feature_mempolicy);

	SET(f, oci_feature_mempolicy, modes, enum_words(&oci_enum_mempolicy_mode, a));
	SET(f, oci_feature_mempolicy, flags, enum_words(&oci_enum_mempolicy_flag, a));
	return f;
}

static struct oci_feature_enabled *enabled(bool value, struct arena *a)
{
	struct oci_feature_enabled *f = NEW(a, struct oci_feature_enabled);

	SET(f, oci_feature_enabled, enabled, value);
	return f;
}

static struct oci_features_linux *features_linux(struct arena *a)
{
	struct oci_features_linux *f = NEW(a, struct oci_features_linux);
	struct oci_feature_mount_ext *mount_ext = NEW(a, struct oci_feature_mount_ext);
	struct oci_feature_rdt *rdt = NEW(a, struct oci_feature_rdt);

	SET(rdt, oci_feature_rdt, enabled, true);
	SET(rdt, oci_feature_rdt, schemata, true);
	SET(rdt, oci_feature_rdt, monitoring, true);
	SET(mount_ext, oci_feature_mount_ext, idmap, enabled(true, a));
	SET(f, oci_features_linux, namespaces, enum_words(&oci_enum_ns_type, a));
	SET(f, oci_features_linux, capabilities, plan_cap_names(a));
	SET(f, oci_features_linux, cgroup, cgroup(a));
	SET(f, oci_features_linux, seccomp, seccomp(a));
	SET(f, oci_features_linux, apparmor, enabled(true, a));
	SET(f, oci_features_linux, selinux, enabled(true, a));
	SET(f, oci_features_linux, memory_policy, memory_policy(a));
	SET(f, oci_features_linux, intel_rdt, rdt);
	SET(f, oci_features_linux, mount_extensions, mount_ext);
	SET(f, oci_features_linux, net_devices, enabled(host_netdev_program(), a));
	return f;
}

static struct oci_smap annotations(struct arena *a)
{
	const struct oci_kv rows[] = {
		{ arena_strdup(a, "io.github.seccomp.libseccomp.version"), version_libseccomp(a) },
		{ arena_strdup(a, "husk.commit"), arena_strdup(a, version_commit) },
		{ arena_strdup(a, "husk.version"), arena_strdup(a, HUSK_VERSION) },
	};
	struct oci_smap ret = { .v = arena_alloc(a, sizeof rows), .n = sizeof rows / sizeof *rows };

	memcpy(ret.v, rows, sizeof rows);
	return ret;
}

void husk_features(struct arena *a, struct oci_features *ret)
{
	*ret = (struct oci_features){ 0 };
	SET(ret, oci_features, oci_version_min, arena_strdup(a, HUSK_SPEC_MIN));
	SET(ret, oci_features, oci_version_max, arena_strdup(a, HUSK_SPEC_VERSION));
	SET(ret, oci_features, hooks, copy_words(hook_names, sizeof hook_names / sizeof *hook_names, a));
	SET(ret, oci_features, mount_options, plan_mount_options(a));
	SET(ret, oci_features, linux_, features_linux(a));
	SET(ret, oci_features, annotations, annotations(a));
	SET(ret, oci_features, potentially_unsafe_config_annotations, plan_unsafe_annotations(a));
}
