/* The first half of create and run: from a bundle to a container that waits at the gate. */
#pragma once

#include "life/spawn.h"

#include "husk.h"

/* Everything a create owns; undone unless it ends well. */
struct create {
	const struct husk *husk;
	const struct husk_create *opts;
	struct arena *arena;
	char *bundle; /* absolute */
	char *config_text;
	size_t config_len;
	struct oci_config *config;
	struct host host;
	struct plan plan;
	int root_fd, dir_fd;
	bool reserved, made_cgroup, wrote_pid_file;
	struct cgroup cgroup;
	int cgroup_fd;
	struct oci_saved saved;
	struct spawn spawn;
};

int create_run(struct create *c, const struct husk *h, const struct husk_create *o, struct err *e);
/* Undo what was made, unless create_keep() was called; release the rest. */
void create_done(struct create *c);
void create_keep(struct create *c);
#define own_create __attribute__((cleanup(create_done))) struct create

/* Read and parse the bundle's config, probe the host, decide: what create, run and plan share. */
int create_decide(struct create *c, const struct husk *h, const struct husk_create *o, struct err *e);
