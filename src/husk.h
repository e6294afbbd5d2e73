/*
 * libhusk: every verb as a function.
 *
 * No global state, nothing printed, nothing left running in the caller: a verb returns 0 (or a count) or a
 * negative errno with the sentence in *e. main.c is one face over it; a long-lived process may be another,
 * calling a verb in a forked child. Every descriptor is CLOEXEC. Strings in results live in the arena that
 * was handed in.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "oci/oci.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HUSK_SPEC_VERSION "1.3.0" /* runtime-spec that husk implements, in full */
#define HUSK_SPEC_MIN     "1.0.0"

/* What every verb needs. */
struct husk {
	const char *root; /* state directory, absolute; NULL: husk_default_root() */
	struct log log;
	bool systemd_cgroup;  /* --systemd-cgroup, --cgroup-manager=systemd */
	bool cgroup_disabled; /* --cgroup-manager=disabled */
};

/* /run/husk for root; else $XDG_RUNTIME_DIR/husk, else /tmp/husk-run-UID, checked to be ours and 0700. */
int husk_default_root(struct arena *a, char **ret, struct err *e);

/* "[A-Za-z0-9_+.-]+", not "." or "..", at most 255 bytes. Errors: "container id cannot be empty", "invalid
 * container ID format". */
int husk_check_id(const char *id, struct err *e);

/* create and run. */
struct husk_create {
	const char *id;
	const char *bundle; /* NULL: current directory */
	const char *config; /* file name in the bundle; NULL: config.json */
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	bool no_pivot, no_new_keyring;
	uint32_t preserve_fds; /* how many descriptors after 2 (and after LISTEN_FDS) reach the process */
	bool detach;           /* run only */
	bool keep;             /* run only: leave the state after the process has ended */
};

int husk_create(const struct husk *h, const struct husk_create *o, struct err *e);
int husk_start(const struct husk *h, const char *id, struct err *e);
/* *ret_status: exit status, or 128 + signal; 0 when detached. Negative return: it did not run. */
int husk_run(const struct husk *h, const struct husk_create *o, int *ret_status, struct err *e);

struct husk_exec {
	const char *id;
	const char *process_file; /* --process: a process object; then the rest below but the sockets is not
				     looked at */
	char *const *args;        /* NULL-terminated, or NULL with process_file */
	const char *console_socket, *pidfd_socket, *pid_file;
	bool detach, tty;
	const char *cwd;
	const char *user;       /* UID[:GID], NULL: the container's */
	char *const *env;       /* additions, NULL-terminated, or NULL */
	char *const *caps;      /* additions, NULL-terminated, or NULL */
	const uint32_t *groups; /* additional gids */
	size_t n_groups;
	const char *process_label, *apparmor, *cgroup;
	int no_new_privs; /* -1: the container's */
	uint32_t preserve_fds;
	bool ignore_paused;
};

int husk_exec(const struct husk *h, const struct husk_exec *o, int *ret_status, struct err *e);

/* "container not running" when there is nothing to signal. `all`: every process of the container. */
int husk_kill(const struct husk *h, const char *id, int signal, bool all, struct err *e);
/* "9", "KILL", "sigkill", "RTMIN+3" -> number. "unknown signal \"x\"" otherwise. */
int husk_signal_number(const char *text, int *ret, struct err *e);
/* force: kill what runs; a missing container is no error. */
int husk_delete(const struct husk *h, const char *id, bool force, struct err *e);
int husk_pause(const struct husk *h, const char *id, struct err *e);
int husk_resume(const struct husk *h, const char *id, struct err *e);

int husk_state(const struct husk *h, const char *id, struct arena *a, struct oci_state *ret, struct err *e);
/* All containers below the root, sorted by id. One that disappears or cannot be read meanwhile is left out.
 */
int husk_list(const struct husk *h, struct arena *a, struct oci_state **ret, size_t *ret_n, struct err *e);
/*
 * Change limits of a container that is not stopped. Members of `request` that are not set, and zeros where
 * zero is no value, change nothing; device rules are not looked at. When the kernel refuses one, those
 * before it are taken back.
 */
int husk_update(const struct husk *h, const char *id, const struct oci_resources *request, struct err *e);
/* What the container uses now. In `a`. */
int husk_stats(const struct husk *h, const char *id, struct arena *a, struct oci_event *ret, struct err *e);

struct husk_events {
	int64_t interval; /* nanoseconds between two statistics, more than 0 */
	/* Called for each event, which is the callee's until it returns; a negative result ends it all. */
	int (*tell)(void *arg, const struct oci_event *event, struct err *e);
	void *arg;
};

/* Statistics at intervals, and "oom" whenever the container runs out of memory. Returns when it ends. */
int husk_events(const struct husk *h, const char *id, const struct husk_events *o, struct err *e);
/* Host pids of every process of the container, sub-cgroups included. */
int husk_pids(const struct husk *h, const char *id, struct arena *a, pid_t **ret, size_t *ret_n,
	      struct err *e);

/* What create would do, in words or as JSON; touches nothing. o->id may be NULL ("husk"). */
int husk_plan(const struct husk *h, const struct husk_create *o, bool json, struct arena *a, char **ret,
	      struct err *e);

/* One thing that is wrong with a bundle, or will not do what it says. */
enum husk_level { HUSK_NOTE, HUSK_WARNING, HUSK_ERROR };

struct husk_finding {
	enum husk_level level;
	const char *path; /* JSON path, "" for the whole document */
	const char *text;
	const char *hint; /* "" if there is none */
};

struct husk_findings {
	struct husk_finding *v;
	size_t n, cap;
};

/* Everything that speaks against creating a container of o->bundle here and now; touches nothing. Fails only
 * if there is no bundle or no configuration to read; what is wrong with them is a finding. */
int husk_check(const struct husk *h, const struct husk_create *o, struct arena *a, struct husk_findings *ret,
	       struct err *e);

/* features.md, derived from husk's own tables. */
void husk_features(struct arena *a, struct oci_features *ret);

/* An example config.json (runtime-spec, "spec"): what `runc spec` users expect, or its rootless form for
 * uid:gid. */
char *husk_spec(bool rootless, uint32_t uid, uint32_t gid, struct arena *a);
