/*
 * The plan: everything husk decided before it touched anything.
 *
 * plan_build() is pure: the same config, options and host facts give the same plan. The two lanes then carry
 * the plan out, the parent lane in life/spawn.c and the child lane in life/init.c. Read the structs in order:
 * it is the order of a container's life. Names ending in _cpath are paths inside the container; they meet the
 * file system only through sys/beneath.h.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "oci/oci.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LIST(type) \
	struct { \
		type const *v; \
		size_t n; \
	}

/* -- namespaces
 * ---------------------------------------------------------------------------------------------- */

struct plan_join {
	const char *path; /* host path of the namespace file */
	int flag;         /* CLONE_NEW*; setns() checks the type, NS_GET_NSTYPE words the error */
};

struct plan_map {
	uint32_t inside, outside, count;
};

struct plan_clock {
	int clock; /* CLOCK_MONOTONIC or CLOCK_BOOTTIME */
	int64_t secs;
	uint32_t nanosecs;
};

/* One network device to move into the container. */
struct plan_netdev {
	const char *name; /* in the runtime's network namespace */
	const char *as;   /* in the container's; may hold one %d, which the kernel fills */
};

/*
 * clone3(clone_flags) -> setns(join in order, all opened before the first) -> unshare(unshare_user) -> [maps
 * and clock offsets by the parent, who also puts us into the cgroup] -> unshare(unshare_rest) -> if (refork)
 * fork with CLONE_PARENT. The common case (nothing joined, no time namespace) is one clone3() with everything
 * but the cgroup namespace: that one has its root where its maker is, so it waits for the cgroup.
 */
struct plan_ns {
	int new_flags;   /* all CLONE_NEW* namespaces to be made, however they are made */
	int join_flags;  /* all CLONE_NEW* namespaces to be joined */
	int clone_flags; /* made by clone3() itself */
	/* In the order of setns(). For root the user namespace comes last, because the others may belong to
	 * the host; for anyone else it comes first, because it gives the right to join the others. */
	LIST(struct plan_join) join;
	int unshare_user; /* CLONE_NEWUSER and/or CLONE_NEWTIME after the joins, before the maps */
	int unshare_rest; /* the remaining new namespaces after the maps */
	bool refork;      /* a pid or time namespace takes effect only in the next child */

	LIST(struct plan_map) uid_map, gid_map; /* empty: no maps to write */
	bool map_with_helpers; /* newuidmap, newgidmap: unprivileged and more than one's own id */
	bool deny_setgroups;   /* unprivileged and without helper */
	LIST(struct plan_clock) clocks;

	bool is_user;      /* the container is in a user namespace that husk makes or joins */
	bool parent_opens; /* a user namespace is entered by a root, be it a user namespace's: its ids may not
			      walk where we may, so the parent lane opens mount sources */
	bool loopback;     /* new network namespace: bring lo up */
	LIST(struct plan_netdev) netdevs;
	const char *hostname, *domainname; /* NULL: leave */
	LIST(struct oci_kv) sysctl;        /* key in slash form: "net/ipv4/ip_forward" */
};

/* -- the file system
 * ----------------------------------------------------------------------------------------- */

/* What has to be done for one mount. */
enum plan_mount_kind {
	PLAN_MOUNT_FS,          /* a new file system instance of `fstype` */
	PLAN_MOUNT_BIND,        /* an existing tree or file */
	PLAN_MOUNT_REMOUNT,     /* change flags of what is mounted there already */
	PLAN_MOUNT_CGROUP,      /* OCI type "cgroup": what that means depends on `cgroup_layout` */
	PLAN_MOUNT_PROPAGATION, /* only a propagation change of what is mounted there */
};

struct plan_mount {
	enum plan_mount_kind kind;
	const char *cpath;  /* destination inside the container, absolute */
	const char *source; /* bind: absolute host path; else the fs source string, may be NULL */
	const char *fstype;
	const char *data; /* file system options, comma separated ("mode=755,size=64k"), NULL = none */

	uint64_t attr_set, attr_clear; /* MOUNT_ATTR_* of this mount, for mount_setattr() */
	uint64_t rec_set, rec_clear;   /* MOUNT_ATTR_* for the whole tree: rro, rnosuid, ... */
	unsigned long sb_flags; /* MS_* of the file system itself: SYNCHRONOUS, DIRSYNC, LAZYTIME, SILENT,
				   RDONLY, ... */
	unsigned long propagation[4]; /* MS_SHARED|MS_REC and so on, in order, 0-terminated */

