/* The parts of plan_build(), one per file of this folder: each turns its share of the config into its share
 * of the plan. */
#pragma once

#include "plan/plan.h"

/* What every part may look at, and where it allocates and complains. */
struct plan_in {
	const struct oci_config *config;
	const struct plan_opts *opts;
	const struct host *host;
	struct arena *arena;
	struct plan_warnings *warnings;
};

/* Rules across fields that belong to no single part: before, and once the namespaces are known. (check.c) */
int plan_check(const struct plan_in *in, struct err *e);
int plan_check_ns(const struct plan_in *in, const struct plan_ns *ns, struct err *e);

/* Namespaces, maps, names and sysctls of the container. (namespaces.c, idmap.c, sysctl.c) */
int plan_ns_build(const struct plan_in *in, struct plan_ns *ret, struct err *e);
int plan_idmap_build(const struct plan_in *in, struct plan_ns *ns, struct err *e);
int plan_sysctl_build(const struct plan_in *in, struct plan_ns *ns, struct err *e);
/* Whether the container id has a host id; an empty map means the ids are not translated. */
bool plan_idmap_has(const struct plan_map *map, size_t n, uint32_t inside);
struct plan_map *plan_idmap_copy(const struct oci_id_mapping *v, size_t n, struct arena *a);
/* No overlap, no overflow, no empty line; `what` is the JSON path. */
int plan_idmap_check(const char *what, const struct plan_map *map, size_t n, struct err *e);

/* netdevs.c, rdt.c */
int plan_netdevs_build(const struct plan_in *in, struct plan_ns *ns, struct err *e);
int plan_rdt_build(const struct plan_in *in, struct plan_rdt *ret, struct err *e);

/* The file system. `ns` is finished when these run. (mounts.c, mountopts.c, devices.c, paths.c) */
int plan_mounts_build(const struct plan_in *in, const struct plan_ns *ns, struct plan_rootfs *ret,
		      struct err *e);
int plan_mountopts_parse(const struct oci_strv *options, const char *where, struct arena *a,
			 struct plan_mount *ret, struct err *e);
int plan_devices_build(const struct plan_in *in, const struct plan_ns *ns, struct plan_rootfs *ret,
		       struct err *e);
int plan_paths_build(const struct plan_in *in, struct plan_rootfs *ret, struct err *e);

/* cgroup.c */
int plan_cgroup_build(const struct oci_config *config, const struct plan_opts *opts, const struct host *host,
		      struct arena *a, struct plan_cgroup *ret, struct plan_warnings *warnings,
		      struct err *e);

/* The process; `ns` tells which ids exist. (process.c, caps.c, limits.c) */
int plan_process_build(const struct oci_process *p, const struct plan_in *in, const struct plan_ns *ns,
		       struct plan_process *ret, struct err *e);
void plan_caps_build(const struct oci_capabilities *c, struct arena *a, struct plan_caps *ret,
		     struct plan_warnings *w);
int plan_limits_build(const struct oci_process *p, struct arena *a, struct plan_process *ret, struct err *e);

/* The value of an annotation, NULL if it is not there. (annotations.c) */
const char *plan_annotation(const struct oci_config *c, const char *key);
/* Is it there, and neither empty nor "0"? */
bool plan_annotation_on(const struct oci_config *c, const char *key);

/* seccomp.c */
void plan_seccomp_build(const struct plan_in *in, struct plan_seccomp *ret);

/* hooks.c */
void plan_hooks_build(const struct plan_in *in, struct plan *ret);

/* Flags in words, comma separated, "" for none; both printers use them. (words.c) */
const char *plan_words_ns(int flags, struct arena *a);
const char *plan_words_mount(const struct plan_mount *m, struct arena *a);
const char *plan_words_caps(uint64_t mask, struct arena *a);
const char *plan_word_propagation(unsigned long flags);
const char *plan_word_kind(enum plan_mount_kind kind);
const char *plan_word_manager(enum cgroup_manager manager);
const char *plan_word_layout(enum cgroup_layout layout);
const char *plan_word_stage(enum hook_stage stage);

/* Remember something that is left out although husk goes on. (warn.c) */
void plan_warn(struct plan_warnings *w, struct arena *a, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
