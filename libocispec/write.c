/* The writer: members that are set, in table order. */
#include "field.h"

#include "base/str.h"

#include <errno.h>
#include <inttypes.h>

struct writer {
	struct strbuf out;
	unsigned indent, level;
	struct err *e;
};

static int write_object(struct writer *w, const struct oci_type *type, const char *object);

static void new_line(struct writer *w)
{
	static const char spaces[] = "                ";
	size_t n = (size_t)w->indent * w->level;

	if (!w->indent)
		return;
	strbuf_add(&w->out, "\n", 1);
	for (; n > sizeof spaces - 1; n -= sizeof spaces - 1)
		strbuf_add(&w->out, spaces, sizeof spaces - 1);
	strbuf_add(&w->out, spaces, n);
}

/* `first` is true for the first item between the brackets. */
static void begin_item(struct writer *w, bool first)
{
	if (!first)
		strbuf_add(&w->out, ",", 1);
	new_line(w);
}

static void write_key(struct writer *w, const char *key)
{
	strbuf_json(&w->out, key);
	strbuf_puts(&w->out, w->indent ? ": " : ":");
}

static void open_bracket(struct writer *w, const char *bracket)
{
	strbuf_puts(&w->out, bracket);
	w->level++;
}

static void close_bracket(struct writer *w, const char *bracket, bool empty)
{
	w->level--;
	if (!empty)
		new_line(w);
	strbuf_puts(&w->out, bracket);
}

static int write_string(struct writer *w, const struct field *f, const char *s)
{
	if (!s)
		return err_say(w->e, EINVAL, "%s: set to NULL", f->json);
	strbuf_json(&w->out, s);
	return 0;
}

static int write_number(struct writer *w, const struct field *f, const char *s)
{
	if (!s)
		return err_say(w->e, EINVAL, "%s: set to NULL", f->json);
	strbuf_puts(&w->out, s);
	return 0;
}

static int write_word(struct writer *w, const struct field *f, int value)
{
	const char *word = oci_word(oci_enums[f->arg], value);

	if (!word)
		return err_say(w->e, EINVAL, "%s: %d has no word", f->json, value);
	strbuf_json(&w->out, word);
	return 0;
}

static int write_list(struct writer *w, const struct field *f, const void *slot);

/* One value: a member of a struct, or an element of a list or map. */
static int write_value(struct writer *w, enum oci_kind kind, const struct field *f, const void *slot)
{
	switch (kind) {
	case K_str:
		return write_string(w, f, *(char *const *)slot);
	case K_bool:
		strbuf_puts(&w->out, *(const bool *)slot ? "true" : "false");
		return 0;
	case K_u16:
		strbuf_printf(&w->out, "%" PRIu16, *(const uint16_t *)slot);
		return 0;
	case K_i32:
		strbuf_printf(&w->out, "%" PRId32, *(const int32_t *)slot);
		return 0;
	case K_u32:
		strbuf_printf(&w->out, "%" PRIu32, *(const uint32_t *)slot);
		return 0;
	case K_i64:
		strbuf_printf(&w->out, "%" PRId64, *(const int64_t *)slot);
		return 0;
	case K_u64:
		strbuf_printf(&w->out, "%" PRIu64, *(const uint64_t *)slot);
		return 0;
	case K_dec:
		return write_number(w, f, *(char *const *)slot);
	case K_enum:
		return write_word(w, f, *(const int *)slot);
	case K_strv:
	case K_u32v:
	case K_u64v:
	case K_enumv:
	case K_smap:
	case K_umap:
	case K_objv:
	case K_omap:
		return write_list(w, f, slot);
	case K_obj: {
		const char *object;

		memcpy(&object, slot, sizeof object);
		if (!object)
			return err_say(w->e, EINVAL, "%s: set to NULL", f->json);
		return write_object(w, oci_types[f->arg], object);
	}
	case K_key:
		break;
	}
	return 0;
}

static int write_element(struct writer *w, const struct field *f, const char *element)
{
	const char *key;

	if (f->kind == K_smap) {
		const struct oci_kv *kv = (const void *)element;

		write_key(w, kv->key);
		return write_string(w, f, kv->value);
	}
	if (f->kind == K_umap) {
		const struct oci_count *count = (const void *)element;

		write_key(w, count->key);
		return write_value(w, K_u64, f, &count->value);
	}
	if (f->kind == K_omap) {
		memcpy(&key, element + oci_types[f->arg]->fields->offset, sizeof key);
		write_key(w, key);
	}
	if (f->kind == K_omap || f->kind == K_objv)
		return write_object(w, oci_types[f->arg], element);
	return write_value(w, oci_element_kind(f->kind), f, element);
}

static int write_list(struct writer *w, const struct field *f, const void *slot)
{
	bool map = f->kind == K_smap || f->kind == K_umap || f->kind == K_omap;
	size_t size = oci_element_size(f);
	struct oci_list list;

	memcpy(&list, slot, sizeof list);
	open_bracket(w, map ? "{" : "[");
	for (size_t i = 0; i < list.n; i++) {
		begin_item(w, i == 0);
		TRY(write_element(w, f, (const char *)list.v + i * size));
	}
	close_bracket(w, map ? "}" : "]", list.n == 0);
	return 0;
}

static int write_object(struct writer *w, const struct oci_type *type, const char *object)
{
	bool empty = true;
	uint64_t has;

	memcpy(&has, object, sizeof has);
	open_bracket(w, "{");
	for (unsigned i = 0; i < type->n; i++) {
		const struct field *f = &type->fields[i];

		if (!(has >> i & 1) || f->kind == K_key)
			continue;
		begin_item(w, empty);
		empty = false;
		write_key(w, f->json);
		TRY(write_value(w, f->kind, f, object + f->offset));
	}
	close_bracket(w, "}", empty);
	return 0;
}

int oci_write(const struct oci_type *type, const void *object, unsigned indent, struct arena *a, char **ret,
	      size_t *ret_len, struct err *e)
{
	struct writer w = { .out = STRBUF(a), .indent = indent, .e = e };

	TRY(write_object(&w, type, object));
	*ret = w.out.text;
	if (ret_len)
		*ret_len = w.out.len;
	return 0;
}
