/* The reader that goes on after a fault, for those who want to hear of all of them. */
#include "parser.h"

#include "base/str.h"

#include <stdio.h>

/* The value that was refused leaves an empty place: a list keeps its numbering, a map loses the entry. */
static void spoil(struct parser *p, struct frame *f)
{
	f->broken = true;
	if (f->kind == IN_OBJECT && f->field)
		f->faulty |= UINT64_C(1) << (f->field - f->type->fields);
	if (f->kind != IN_LIST && f->kind != IN_MAP)
		return;
	memset(oci_parser_next(p, f), 0, oci_element_size(f->field));
	f->n += f->kind == IN_LIST;
}

/* The value of a key that was refused. */
static bool is_skipped(const struct frame *f)
{
	return f->kind == IN_MAP && !f->key;
}

static int all_value(void *arg, enum json_kind found, const char *text, size_t len)
{
	struct parser *p = arg;

	if (p->depth && is_skipped(parser_top(p)))
		return 0;
	int r = oci_parser_value(p, found, text, len);
	if (r >= 0 || p->depth == 0)
		return r;
	spoil(p, parser_top(p));
	return 0;
}

static int all_open(void *arg, enum json_kind found)
{
	struct parser *p = arg;
	unsigned depth = p->depth;
	bool skipped = depth && depth < DEPTH_MAX && is_skipped(parser_top(p));
	int r = skipped ? 0 : oci_parser_open(p, found);

	if (r < 0 && (depth == 0 || depth == DEPTH_MAX))
		return r;
	if (r < 0)
		spoil(p, parser_top(p));
	if (r < 0 || skipped)
		oci_parser_push(p, (struct frame){ .kind = IN_UNKNOWN });
	return 0;
}

static int all_key(void *arg, const char *text, size_t len)
{
	struct parser *p = arg;

	if (oci_parser_key(p, text, len) < 0)
		parser_top(p)->broken = true;
	return 0;
}

/* Every member that is missing, then the rules across members if these are all as they should be. */
static bool check_object(struct parser *p, const struct frame *closed)
{
	const struct oci_type *type = closed->type;
	struct err why = ERR_INIT;
	bool broken = closed->broken;
	char text[128];
	uint64_t has;

	memcpy(&has, closed->object, sizeof has);
	for (uint64_t missing = type->required & ~has & ~closed->faulty; missing; missing &= missing - 1) {
		snprintf(text, sizeof text, ": missing required member '%s'",
			 type->fields[__builtin_ctzll(missing)].json);
		(void)oci_parser_refuse(p, text);
		broken = true;
	}
	if (!broken && oci_check_object(type, closed->object, &why) < 0) {
		(void)oci_parser_refuse(p, why.text);
		broken = true;
	}
	return broken;
}

static void close_object(struct parser *p)
{
	struct frame *closed = &p->stack[--p->depth];
	bool broken = check_object(p, closed);

	if (p->depth == 0 || parser_top(p)->kind == IN_OBJECT)
		return;
	if (broken && parser_top(p)->kind == IN_MAP) {
		spoil(p, parser_top(p));
		return;
	}
	parser_top(p)->broken |= broken;
	parser_top(p)->n++;
}

static int all_close(void *arg)
{
	struct parser *p = arg;
	const struct frame *f = parser_top(p);
	bool broken = f->broken;

	if (f->kind == IN_OBJECT) {
		close_object(p);
		return 0;
	}
	if (oci_parser_close(p) < 0 || broken)
		parser_top(p)->broken = true;
	return 0;
}

bool oci_parse_all(const struct oci_type *type, const char *text, size_t len, const struct oci_sink *sink,
		   struct arena *a, void **ret)
{
	static const struct json_handler handler = {
		.value = all_value,
		.open = all_open,
		.key = all_key,
		.close = all_close,
	};
	struct err e = ERR_INIT;
	struct parser p = { .type = type, .arena = a, .e = &e, .sink = sink };
	int r = oci_json_read(text, len, &handler, &p, &e);

	if (r < 0 && e.code)
		sink->fault(sink->arg, "", e.text, NULL); /* no JSON */
	*ret = r < 0 ? NULL : p.root;
	return r >= 0;
}

const char *oci_member(const struct oci_type *type, size_t i)
{
	return i < type->n ? type->fields[i].json : NULL;
}

const char *oci_type_name(const struct oci_type *type)
{
	return type->name;
}
