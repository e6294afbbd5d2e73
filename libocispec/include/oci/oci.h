/*
 * The objects of the runtime-spec as C structs, made from the .def lists beside this file.
 *
 * One line of a list gives the struct member, its entry in the reader's and writer's table, its bit in `has`
 * and its rules; see docs/libocispec.md. Everything is allocated in the arena handed to oci_parse().
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oci/enums.def"
#include "oci/process.def"
#include "oci/config.def"
#include "oci/seccomp.def"
#include "oci/resources.def"
#include "oci/linux.def"
#include "oci/state.def"
#include "oci/features.def"
#include "oci/stats.def"

/* clang-format off */
struct oci_strv { char **v; size_t n; };       /* v[n] == NULL when v is set */
struct oci_u32v { uint32_t *v; size_t n; };
struct oci_u64v { uint64_t *v; size_t n; };
struct oci_enumv { int *v; size_t n; };
struct oci_kv { char *key, *value; };
struct oci_smap { struct oci_kv *v; size_t n; }; /* in the order of the text */
struct oci_count { char *key; uint64_t value; };
struct oci_umap { struct oci_count *v; size_t n; };

/* enum oci_ns_type { OCI_NS_PID, ... } and so on */
#define OCI_ENUM_CONSTANT(c, word) c,
#define OCI_ENUM_DECLARE(name) enum oci_##name { OCI_ENUM_##name(OCI_ENUM_CONSTANT) };
OCI_ENUMS(OCI_ENUM_DECLARE)

/* The word of an enum's value ("network" for oci_word(oci_enum_ns_type, OCI_NS_NETWORK)), NULL if out of range. */
struct oci_enum_table { const char *const *words; size_t n; };
#define OCI_ENUM_TABLE(name) extern const struct oci_enum_table oci_enum_##name;
OCI_ENUMS(OCI_ENUM_TABLE)
const char *oci_word(const struct oci_enum_table *t, int value);

/* kind -> struct member */
#define OCI_MEMBER_str(name, arg)   char *name;
#define OCI_MEMBER_key(name, arg)   char *name; /* the key of this object in its map */
#define OCI_MEMBER_bool(name, arg)  bool name;
#define OCI_MEMBER_u16(name, arg)   uint16_t name;
#define OCI_MEMBER_i32(name, arg)   int32_t name;
#define OCI_MEMBER_u32(name, arg)   uint32_t name;
#define OCI_MEMBER_i64(name, arg)   int64_t name;
#define OCI_MEMBER_u64(name, arg)   uint64_t name;
#define OCI_MEMBER_dec(name, arg)   char *name; /* a number with a fraction, as the text has it */
#define OCI_MEMBER_enum(name, arg)  int name;
#define OCI_MEMBER_strv(name, arg)  struct oci_strv name;
#define OCI_MEMBER_u32v(name, arg)  struct oci_u32v name;
#define OCI_MEMBER_u64v(name, arg)  struct oci_u64v name;
#define OCI_MEMBER_enumv(name, arg) struct oci_enumv name;
#define OCI_MEMBER_smap(name, arg)  struct oci_smap name;
#define OCI_MEMBER_umap(name, arg)  struct oci_umap name;
#define OCI_MEMBER_obj(name, arg)   struct arg *name; /* NULL when absent */
#define OCI_MEMBER_objv(name, arg)  struct { struct arg *v; size_t n; } name;
#define OCI_MEMBER_omap(name, arg)  struct { struct arg *v; size_t n; } name; /* .v[i] has a `key` member */

#define OCI_MEMBER(T, kind, name, json, flags, arg) OCI_MEMBER_##kind(name, arg)
#define OCI_INDEX(T, kind, name, json, flags, arg)  T##_I_##name,

