/* The example configuration and the list of features are valid documents of the specification. */
#include "husk.h"

#include "base/str.h"

#include <criterion/criterion.h>

static struct oci_config *spec(bool rootless, struct arena *a)
{
	const char *text = husk_spec(rootless, 1000, 100, a);
	struct err e = ERR_INIT;
	void *config = NULL;

	cr_assert_eq(oci_parse(&oci_type_config, text, strlen(text), a, &config, &e), 0, "%s", e.text);
	return config;
}

static bool has_namespace(const struct oci_config *c, enum oci_ns_type type)
{
	for (size_t i = 0; i < c->linux_->namespaces.n; i++)
		if (c->linux_->namespaces.v[i].type == (int)type)
			return true;
	return false;
}

Test(spec, of_root)
{
	own_arena a = arena_new();
	struct oci_config *c = spec(false, a);

	cr_assert_str_eq(c->oci_version, "1.3.0");
	cr_assert_str_eq(c->process->args.v[0], "sh");
	cr_assert(c->process->terminal && c->process->no_new_privileges && c->root->readonly);
	cr_assert_eq(c->mounts.n, 7);
	cr_assert(has_namespace(c, OCI_NS_NETWORK) && has_namespace(c, OCI_NS_CGROUP));
	cr_assert_not(has_namespace(c, OCI_NS_USER));
	cr_assert_eq(c->linux_->resources->devices.n, 1);
	cr_assert_not(c->linux_->resources->devices.v[0].allow);
}

Test(spec, rootless)
{
	own_arena a = arena_new();
	struct oci_config *c = spec(true, a);

	cr_assert(has_namespace(c, OCI_NS_USER));
	cr_assert_not(has_namespace(c, OCI_NS_NETWORK));
	cr_assert_eq(c->linux_->uid_mappings.v[0].host_id, 1000);
	cr_assert_eq(c->linux_->gid_mappings.v[0].host_id, 100);
	cr_assert_null(c->linux_->resources);
	cr_assert_eq(c->mounts.n, 7);
	for (size_t i = 0; i < c->mounts.n; i++)
		for (size_t o = 0; o < c->mounts.v[i].options.n; o++)
			cr_assert_str_neq(c->mounts.v[i].options.v[o], "gid=5");
}

static bool lists(const struct oci_strv *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_eq(words->v[i], word))
			return true;
	return false;
}

Test(spec, features)
{
	own_arena a = arena_new();
	struct oci_features f, *back = NULL;
	struct err e = ERR_INIT;
	char *text;
	size_t len;

	husk_features(a, &f);
	cr_assert_eq(oci_write(&oci_type_features, &f, 0, a, &text, &len, &e), 0, "%s", e.text);
	cr_assert_eq(oci_parse(&oci_type_features, text, len, a, (void **)&back, &e), 0, "%s", e.text);
	/* what containerd and CRI-O look for */
	cr_assert(lists(&back->mount_options, "rro"));
	cr_assert(lists(&back->linux_->namespaces, "user"));
	cr_assert(back->linux_->mount_extensions->idmap->enabled);
	cr_assert(lists(&back->linux_->capabilities, "CAP_CHECKPOINT_RESTORE"));
	cr_assert(lists(&back->hooks, "poststop"));
	cr_assert_str_eq(back->oci_version_max, HUSK_SPEC_VERSION);
}
