/* The reader: a stack of frames that turns JSON events into structs, led by the tables. */
#include "parser.h"
#include "quote.h"

#include "base/num.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* "linux.namespaces[0].type" of the value being read. Keys of maps are quoted: they may hold anything. */
static void path_format(const struct parser *p, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < p->depth && len < size; i++) {
		const struct frame *f = &p->stack[i];
		int n = 0;

		if (f->kind == IN_OBJECT && f->field)
			n = snprintf(text + len, size - len, "%s%s", len ? "." : "", f->field->json);
		else if (f->kind == IN_LIST)
			n = snprintf(text + len, size - len, "[%zu]", f->n);
		else if (f->kind == IN_MAP && f->key)
			n = snprintf(text + len, size - len, "[%s]", oci_quote(f->key, strlen(f->key)).text);
		if (n > 0)
			len += (size_t)n;
	}
}

/* The path goes on up to the first ": " of the text. */
static void tell(struct parser *p, const char *path, const char *text)
{
	const char *colon = strstr(text, ": ");
	int more = colon ? (int)(colon - text) : 0;
	char whole[1024];

	snprintf(whole, sizeof whole, "%s%.*s", path, more, text);
	p->sink->fault(p->sink->arg, whole + (whole[0] == '.'), colon ? colon + 2 : text, p->allowed);
	p->allowed = NULL;
}

/* A path that is empty needs no punctuation. */
int oci_parser_refuse(struct parser *p, const char *text)
{
	char path[640];

	path_format(p, path, sizeof path);
	if (p->sink) {
		tell(p, path, text);
		return -EINVAL;
	}
	if (!path[0])
		text += strspn(text, ":. ");
	return err_say(p->e, EINVAL, "%s%s", path, text);
}

static __attribute__((format(printf, 2, 3), cold)) int fail(struct parser *p, const char *format, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return oci_parser_refuse(p, text);
}

