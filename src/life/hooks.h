/* Run one list of hooks (config.md, POSIX-platform Hooks). */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"

#include <sys/types.h>

/* What the hooks of a stage are given beside the plan. */
struct hook_facts {
	int status;         /* OCI_STATUS_* for the state on their stdin */
	pid_t pid;          /* as seen from where they run; 0: left out */
	const char *dir;    /* working directory, NULL: ours */
	char *const *env;   /* for a hook whose env is unset; NULL: ours */
	const char *rootfs; /* for the state; NULL: left out */
	const struct oci_smap *annotations;
};

/* In order; the first failure ends it: `createRuntime hook 1 (/opt/x): exit status 3: ...` */
int hooks_run(const struct plan *p, enum hook_stage stage, const struct hook_facts *f, struct arena *a,
	      struct err *e);

/* All of them, whatever happens; failures are warnings (runtime.md, Lifecycle, 13). */
void hooks_run_all(const struct plan *p, enum hook_stage stage, const struct hook_facts *f, struct arena *a,
		   const struct log *log);
