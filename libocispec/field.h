/* The tables the engine walks: one row per member of an object, one oci_type per object. */
#pragma once

#include "oci/oci.h"

/* What a member holds; the words are the ones the .def lists use. */
enum oci_kind {
	K_str,
	K_key,
	K_bool,
	K_u16,
	K_i32,
	K_u32,
	K_i64,
	K_u64,
	K_dec,
	K_enum,
	K_strv,
	K_u32v,
	K_u64v,
	K_enumv,
	K_smap,
	K_umap,
	K_obj,
	K_objv,
	K_omap,
};

/* Rules for one member, as the .def lists use them. */
enum oci_flag {
	REQUIRED = 1 << 0,
	ABSOLUTE = 1 << 1, /* starts with '/' */
	NONEMPTY = 1 << 2, /* text or list */
	POSITIVE = 1 << 3,
	SEMVER = 1 << 4, /* looks like 1.3.0 or 1.3.0-rc.1+build */
};

/* Indexes instead of pointers: a static-pie program relocates every pointer at each start. */
#define OCI_TYPE_ID(name) TYPE_oci_##name,
#define OCI_ENUM_ID(name) ENUM_oci_enum_##name,
/* clang-format off */
enum oci_type_id { OCI_STRUCTS(OCI_TYPE_ID) TYPE_COUNT };
enum oci_enum_id { OCI_ENUMS(OCI_ENUM_ID) ENUM_COUNT };
/* clang-format on */

struct field {
	const char *json;
	uint16_t offset; /* of the member in its struct */
	uint8_t len;     /* strlen(json) */
	uint8_t kind;
	uint8_t flags;
	uint8_t arg; /* enum kinds: oci_enum_id; object kinds: oci_type_id */
};

struct oci_type {
	const char *name;
	const struct field *fields; /* fields[i] owns bit i of `has`; omap elements start with their K_key */
	uint64_t required;          /* bits of the members that must be present */
	uint16_t size;              /* of the struct */
	uint8_t n;
	uint8_t id;
};

extern const struct oci_type *const oci_types[TYPE_COUNT];
extern const struct oci_enum_table *const oci_enums[ENUM_COUNT];

/* Every list and map member starts like this. */
struct oci_list {
	void *v;
	size_t n;
};

/* Size of one element of a list or map member; 0 for other kinds. */
size_t oci_element_size(const struct field *f);

/* The kind of the elements: K_str for K_strv and K_smap, K_obj for K_objv and K_omap, ... */
enum oci_kind oci_element_kind(enum oci_kind list);

/*
 * The rules of check.c. A refusal is -EINVAL with a text that starts where the JSON path of the member or the
 * object ends: ": must not be empty", ".rlimits[2]: duplicate type 'RLIMIT_NOFILE'".
 */
int oci_check_string(const struct field *f, const char *s, struct err *e);
int oci_check_object(const struct oci_type *type, const void *object, struct err *e);
