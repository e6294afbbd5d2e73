/* Take a part of an object away, by its JSON path. */
#include "field.h"

#include "base/num.h"
#include "base/str.h"

/* How much of the path names what was taken; 0: the object that was looked into cannot be without it. */
static size_t take(const struct oci_type *type, void *object, const char *path);

static const struct field *find(const struct oci_type *type, const char *name, size_t len)
{
	for (const struct field *f = type->fields; f < type->fields + type->n; f++)
		if (len && f->len == len && memcmp(f->json, name, len) == 0)
			return f;
	return NULL;
}

static size_t slot_size(const struct field *f)
{
	switch ((enum oci_kind)f->kind) {
	case K_bool:
		return sizeof(bool);
	case K_u16:
		return sizeof(uint16_t);
	case K_i32:
	case K_u32:
		return sizeof(uint32_t);
	case K_i64:
	case K_u64:
		return sizeof(uint64_t);
	case K_enum:
		return sizeof(int);
	case K_dec:
	case K_str:
	case K_key:
	case K_obj:
		return sizeof(void *);
	case K_strv:
	case K_u32v:
	case K_u64v:
	case K_enumv:
	case K_smap:
	case K_umap:
	case K_objv:
	case K_omap:
		break;
	}
	return sizeof(struct oci_list);
}

static size_t take_member(const struct oci_type *type, void *object, const struct field *f)
{
	uint64_t has;

	if (f->flags & REQUIRED)
		return 0;
	memset((char *)object + f->offset, 0, slot_size(f));
	memcpy(&has, object, sizeof has);
	has &= ~(UINT64_C(1) << (f - type->fields));
	memcpy(object, &has, sizeof has);
	return f->len;
}

/* Number of the entry that "[3]" or "['key']" names; list->n if there is none. */
static size_t find_element(const struct field *f, const struct oci_list *list, const char *text, size_t len)
{
	size_t size = oci_element_size(f), i;
	bool map = f->kind == K_smap || f->kind == K_umap || f->kind == K_omap;
	size_t key = f->kind == K_omap ? oci_types[f->arg]->fields->offset : 0;
	char digits[24] = "", *have;
	uint64_t number;

	if (!map) {
		memcpy(digits, text, len < sizeof digits ? len : 0);
		return num_u64(digits, &number) && number < list->n ? number : list->n;
	}
	if (len < 2)
		return list->n;
	for (i = 0; i < list->n; i++) {
		memcpy(&have, (char *)list->v + i * size + key, sizeof have);
		if (have && strncmp(have, text + 1, len - 2) == 0 && !have[len - 2])
			break;
	}
	return i;
}

/* `path` is at the bracket; what is taken is a part of the element, the element, or all of the member (0). */
static size_t take_element(const struct field *f, struct oci_list *list, const char *path)
{
	const char *end = path[1] == '\'' ? strstr(path, "']") : strchr(path, ']');
	size_t size = oci_element_size(f), below = 0;

	if (!size || !end)
		return 0;
	end += *end == '\'';
	size_t i = find_element(f, list, path + 1, (size_t)(end - path - 1));
	if (i == list->n)
		return 0;
	char *element = (char *)list->v + i * size;
	size_t len = (size_t)(end + 1 - path);
	if (end[1] == '.' && oci_element_kind(f->kind) == K_obj)
		below = take(oci_types[f->arg], element, end + 2);
	if (below)
		return len + 1 + below;
	memmove(element, element + size, (list->n - i - 1) * size);
	memset((char *)list->v + --list->n * size, 0, size);
	return len;
}

static size_t take(const struct oci_type *type, void *object, const char *path)
{
	size_t len = strcspn(path, ".["), below = 0;
	const struct field *f = find(type, path, len);
	void *child;

	if (!f)
		return 0;
	if (path[len] == '[') {
		below = take_element(f, (void *)((char *)object + f->offset), path + len);
	} else if (path[len] == '.' && f->kind == K_obj) {
		memcpy(&child, (char *)object + f->offset, sizeof child);
		below = child ? take(oci_types[f->arg], child, path + len + 1) : 0;
		below += below ? 1 : 0;
	}
	return below ? len + below : take_member(type, object, f);
}

size_t oci_remove(const struct oci_type *type, void *object, const char *path)
{
	return take(type, object, path);
}
