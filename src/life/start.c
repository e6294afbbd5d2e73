/* start: open the gate, and run the poststart hooks. */
#include "life/container.h"
#include "life/gate.h"
#include "life/hooks.h"
#include "life/notifysocket.h"
#include "life/obituary.h"
#include "life/start.h"
#include "state/store.h"

#include <errno.h>

static int poststart(struct container *c, const struct oci_config *config, struct err *e)
{
	struct oci_config *frozen = NULL;
	struct plan plan;
	struct hook_facts f = { .status = OCI_STATUS_RUNNING,
				.pid = c->saved->pid,
				.dir = c->saved->bundle,
				.rootfs = c->saved->rootfs,
				.annotations = &c->saved->annotations };

	if (!c->saved->later_hooks)
		return 0;
	if (!config) {
		TRY(container_config(c, &frozen, e));
		config = frozen;
	}
	if (!config->hooks || config->hooks->poststart.n == 0)
		return 0;
	TRY(container_plan(c, config, &plan, e));
	return hooks_run(&plan, HOOK_POSTSTART, &f, c->arena, e);
}

int start_container(struct container *c, const struct oci_config *config, bool *ret_over, struct err *e)
{
	*ret_over = false;
	if (c->saved->no_process)
		return err_say(e, EINVAL, "process: not set in config.json, there is nothing to start");
	int r = obituary_start(c, gate_open(c->dir_fd, e), e);
	if (r == 0)
		r = poststart(c, config, e);
	else if (r != -ECANCELED)
		return r; /* the program could not be executed: init has ended, delete is the caller's */
	*ret_over = r < 0;
	return r;
}

/* A hook that fails ends the container (runtime.md, Lifecycle 7 and 9): killed, destroyed, poststop hooks
 * run. */
void start_give_up(struct container *c)
{
	struct err e;

	if (container_kill_wait(c, &e) < 0 || container_destroy(c, &e) < 0)
		log_warn(&c->husk->log, "clean up after a failed start: %s", e.text);
}

int husk_start(const struct husk *h, const char *id, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;
	bool over;

	TRY(container_open(h, id, CONTAINER_LOCK, a, &c, e));
	int status = TRY(container_status(&c, e));
	if (status == OCI_STATUS_STOPPED)
		return err_say(e, EBADFD, "cannot start a container that has stopped");
	if (status != OCI_STATUS_CREATED)
		return err_say(e, EBADFD, "cannot start a container in the %s state",
			       oci_word(&oci_enum_status, status));
	own_notifysocket notify = NOTIFYSOCKET_EMPTY;
	own_fd pidfd = FD_NONE;
	TRY(notifysocket_open(c.dir_fd, c.saved->pid, &notify, e));
	if (notify.fd >= 0)
		(void)container_pidfd(&c, &pidfd, NULL);
	int r = start_container(&c, NULL, &over, e);
	if (over)
		start_give_up(&c);
	if (r == 0 && notify.fd >= 0) {
		store_unlock(c.dir_fd); /* it may take its time: others may stop it meanwhile */
		notifysocket_wait(&notify, pidfd);
	}
	return r;
}
