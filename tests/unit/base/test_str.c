/* String questions and the growing buffer. */
#include "base/str.h"

#include <criterion/criterion.h>

Test(str, questions)
{
	cr_expect(str_eq("a", "a"));
	cr_expect_not(str_eq("a", "b"));
	cr_expect_str_eq(str_after("CAP_X", "CAP_"), "X");
	cr_expect_str_eq(str_after("CAP_", "CAP_"), "");
	cr_expect_null(str_after("CA", "CAP_"));
	cr_expect(str_empty(NULL));
	cr_expect(str_empty(""));
	cr_expect_not(str_empty("a"));
}

Test(str, buffer_grows_and_ends_with_nul)
{
	own_arena a = arena_new();
	struct strbuf b = STRBUF(a);

	for (int i = 0; i < 1000; i++) {
		strbuf_puts(&b, "ab");
		strbuf_add(&b, "cdef", 1);
		strbuf_printf(&b, "%03d", i);
		cr_assert_eq(b.len, (size_t)(i + 1) * 6);
		cr_assert_eq(b.text[b.len], '\0');
	}
	cr_expect_eq(memcmp(b.text, "abc000abc001", 12), 0);
}

struct json_case {
	const char *in, *out;
};

Test(str, json)
{
	static const struct json_case cases[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\t\x01\x7f", "\"\\n\\t\\u0001\\u007f\"" },
		{ "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\\ufffd\"" },
		{ "a\xc3", "\"a\\ufffd\"" },
		{ "\xc0\x80", "\"\\ufffd\\ufffd\"" },
		{ "\xed\xa0\x80z", "\"\\ufffd\\ufffd\\ufffdz\"" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		own_arena a = arena_new();
		struct strbuf b = STRBUF(a);

		strbuf_json(&b, cases[i].in);
		cr_expect_str_eq(b.text, cases[i].out);
		cr_expect_eq(b.len, strlen(cases[i].out));
	}
}
