/* Run one list of hooks. */
#include "life/hooks.h"

#include "husk.h"
#include "life/helper.h"

static const char *const stage_names[HOOK_STAGES] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

static int state_text(const struct plan *p, const struct hook_facts *f, struct arena *a, char **ret,
		      struct err *e)
{
	struct oci_state s = { 0 };

	SET(&s, oci_state, oci_version, arena_strdup(a, HUSK_SPEC_VERSION));
	SET(&s, oci_state, id, arena_strdup(a, p->id));
	SET(&s, oci_state, status, f->status);
	if (f->pid)
		SET(&s, oci_state, pid, f->pid);
	SET(&s, oci_state, bundle, arena_strdup(a, p->bundle));
	if (f->rootfs)
		SET(&s, oci_state, rootfs, arena_strdup(a, f->rootfs));
	if (f->annotations && f->annotations->n)
		SET(&s, oci_state, annotations, *f->annotations);
	return oci_write(&oci_type_state, &s, 0, a, ret, NULL, e);
}

static int run_one(const struct plan *p, enum hook_stage stage, size_t i, const char *state,
		   const struct hook_facts *f, struct err *e)
{
	const struct plan_hook *k = &p->hooks[stage].v[i];
	static char *const none[] = { NULL };
	bool host = stage != HOOK_START_CONTAINER; /* that one would open the container's files */
	struct helper h = {
		.path = k->path,
		.args = k->args.v,
		.env = k->env_set ? (k->env.v ? k->env.v : none) : f->env,
		.dir = f->dir,
		.input = state,
		.timeout = k->timeout,
		.out_file = host ? p->hooks_stdout : NULL,
		.err_file = host ? p->hooks_stderr : NULL,
	};

	return err_in(e, helper_run(&h, e), "%s hook %zu (%s)", stage_names[stage], i, k->path);
}

int hooks_run(const struct plan *p, enum hook_stage stage, const struct hook_facts *f, struct arena *a,
	      struct err *e)
{
	char *state;

	if (p->hooks[stage].n == 0)
		return 0;
	TRY(state_text(p, f, a, &state, e));
	for (size_t i = 0; i < p->hooks[stage].n; i++)
		TRY(run_one(p, stage, i, state, f, e));
	return 0;
}

void hooks_run_all(const struct plan *p, enum hook_stage stage, const struct hook_facts *f, struct arena *a,
		   const struct log *log)
{
	struct err e;
	char *state;

	if (p->hooks[stage].n == 0)
		return;
	if (state_text(p, f, a, &state, &e) < 0) {
		log_warn(log, "%s hooks: %s", stage_names[stage], e.text);
		return;
	}
	for (size_t i = 0; i < p->hooks[stage].n; i++)
		if (run_one(p, stage, i, state, f, &e) < 0)
			log_warn(log, "%s", e.text);
}
