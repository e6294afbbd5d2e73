/* What the two readers share: parse.c ends at the first fault, collect.c tells of each and goes on. */
#pragma once

#include "field.h"
#include "json.h"

/* Deeper text is refused, also inside members nobody knows. The deepest object of the spec needs 8. */
enum { DEPTH_MAX = 64 };

enum frame_kind { IN_OBJECT, IN_LIST, IN_MAP, IN_UNKNOWN };

/* One per open brace or bracket. */
struct frame {
	enum frame_kind kind;
	const struct oci_type *type; /* IN_OBJECT */
	char *object;                /* IN_OBJECT: the struct being filled */
	uint64_t seen;               /* IN_OBJECT: like `has`, but null counts */
	const struct field
		*field; /* the member being read, NULL if unknown; lists and maps: the member they are */
	char *key;      /* IN_MAP: of the entry being read */
	char *v;        /* lists and maps: the elements */
	size_t n, cap;
	bool broken;     /* collect.c: something in it was refused, rules across its members mean nothing */
	uint64_t faulty; /* collect.c: IN_OBJECT: members that are there and were refused */
};

struct parser {
	const struct oci_type *type;
	struct arena *arena;
	struct err *e;
	void *root;
	const struct oci_sink *sink;          /* NULL: the first fault ends the reading */
	const struct oci_enum_table *allowed; /* for the sink: the words that the next refusal is about */
	unsigned depth;
	struct frame stack[DEPTH_MAX];
};

static inline struct frame *parser_top(struct parser *p)
{
	return &p->stack[p->depth - 1];
}

/* The events; the parser is `arg`. A refusal leaves the frames as they were before the event. */
int oci_parser_value(void *arg, enum json_kind found, const char *text, size_t len);
int oci_parser_open(void *arg, enum json_kind found);
int oci_parser_key(void *arg, const char *text, size_t len);
int oci_parser_close(void *arg);

/* `text` starts with ": " or ".member" and follows the path of the value being read. */
int oci_parser_refuse(struct parser *p, const char *text) __attribute__((cold));
void oci_parser_push(struct parser *p, struct frame frame);
/* The place of the next element, zeroed, with one spare element behind it: the NULL that ends a strv. */
void *oci_parser_next(struct parser *p, struct frame *f);
