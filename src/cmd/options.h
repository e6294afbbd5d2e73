/* The command-line options of one command: a table that both the parser and --help read. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_STRING, /* const char *; an empty value is none */
	OPTION_NUMBER, /* uint32_t */
	OPTION_LIST,   /* struct words: may be repeated */
};

/* One row. A table ends with a row without name. */
struct option {
	const char *name;  /* long name, without dashes */
	const char *value; /* what --help calls the value; NULL for a flag */
	const char *help;
	uint16_t offset; /* of the target in the command's struct */
	uint8_t kind;    /* enum option_kind */
	char letter;     /* 0: none */
};

/* Words in the order of the command line; v[n] == NULL once there is one. */
struct words {
	char **v;
	size_t n, cap;
};

void words_add(struct words *w, char *word, struct arena *a);

enum options_order {
	OPTIONS_ANYWHERE, /* before, between and after the arguments */
	OPTIONS_FIRST,    /* the first argument ends them: what follows belongs to somebody else */
};

#define OPTIONS_HELP 1 /* --help or -h was given */

/*
 * Read argv (NULL-terminated, without the command's own name) into `target`, a zeroed struct, and what is no
 * option into *ret_rest. Understood: --opt v, --opt=v, -o v, -ov, -o=v, -abc for flags, long names with one
 * dash, --flag=true|false, -- as the end. Returns 0 or OPTIONS_HELP. Errors (EINVAL): "unknown flag: --x",
 * "flag needs an argument: --x", "invalid value ...". Strings point into argv.
 */
int options_parse(const struct option *table, enum options_order order, char **argv, struct arena *a,
		  void *target, struct words *ret_rest, struct err *e);

/* The rows as --help shows them, one line each. */
void options_help(const struct option *table, struct strbuf *out);
