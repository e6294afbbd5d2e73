/* start: open the gate, and run the poststart hooks. */
#include "life/container.h"
#include "life/gate.h"
#include "life/hooks.h"
#include "life/start.h"

/* A failed start ends the container (runtime.md, Lifecycle 7 and 9): killed, destroyed, poststop hooks run.
 */
static int give_up(struct container *c, int r)
{
	struct err e;

	if (container_kill_wait(c, &e) < 0 || container_destroy(c, &e) < 0)
		log_warn(&c->husk->log, "clean up after a failed start: %s", e.text);
	return r;
}

static int poststart(struct container *c, const struct oci_config *config, struct err *e)
{
	struct plan plan;
	struct hook_facts f = { .status = OCI_STATUS_RUNNING,
				.pid = c->saved->pid,
				.dir = c->saved->bundle,
				.rootfs = c->saved->rootfs,
				.annotations = &config->annotations };

	if (!config->hooks || config->hooks->poststart.n == 0)
		return 0;
	TRY(container_plan(c, config, &plan, e));
	return hooks_run(&plan, HOOK_POSTSTART, &f, c->arena, e);
}

int start_container(struct container *c, const struct oci_config *config, struct err *e)
{
	struct oci_config *frozen = NULL;

	if (!config) {
		TRY(container_config(c, &frozen, e));
		config = frozen;
	}
	if (!config->process)
		return err_say(e, EINVAL, "process: not set in config.json, there is nothing to start");
	int r = gate_open(c->dir_fd, e);
	if (r < 0)
		return give_up(c, r);
	r = poststart(c, config, e);
	return r < 0 ? give_up(c, r) : 0;
}

int husk_start(const struct husk *h, const char *id, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;

	TRY(container_open(h, id, CONTAINER_LOCK, a, &c, e));
	int status = TRY(container_status(&c, e));
	if (status == OCI_STATUS_STOPPED)
		return err_say(e, EINVAL, "cannot start a container that has stopped");
	if (status != OCI_STATUS_CREATED)
		return err_say(e, EINVAL, "cannot start a container in the %s state",
			       oci_word(&oci_enum_status, status));
	return start_container(&c, NULL, e);
}
