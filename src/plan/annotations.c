/* Annotations that ask husk for something: those of crun that engines set. */
#include "plan/parts.h"

#include "base/str.h"

/* What an image's author could ask for, were annotations taken from images (features.md). */
static const char *const unsafe[] = {
	"run.oci.hooks.stderr",         "run.oci.hooks.stdout",
	"run.oci.keep_original_groups", "run.oci.mount_context_type",
	"run.oci.pidfd_receiver",       "run.oci.seccomp.receiver",
	"run.oci.seccomp_bpf_data",     "run.oci.seccomp_fail_unknown_syscall",
};

const char *plan_annotation(const struct oci_config *c, const char *key)
{
	for (size_t i = 0; i < c->annotations.n; i++)
		if (str_eq(c->annotations.v[i].key, key))
			return c->annotations.v[i].value;
	return NULL;
}

bool plan_annotation_on(const struct oci_config *c, const char *key)
{
	const char *value = plan_annotation(c, key);

	return !str_empty(value) && !str_eq(value, "0");
}

struct oci_strv plan_unsafe_annotations(struct arena *a)
{
	const size_t n = sizeof unsafe / sizeof *unsafe;
	struct oci_strv ret = { arena_array(a, n + 1, sizeof *ret.v), n };

	for (size_t i = 0; i < n; i++)
		ret.v[i] = arena_strdup(a, unsafe[i]);
	return ret;
}
