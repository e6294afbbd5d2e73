/* The tables of libocispec as JSON, for drift.py; with a type's name: read it from stdin, write it to stdout.
 */
#include "../../libocispec/field.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

static const char *const kinds[] = {
	[K_str] = "string",    [K_key] = "key",       [K_bool] = "boolean",  [K_u16] = "uint16",
	[K_i32] = "int32",     [K_u32] = "uint32",    [K_i64] = "int64",     [K_u64] = "uint64",
	[K_enum] = "enum",     [K_strv] = "string[]", [K_u32v] = "uint32[]", [K_enumv] = "enum[]",
	[K_smap] = "string{}", [K_obj] = "object",    [K_objv] = "object[]", [K_omap] = "object{}",
	[K_dec] = "number",    [K_u64v] = "uint64[]", [K_umap] = "uint64{}",
};

static bool takes_type(const struct field *f)
{
	return f->kind == K_obj || f->kind == K_objv || f->kind == K_omap;
}

static void dump_field(struct strbuf *b, const struct field *f)
{
	strbuf_json(b, f->json);
	strbuf_printf(b, ":{\"kind\":\"%s\",\"required\":%s", kinds[f->kind],
		      f->flags & REQUIRED ? "true" : "false");
	if (takes_type(f))
		strbuf_printf(b, ",\"type\":\"%s\"", oci_types[f->arg]->name);
	if (f->kind == K_enum || f->kind == K_enumv) {
		strbuf_puts(b, ",\"words\":[");
		for (size_t i = 0; i < oci_enums[f->arg]->n; i++)
			strbuf_printf(b, "%s\"%s\"", i ? "," : "", oci_enums[f->arg]->words[i]);
		strbuf_puts(b, "]");
	}
	strbuf_puts(b, "}");
}

static void dump_tables(struct strbuf *b)
{
	strbuf_puts(b, "{");
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		strbuf_printf(b, "%s\"%s\":{", i ? ",\n" : "", oci_types[i]->name);
		const char *comma = "";

		for (size_t j = 0; j < oci_types[i]->n; j++) {
			if (oci_types[i]->fields[j].kind == K_key)
				continue;
			strbuf_puts(b, comma);
			dump_field(b, &oci_types[i]->fields[j]);
			comma = ",";
		}
		strbuf_puts(b, "}");
	}
	strbuf_puts(b, "}\n");
}

static int rewrite(const char *name, struct arena *a, char **ret, struct err *e)
{
	size_t i = 0, len;
	void *object;
	char *text;

	while (i < TYPE_COUNT && !str_eq(oci_types[i]->name, name))
		i++;
	if (i == TYPE_COUNT)
		return err_say(e, EINVAL, "no type '%s'", name);
	TRY(file_read_fd(STDIN_FILENO, "stdin", 1 << 24, a, &text, &len, e));
	TRY(oci_parse(oci_types[i], text, len, a, &object, e));
	return oci_write(oci_types[i], object, 0, a, ret, NULL, e);
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct strbuf b = STRBUF(a);
	struct err e = ERR_INIT;

	if (argc < 2)
		dump_tables(&b);
	else if (rewrite(argv[1], a, &b.text, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	puts(b.text);
	return 0;
}
