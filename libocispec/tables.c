/* The descriptor tables, made from the .def lists. */
#include "field.h"

#include "base/str.h"

/* A kind that does not fit its argument has no such constant, so it does not compile. */
enum { NONE_0 = 0 };

#define ARG_str(arg)   NONE_##arg
#define ARG_key(arg)   NONE_##arg
#define ARG_bool(arg)  NONE_##arg
#define ARG_u16(arg)   NONE_##arg
#define ARG_i32(arg)   NONE_##arg
#define ARG_u32(arg)   NONE_##arg
#define ARG_i64(arg)   NONE_##arg
#define ARG_u64(arg)   NONE_##arg
#define ARG_dec(arg)   NONE_##arg
#define ARG_strv(arg)  NONE_##arg
#define ARG_u32v(arg)  NONE_##arg
#define ARG_u64v(arg)  NONE_##arg
#define ARG_smap(arg)  NONE_##arg
#define ARG_umap(arg)  NONE_##arg
#define ARG_enum(arg)  ENUM_##arg
#define ARG_enumv(arg) ENUM_##arg
#define ARG_obj(arg)   TYPE_##arg
#define ARG_objv(arg)  TYPE_##arg
#define ARG_omap(arg)  TYPE_##arg

#define FIELD(T, kind, name, json, flags, arg) \
	{ json, offsetof(struct T, name), sizeof json - 1, K_##kind, flags, ARG_##kind(arg) },
#define REQUIRED_BIT(T, kind, name, json, flags, arg) | ((flags)&REQUIRED ? UINT64_C(1) << T##_I_##name : 0)
#define COUNT(T, kind, name, json, flags, arg)        +1

/* clang-format off */
#define TYPE(T)                                                                                         \
	_Static_assert((0 OCI_##T(COUNT, oci_##T)) <= 64, "`has` has 64 bits");                         \
	_Static_assert(offsetof(struct oci_##T, has) == 0, "the engine finds `has` at offset 0");       \
	static const struct field fields_##T[] = { OCI_##T(FIELD, oci_##T) };                           \
	const struct oci_type oci_type_##T = {                                                          \
		.name = #T,                                                                             \
		.fields = fields_##T,                                                                   \
		.required = 0 OCI_##T(REQUIRED_BIT, oci_##T),                                           \
		.size = sizeof(struct oci_##T),                                                         \
		.n = sizeof fields_##T / sizeof *fields_##T,                                            \
		.id = TYPE_oci_##T,                                                                     \
	};
OCI_STRUCTS(TYPE)

#define TYPE_POINTER(T) &oci_type_##T,
const struct oci_type *const oci_types[] = { OCI_STRUCTS(TYPE_POINTER) };

#define WORD(constant, word) word,
#define ENUM(name)                                                                              \
	static const char *const words_##name[] = { OCI_ENUM_##name(WORD) };                    \
	const struct oci_enum_table oci_enum_##name = {                                         \
		.words = words_##name, .n = sizeof words_##name / sizeof *words_##name };
OCI_ENUMS(ENUM)

#define ENUM_POINTER(name) &oci_enum_##name,
const struct oci_enum_table *const oci_enums[] = { OCI_ENUMS(ENUM_POINTER) };

/* The engine reads and writes every list and map through struct oci_list, and every enum as int. */
#define LIST_LIKE(T, member)                                                                            \
	_Static_assert(sizeof ((struct T *)0)->member == sizeof(struct oci_list) &&                     \
		       offsetof(struct T, member.n) - offsetof(struct T, member) == offsetof(struct oci_list, n), \
		       "a list is laid out as struct oci_list");
#define NOT_A_LIST(T, member)
#define LAYOUT_str   NOT_A_LIST
#define LAYOUT_key   NOT_A_LIST
#define LAYOUT_bool  NOT_A_LIST
#define LAYOUT_u16   NOT_A_LIST
#define LAYOUT_i32   NOT_A_LIST
#define LAYOUT_u32   NOT_A_LIST
#define LAYOUT_i64   NOT_A_LIST
#define LAYOUT_u64   NOT_A_LIST
#define LAYOUT_dec   NOT_A_LIST
#define LAYOUT_enum  NOT_A_LIST
#define LAYOUT_obj   NOT_A_LIST
#define LAYOUT_strv  LIST_LIKE
#define LAYOUT_u32v  LIST_LIKE
#define LAYOUT_u64v  LIST_LIKE
#define LAYOUT_enumv LIST_LIKE
#define LAYOUT_smap  LIST_LIKE
#define LAYOUT_umap  LIST_LIKE
#define LAYOUT_objv  LIST_LIKE
#define LAYOUT_omap  LIST_LIKE
#define LAYOUT(T, kind, name, json, flags, arg) LAYOUT_##kind(T, name)
#define TYPE_LAYOUT(T) OCI_##T(LAYOUT, oci_##T)
OCI_STRUCTS(TYPE_LAYOUT)
/* clang-format on */

const char *oci_word(const struct oci_enum_table *t, int value)
{
	return value >= 0 && (size_t)value < t->n ? t->words[value] : NULL;
}

enum oci_kind oci_element_kind(enum oci_kind list)
{
	switch ((int)list) {
	case K_strv:
	case K_smap:
		return K_str;
	case K_u32v:
		return K_u32;
	case K_u64v:
	case K_umap:
		return K_u64;
	case K_enumv:
		return K_enum;
	default:
		return K_obj;
	}
}

size_t oci_element_size(const struct field *f)
{
	switch ((int)f->kind) {
	case K_strv:
		return sizeof(char *);
	case K_u32v:
		return sizeof(uint32_t);
	case K_u64v:
		return sizeof(uint64_t);
	case K_enumv:
		return sizeof(int);
	case K_smap:
		return sizeof(struct oci_kv);
	case K_umap:
		return sizeof(struct oci_count);
	case K_objv:
	case K_omap:
		return oci_types[f->arg]->size;
	default:
		return 0;
	}
}
