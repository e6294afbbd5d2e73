/* Paths that the container must not see or must not write. */
#include "plan/parts.h"

#include <errno.h>

static int copy(const struct oci_strv *from, const char *what, struct arena *a, const char *const **ret,
		size_t *ret_n, struct err *e)
{
	const char **v = arena_array(a, from->n, sizeof *v);

	for (size_t i = 0; i < from->n; i++) {
		if (from->v[i][0] != '/')
			return err_say(e, EINVAL, "%s[%zu]: '%s' is not an absolute path", what, i,
				       from->v[i]);
		v[i] = from->v[i];
	}
	*ret = v;
	*ret_n = from->n;
	return 0;
}

int plan_paths_build(const struct plan_in *in, struct plan_rootfs *ret, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;

	TRY(copy(&l->masked_paths, "linux.maskedPaths", in->arena, &ret->masked.v, &ret->masked.n, e));
	return copy(&l->readonly_paths, "linux.readonlyPaths", in->arena, &ret->readonly_paths.v,
		    &ret->readonly_paths.n, e);
}