	bool recursive;       /* rbind */
	bool source_nofollow; /* src-nofollow: bind the symlink's own inode */
	bool dest_nofollow;   /* dest-nofollow */
	bool copy_symlink;    /* copy-symlink: a symlink source becomes the same symlink in the container */
	bool tmpcopyup;       /* fill the new tmpfs with what was there */
	bool idmap, idmap_recursive;
	LIST(struct plan_map)
	uid_map, gid_map;            /* of the idmapped mount; empty with idmap: the container's own */
	const char *selinux_context; /* mountLabel to append as context="..."; NULL: none */
	const char *selinux_option;  /* "context" or what an annotation says instead */
};

struct plan_device {
	const char *cpath;
	mode_t type; /* S_IFCHR, S_IFBLK, S_IFIFO */
	mode_t mode; /* permission bits */
	uint32_t major, minor, uid, gid;
	bool bind;       /* mknod is not allowed here (user namespace): bind from the host's /dev */
	bool is_default; /* one of the six that every container gets */
};

struct plan_link {
	const char *cpath, *target;
	const char *only_if; /* absolute path that must exist inside for the link to be made; NULL: always */
};

struct plan_rootfs {
	const char *path; /* host path, absolute: root.path, below the bundle when relative */
	bool readonly;
	bool no_pivot;   /* MS_MOVE + chroot, for a root on initramfs */
	bool in_host_ns; /* no mount namespace: the host's "/" stays, chroot alone; life/hostmount.h takes
			    the mounts away */
	/* Of "/" alone, after the pivot: MS_PRIVATE unless linux.rootfsPropagation says otherwise. */
	unsigned long propagation;
	/* Of the copied host tree before anything is mounted, always with MS_REC: MS_SLAVE by default;
	 * MS_SHARED when mounts made in the container have to reach the host (then whatever holds the new
	 * root must be made private); MS_PRIVATE for private and unbindable. */
	unsigned long host_propagation;
	LIST(struct plan_mount) mounts;
	LIST(struct plan_device) devices;
	LIST(struct plan_link) links;
	LIST(const char *) masked, readonly_paths;
	bool console;                     /* bind the pty's slave on /dev/console */
	enum cgroup_layout cgroup_layout; /* for PLAN_MOUNT_CGROUP */
	bool cgroup_ns;                   /* the container has a cgroup namespace of its own */
	bool pid_ns;              /* a pid namespace that is not husk's: the host's procfs is none for it */
	const char *mount_label;  /* SELinux, NULL when off */
	const char *label_option; /* the mount option that carries it: "context", "fscontext", ... */
};

/* -- cgroup
 * -------------------------------------------------------------------------------------------------- */

struct plan_write {
	const char *controller; /* "memory"; on v2 what must be in cgroup.subtree_control; "" = core file,
				   none needed */
	const char *file, *value;
	bool optional;     /* a file the kernel may not have (memory.swap.max without swap accounting) */
	bool asks_nothing; /* "max", 0 shares: a missing controller is no error */
	bool otherwise;    /* only when the optional file just before it does not exist */
	const char
		*usage; /* checkBeforeUpdate: refuse a value below the number in this file; NULL: no check */
};

struct plan_device_rule {
	bool allow;
	char type;            /* 'a', 'c', 'b' */
	int64_t major, minor; /* -1: all */
	bool read, write, mknod;
};

/* -- resctrl
 * ------------------------------------------------------------------------------------------------ */

struct plan_rdt {
	const char *root;            /* where resctrl is mounted; NULL: the config does not ask for it */
	const char *group;           /* below root; "" is the default group */
	LIST(const char *) schemata; /* lines, in the order of writing */
	bool may_create;             /* the group; else it must be there */
	bool remove;                 /* the group, on delete, if husk made it */
	const char *monitor;         /* name of the monitoring group in it, NULL: none */
};

enum cgroup_manager { CGROUP_MANAGER_FS, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_DISABLED };

struct plan_cgroup {
	enum cgroup_manager manager;
	const char *path;                      /* below every mount root, absolute: "/husk-web1" */
	bool may_be_absent;                    /* rootless and nothing asked for: go on without a cgroup */
	LIST(struct plan_write) writes;        /* in the order of writing */
	LIST(struct plan_device_rule) devices; /* in order, last match wins; empty: no device filter */
	bool own;           /* hand the cgroup to the container's user (config-linux.md, Cgroup ownership) */
	uint32_t owner_uid; /* host uid */
};

/* -- the process
 * --------------------------------------------------------------------------------------------- */

struct plan_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft, hard;
	const char *name;
};

struct plan_caps {
	bool set; /* the config lists capabilities; if it does not, all five sets are empty all the same */
	uint64_t bounding, effective, inheritable, permitted, ambient; /* bit n = capability n */
};