/* Each struct starts with `has`: bit T_I_member is set when the member was in the text (null counts as absent). */
#define OCI_STRUCT(name)                                        \
	struct oci_##name {                                     \
		uint64_t has;                                   \
		OCI_##name(OCI_MEMBER, oci_##name)              \
	};                                                      \
	enum { OCI_##name(OCI_INDEX, oci_##name) };

#define HAS(object, type, member) (((object)->has >> type##_I_##member) & 1u)
#define SET(object, type, member, ...) ((object)->has |= UINT64_C(1) << type##_I_##member, (object)->member = (__VA_ARGS__))

/* Every object, each after the ones it contains. */
#define OCI_STRUCTS(Y)                                                                                          \
	Y(box) Y(user) Y(rlimit) Y(capabilities) Y(scheduler) Y(io_priority) Y(exec_cpu_affinity) Y(process)    \
	Y(root) Y(id_mapping) Y(mount) Y(hook) Y(hooks)                                                         \
	Y(seccomp_arg) Y(seccomp_syscall) Y(seccomp)                                                            \
	Y(device_rule) Y(memory) Y(cpu) Y(weight_device) Y(throttle_device) Y(block_io) Y(hugepage_limit)       \
	Y(net_priority) Y(net_cgroup) Y(pids) Y(rdma) Y(resources)                                              \
	Y(namespace) Y(time_offset) Y(device) Y(net_device) Y(intel_rdt) Y(memory_policy) Y(personality)        \
	Y(linux) Y(config)                                                                                      \
	Y(state) Y(process_state) Y(saved)                                                                              \
	Y(feature_cgroup) Y(feature_seccomp) Y(feature_enabled) Y(feature_mempolicy) Y(feature_rdt)             \
	Y(feature_mount_ext) Y(features_linux) Y(features)                                                      \
	Y(psi_line) Y(psi) Y(cpu_usage) Y(cpu_throttling) Y(cpu_stats) Y(cpuset_stats)                          \
	Y(memory_entry) Y(memory_stats) Y(pids_stats) Y(blkio_entry) Y(blkio_stats) Y(hugetlb_stats)            \
	Y(net_stats) Y(stats) Y(event)

OCI_STRUCTS(OCI_STRUCT)
/* clang-format on */

/* The table of one object: oci_type_config, oci_type_process, ... */
struct oci_type;
#define OCI_TYPE_DECLARE(name) extern const struct oci_type oci_type_##name;
OCI_STRUCTS(OCI_TYPE_DECLARE)

/*
 * Read one JSON document of the given type. *ret points into `a`. Unknown members are skipped. Errors name
 * the JSON path: "linux.namespaces[0].type: unknown value 'bogus'". (runtime-spec config.md, "Valid values",
 * "Extensibility".)
 */
int oci_parse(const struct oci_type *type, const char *text, size_t len, struct arena *a, void **ret,
	      struct err *e);

/* Who hears of everything that is wrong with a document. The strings last as long as the call. */
struct oci_sink {
	void *arg;
	/* `path` is "" for the document itself; `allowed`: the words that the value may be, NULL if that is
	 * not it. */
	void (*fault)(void *arg, const char *path, const char *text, const struct oci_enum_table *allowed);
	/* A member that the object at `path` does not have by the spec. */
	void (*unknown)(void *arg, const char *path, const struct oci_type *type, const char *name);
};

/*
 * As oci_parse(), but tell `sink` of every fault and go on. What was refused is left out of *ret, where a
 * list keeps an empty place for it: only a document without faults is safe to use as it is, for others see
 * oci_remove(). False (and *ret NULL) when there was no reading on: no JSON, no object.
 */
bool oci_parse_all(const struct oci_type *type, const char *text, size_t len, const struct oci_sink *sink,
		   struct arena *a, void **ret);

/* The name of member i, NULL after the last; and of the object. */
const char *oci_member(const struct oci_type *type, size_t i);
const char *oci_type_name(const struct oci_type *type);

/*
 * Take out what a JSON path names ("mounts[2]", "linux.sysctl['net.x']"), or, where an object cannot be
 * without it, the object around it. Elements behind it move up. Returns how many bytes of `path` name what
 * was taken; 0 if the document cannot be without it.
 */
size_t oci_remove(const struct oci_type *type, void *object, const char *path);

/* Write the members that are set, in table order. The text is NUL-terminated in `a`; indent 0 = one line. */
int oci_write(const struct oci_type *type, const void *object, unsigned indent, struct arena *a, char **ret,
	      size_t *ret_len, struct err *e);