static int expected(struct parser *p, enum oci_kind kind, enum json_kind found)
{
	static const char *const found_words[] = {
		[JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array",    [JSON_OBJECT] = "an object",
	};
	static const char *const words[] = {
		[K_str] = "a string",   [K_key] = "a string",   [K_bool] = "a boolean",
		[K_u16] = "an integer", [K_i32] = "an integer", [K_u32] = "an integer",
		[K_i64] = "an integer", [K_u64] = "an integer", [K_dec] = "a number",
		[K_enum] = "a string",  [K_strv] = "an array",  [K_u32v] = "an array",
		[K_u64v] = "an array",  [K_enumv] = "an array", [K_smap] = "an object",
		[K_umap] = "an object", [K_obj] = "an object",  [K_objv] = "an array",
		[K_omap] = "an object",
	};

	return fail(p, ": expected %s, found %s", words[kind], found_words[found]);
}

static int copy_string(struct parser *p, const struct field *f, const char *text, size_t len, char **ret)
{
	struct err why = ERR_INIT;

	if (memchr(text, '\0', len))
		return fail(p, ": string contains a NUL byte");
	char *s = arena_strndup(p->arena, text, len);
	if (f->kind == K_str && f->flags && oci_check_string(f, s, &why) < 0)
		return oci_parser_refuse(p, why.text);
	*ret = s;
	return 0;
}

static int find_word(struct parser *p, const struct field *f, const char *text, size_t len, int *ret)
{
	const struct oci_enum_table *t = oci_enums[f->arg];

	if (memchr(text, '\0', len))
		return fail(p, ": string contains a NUL byte");
	for (size_t i = 0; i < t->n; i++)
		if (strncmp(t->words[i], text, len) == 0 && t->words[i][len] == '\0') {
			*ret = (int)i;
			return 0;
		}
	p->allowed = t;
	return fail(p, ": unknown value %s", oci_quote(text, len).text);
}

static void limits(enum oci_kind kind, unsigned flags, int64_t *ret_min, uint64_t *ret_max)
{
	bool is_signed = kind == K_i32 || kind == K_i64;

	*ret_max = kind == K_u16   ? UINT16_MAX
		   : kind == K_u32 ? UINT32_MAX
		   : kind == K_i32 ? INT32_MAX
		   : kind == K_i64 ? INT64_MAX
				   : UINT64_MAX;
	*ret_min = !is_signed ? 0 : kind == K_i32 ? INT32_MIN : INT64_MIN;
	if (flags & POSITIVE)
		*ret_min = 1;
}

/* Checked already: the magnitude fits the kind. */
static void store_integer(enum oci_kind kind, uint64_t value, void *slot)
{
	switch ((int)kind) {
	case K_u16:
		*(uint16_t *)slot = (uint16_t)value;
		break;
	case K_i32:
		*(int32_t *)slot = (int32_t)value;
		break;
	case K_u32:
		*(uint32_t *)slot = (uint32_t)value;
		break;
	case K_i64:
		*(int64_t *)slot = (int64_t)value;
		break;
	default:
		*(uint64_t *)slot = value;
		break;
	}
}

static int read_integer(struct parser *p, const struct field *f, enum oci_kind kind, const char *text,
			size_t len, void *slot)
{
	bool negative = len > 0 && text[0] == '-';
	char digits[24] = "";
	uint64_t value = 0, max;
	int64_t min;

	for (size_t i = negative ? 1 : 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return fail(p, ": expected an integer, found %.*s", len > 40 ? 40 : (int)len, text);
	limits(kind, f->flags, &min, &max);
	size_t n = negative ? len - 1 : len;
	bool fits = n < sizeof digits;
	if (fits) {
		memcpy(digits, text + len - n, n);
		fits = num_u64(digits, &value);
	}
	if (fits && negative && value > 0)
		fits = min < 0 && value - 1 <= (uint64_t)(-(min + 1));
	else if (fits)
		fits = value <= max && (min <= 0 || value >= (uint64_t)min);
	if (!fits)
		return fail(p, ": %.*s%s is out of range (%lld to %llu)", len > 40 ? 40 : (int)len, text,
			    len > 40 ? "..." : "", (long long)min, (unsigned long long)max);
	store_integer(kind, negative ? 0 - value : value, slot);
	return 0;
}

/* Put one scalar into its slot: a member of a struct, or an element of a list or map. */
static int read_scalar(struct parser *p, enum oci_kind kind, enum json_kind found, const char *text,
		       size_t len, void *slot)
{
	const struct field *f = parser_top(p)->field;

	switch (kind) {
	case K_str:
		return found == JSON_STRING ? copy_string(p, f, text, len, slot) : expected(p, kind, found);
	case K_enum:
		return found == JSON_STRING ? find_word(p, f, text, len, slot) : expected(p, kind, found);
	case K_bool:
		if (found != JSON_BOOLEAN)
			return expected(p, kind, found);
		*(bool *)slot = text[0] == 't';
		return 0;
	case K_u16:
	case K_i32:
	case K_u32:
	case K_i64:
	case K_u64:
		if (found != JSON_NUMBER)
			return expected(p, kind, found);
		return read_integer(p, f, kind, text, len, slot);
	case K_dec:
		return found == JSON_NUMBER ? copy_string(p, f, text, len, slot) : expected(p, kind, found);
	case K_key:
	case K_strv:
	case K_u32v:
	case K_u64v:
	case K_enumv:
	case K_smap:
	case K_umap:
	case K_obj:
	case K_objv:
	case K_omap:
		break;
	}
	return expected(p, kind, found);
}

static void mark(struct frame *f)
{
	uint64_t has;

	memcpy(&has, f->object, sizeof has);
	has |= UINT64_C(1) << (f->field - f->type->fields);
	memcpy(f->object, &has, sizeof has);
}

void *oci_parser_next(struct parser *p, struct frame *f)
{
	size_t size = oci_element_size(f->field);

	f->v = arena_grow(p->arena, f->v, &f->cap, f->n + 2, size);
	return f->v + f->n * size;
}

int oci_parser_value(void *arg, enum json_kind found, const char *text, size_t len)
{
	struct parser *p = arg;

	if (p->depth == 0)
		return expected(p, K_obj, found);
	struct frame *f = parser_top(p);
	if (f->kind == IN_UNKNOWN || !f->field)
		return 0;
	if (f->kind == IN_OBJECT) {
		if (found == JSON_NULL)
			return 0;
		TRY(read_scalar(p, f->field->kind, found, text, len, f->object + f->field->offset));
		mark(f);
		return 0;
	}
	enum oci_kind kind = oci_element_kind(f->field->kind);
	if (kind == K_obj)
		return expected(p, kind, found);
	char *slot = oci_parser_next(p, f);
	if (f->kind == IN_MAP) {
		memcpy(slot, &f->key, sizeof f->key); /* smap and umap alike begin with it */
		slot += kind == K_u64 ? offsetof(struct oci_count, value) : offsetof(struct oci_kv, value);
	}
	TRY(read_scalar(p, kind, found, text, len, slot));
	f->n++;
	return 0;
}

void oci_parser_push(struct parser *p, struct frame frame)
{
	p->stack[p->depth++] = frame;
}

static void push_object(struct parser *p, const struct oci_type *type, void *object)
{
	oci_parser_push(p, (struct frame){ .kind = IN_OBJECT, .type = type, .object = object });
}

/* An array or object begins as the value of a member. */
static int open_member(struct parser *p, struct frame *f, enum json_kind found)
{
	const struct field *field = f->field;
	enum oci_kind kind = field->kind;

	switch (kind) {
	case K_obj:
		if (found != JSON_OBJECT)
			return expected(p, kind, found);
		void *object = arena_alloc(p->arena, oci_types[field->arg]->size);
		memcpy(f->object + field->offset, &object, sizeof object);
		push_object(p, oci_types[field->arg], object);
		break;
	case K_strv:
	case K_u32v:
	case K_u64v:
	case K_enumv:
	case K_objv:
		if (found != JSON_ARRAY)
			return expected(p, kind, found);
		oci_parser_push(p, (struct frame){ .kind = IN_LIST, .field = field });
		break;
	case K_smap:
	case K_umap:
	case K_omap:
		if (found != JSON_OBJECT)
			return expected(p, kind, found);
		oci_parser_push(p, (struct frame){ .kind = IN_MAP, .field = field });
		break;
	case K_str:
	case K_key:
	case K_bool:
	case K_u16:
	case K_i32:
	case K_u32:
	case K_i64:
	case K_u64:
	case K_dec:
	case K_enum:
		return expected(p, kind, found);
	}
	mark(f);
	return 0;
}

/* An object begins as an element of a list or map. */
static int open_element(struct parser *p, struct frame *f, enum json_kind found)
{
	enum oci_kind kind = oci_element_kind(f->field->kind);

	if (kind != K_obj || found != JSON_OBJECT)
		return expected(p, kind, found);
	void *object = oci_parser_next(p, f);
	push_object(p, oci_types[f->field->arg], object);
	if (f->kind == IN_MAP) {
		struct frame *element = parser_top(p);

		memcpy(element->object + element->type->fields->offset, &f->key, sizeof f->key);
		element->field = element->type->fields;
		mark(element);
		element->field = NULL;
	}
	return 0;
}

int oci_parser_open(void *arg, enum json_kind found)
{
	struct parser *p = arg;

	if (p->depth == DEPTH_MAX)
		return fail(p, ": nested deeper than %d levels", DEPTH_MAX);
	if (p->depth == 0) {
		if (found != JSON_OBJECT)
			return expected(p, K_obj, found);
		p->root = arena_alloc(p->arena, p->type->size);
		push_object(p, p->type, p->root);
		return 0;
	}
	struct frame *f = parser_top(p);
	if (f->kind == IN_UNKNOWN || !f->field) {
		oci_parser_push(p, (struct frame){ .kind = IN_UNKNOWN });
		return 0;
	}
	return f->kind == IN_OBJECT ? open_member(p, f, found) : open_element(p, f, found);
}

static const struct field *find_field(const struct oci_type *type, const char *name, size_t len)
{
	for (const struct field *f = type->fields; f < type->fields + type->n; f++)
		if (f->len == len && f->kind != K_key && memcmp(f->json, name, len) == 0)
			return f;
	return NULL;
}

static __attribute__((cold)) void unknown(struct parser *p, const char *text, size_t len)
{
	char path[640];

	path_format(p, path, sizeof path);
	p->sink->unknown(p->sink->arg, path, parser_top(p)->type, arena_strndup(p->arena, text, len));
}

int oci_parser_key(void *arg, const char *text, size_t len)
{
	struct parser *p = arg;
	struct frame *f = parser_top(p);

	if (f->kind == IN_UNKNOWN)
		return 0;
	f->key = NULL;
	if (f->kind == IN_OBJECT)
		f->field = NULL;
	if (memchr(text, '\0', len))
		return fail(p, ": key contains a NUL byte");
	if (f->kind == IN_MAP) {
		if (len == 0)
			return fail(p, ": empty key");
		f->key = arena_strndup(p->arena, text, len);
		return 0;
	}
	const struct field *field = find_field(f->type, text, len);
	if (!field) {
		if (p->sink)
			unknown(p, text, len);
		return 0;
	}
	uint64_t bit = UINT64_C(1) << (field - f->type->fields);
	if (f->seen & bit)
		return fail(p, ": duplicate member '%s'", field->json);
	f->seen |= bit;
	f->field = field;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorting finds equal keys in n log n: a hostile map of a million keys costs no more than reading it. */
static int check_keys(struct parser *p, const struct frame *f)
{
	size_t size = oci_element_size(f->field);
	size_t offset = f->field->kind == K_omap ? oci_types[f->field->arg]->fields->offset : 0;

	if (f->n < 2)
		return 0;
	char **keys = arena_array(p->arena, f->n, sizeof *keys);
	for (size_t i = 0; i < f->n; i++)
		memcpy(&keys[i], f->v + i * size + offset, sizeof *keys);
	qsort(keys, f->n, sizeof *keys, compare_keys);
	for (size_t i = 1; i < f->n; i++)
		if (str_eq(keys[i - 1], keys[i]))
			return fail(p, ": duplicate key %s", oci_quote(keys[i], strlen(keys[i])).text);
	return 0;
}

static int close_object(struct parser *p, const struct frame *closed)
{
	struct err why = ERR_INIT;

	if (oci_check_object(closed->type, closed->object, &why) < 0)
		return oci_parser_refuse(p, why.text);
	if (p->depth > 0 && parser_top(p)->kind != IN_OBJECT)
		parser_top(p)->n++;
	return 0;
}

static int close_list(struct parser *p, struct frame *closed)
{
	struct oci_list list = { .n = closed->n };

	if ((closed->field->flags & NONEMPTY) && closed->n == 0)
		return fail(p, ": must not be empty");
	if (closed->kind == IN_MAP)
		TRY(check_keys(p, closed));
	if (!closed->v)
		(void)oci_parser_next(p, closed); /* a list that is present has a `v`, even an empty one */
	list.v = closed->v;
	memcpy(parser_top(p)->object + closed->field->offset, &list, sizeof list);
	return 0;
}

int oci_parser_close(void *arg)
{
	struct parser *p = arg;
	struct frame *closed = &p->stack[--p->depth];

	switch (closed->kind) {
	case IN_OBJECT:
		return close_object(p, closed);
	case IN_LIST:
	case IN_MAP:
		return close_list(p, closed);
	case IN_UNKNOWN:
		break;
	}
	return 0;
}

int oci_parse(const struct oci_type *type, const char *text, size_t len, struct arena *a, void **ret,
	      struct err *e)
{
	static const struct json_handler handler = {
		.value = oci_parser_value,
		.open = oci_parser_open,
		.key = oci_parser_key,
		.close = oci_parser_close,
	};
	struct parser p = { .type = type, .arena = a, .e = e };

	TRY(oci_json_read(text, len, &handler, &p, e));
	*ret = p.root;
	return 0;
}