struct plan_process {
	struct oci_strv args, env; /* NULL-terminated arrays, ready for execve */
	const char *cwd;           /* _cpath */
	bool terminal;
	uint16_t rows, columns; /* 0: leave */
	uint32_t uid, gid;
	LIST(uint32_t) groups;
	bool keep_groups; /* leave supplementary groups alone */
	int umask;        /* -1: leave */
	LIST(struct plan_rlimit) rlimits;
	bool set_oom_score_adj;
	int oom_score_adj;
	bool no_new_privs;
	struct plan_caps caps;
	const char *apparmor; /* NULL: none */
	const char *selinux;
	const struct oci_scheduler *scheduler; /* NULL: leave */
	const struct oci_io_priority *io_priority;
	const struct oci_memory_policy *memory_policy;
	const struct oci_exec_cpu_affinity *affinity; /* exec only */
	long personality;                             /* -1: leave */
	const char *keyring;                          /* name of the session keyring to join, NULL: leave */
	bool add_home; /* no HOME in env: take it from the container's /etc/passwd */
};

/* One rule of the filter, resolved to numbers as far as no library is needed. */
struct plan_seccomp {
	const struct oci_seccomp *config; /* NULL: no filter */
	bool late;        /* no_new_privs: load right before exec; else while CAP_SYS_ADMIN is still there */
	bool before_gate; /* late, and nothing at the gate needs more than the profile allows: load it there
			   */
	bool notify;      /* some action is NOTIFY */
	const char
		*listener; /* listenerPath, or what an annotation or the caller's environment says instead */
	bool fail_unknown; /* a name that nobody knows is an error */
	const char
		*bpf_data; /* base64 of a whole filter, which takes the place of the config's; NULL: none */
};

struct plan_hook {
	const char *path;
	struct oci_strv args, env;
	bool env_set; /* false: the hook inherits the runtime's environment */
	int timeout;  /* seconds, 0 = none */
};

enum hook_stage {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_STAGES
};

/* What the config asks and husk leaves out although it goes on: unknown capabilities, v1-only settings, ...
 */
struct plan_warnings {
	char **v;
	size_t n, cap;
};

struct plan {
	const char *id, *bundle;
	struct plan_ns ns;
	struct plan_rootfs rootfs;
	struct plan_cgroup cgroup;
	struct plan_rdt rdt;
	bool has_process;
	struct plan_process process;
	struct plan_seccomp seccomp;
	LIST(struct plan_hook) hooks[HOOK_STAGES];
	const char *hooks_stdout, *hooks_stderr; /* host files to append the hooks' output to, NULL: none */
	const char *pidfd_receiver; /* socket that gets a pidfd of the first process, NULL: none */
	struct plan_warnings warnings;
};

/* What the command line and the caller add to the config. */
struct plan_opts {
	const char *id;
	const char *bundle; /* absolute */
	bool systemd_cgroup;
	bool cgroup_disabled;
	bool no_pivot;
	bool no_new_keyring;
	uint32_t preserve_fds;
	const char *notify_dir;       /* host directory to appear at /run/notify, NULL: none */
	const char *seccomp_receiver; /* the caller's RUN_OCI_SECCOMP_RECEIVER, NULL: not set */
};

/* Decide. Everything in *ret lives in `a`; strings of the config are shared, so the config must outlive the
 * plan. */
int plan_build(const struct oci_config *config, const struct plan_opts *opts, const struct host *host,
	       struct arena *a, struct plan *ret, struct err *e);

/*
 * The process part alone, for exec. `config` is the container's: its id maps, personality and memory policy
 * hold for every process in it; what the exec'd process inherits of the container's own process (caps, LSM
 * labels) is put into *process by the caller. `opts` gives the id and the keyring choice.
 */
int plan_process(const struct oci_process *process, const struct oci_config *config,
		 const struct plan_opts *opts, const struct host *host, struct arena *a,
		 struct plan_process *ret, struct plan_warnings *warnings, struct err *e);

/* Words that husk knows, for `husk features`: mount options, capabilities by number. In `a`. */
struct oci_strv plan_mount_options(struct arena *a);
struct oci_strv plan_cap_names(struct arena *a);
struct oci_strv plan_unsafe_annotations(struct arena *a);
/* "CAP_CHOWN" or "cap_chown" -> 0; -1 if unknown. */
int plan_cap_number(const char *name);

/* The plan in words, one line per decision, as `husk plan` shows it; and as JSON. */
char *plan_text(const struct plan *p, struct arena *a);
char *plan_json(const struct plan *p, struct arena *a);
