/* Which programs run at which point of the container's life. */
#include "plan/parts.h"

#include "base/str.h"

static const struct plan_hook *stage(const struct oci_hook *v, size_t n, struct arena *a)
{
	struct plan_hook *hooks = arena_array(a, n, sizeof *hooks);

	for (size_t i = 0; i < n; i++) {
		hooks[i] = (struct plan_hook){
			.path = v[i].path,
			.args = v[i].args,
			.env = v[i].env,
			.env_set = HAS(&v[i], oci_hook, env),
			.timeout = v[i].timeout,
		};
		if (v[i].args.n == 0) { /* execve(2) wants a name */
			hooks[i].args.v = arena_array(a, 2, sizeof *hooks[i].args.v);
			hooks[i].args.v[0] = v[i].path;
			hooks[i].args.n = 1;
		}
		if (!hooks[i].env.v)
			hooks[i].env.v = arena_array(a, 1, sizeof *hooks[i].env.v);
	}
	return hooks;
}

void plan_hooks_build(const struct plan_in *in, struct plan *ret)
{
	const struct oci_hooks *h = in->config->hooks;

	if (!h)
		return;
#define STAGE(which, member) \
	ret->hooks[which].v = stage(h->member.v, h->member.n, in->arena); \
	ret->hooks[which].n = h->member.n
	STAGE(HOOK_PRESTART, prestart);
	STAGE(HOOK_CREATE_RUNTIME, create_runtime);
	STAGE(HOOK_CREATE_CONTAINER, create_container);
	STAGE(HOOK_START_CONTAINER, start_container);
	STAGE(HOOK_POSTSTART, poststart);
	STAGE(HOOK_POSTSTOP, poststop);
#undef STAGE
}
