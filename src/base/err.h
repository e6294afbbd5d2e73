/* One error value for every layer: a code and a sentence, built on the stack and passed up. */
#pragma once

#include <stdarg.h>
#include <stdint.h>

/*
 * 1 KiB, no pointers, so it stays valid after clone() and crosses the lane socket as it is.
 * `text` is always NUL-terminated. When outer context no longer fits it is dropped: the root cause survives.
 */
struct err {
	int code;     /* errno of the root cause, positive; 0 = no error */
	uint16_t len; /* strlen(text) */
	char text[1018];
};

#define ERR_INIT ((struct err){ 0 })

/* Set *e to "FORMAT: strerror(code)" and return -code. `code` is a positive errno; 0 is taken as EIO. `e` may
 * be NULL. */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4), cold));

/* As err_set, without the strerror() suffix: for refusals that are husk's own (a bad config, a wrong state).
 */
int err_say(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4), cold));

/* If r < 0, put "CONTEXT: " in front of e->text. Returns r. */
int err_in(struct err *e, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Run `expr`; on a negative result return it from the calling function, else yield it. The only macro that
 * returns. */
#define TRY(expr) \
	({ \
		int try_ = (expr); \
		if (try_ < 0) \
			return try_; \
		try_; \
	})

/* TRY with context: TRY_IN(mount_one(op, e), e, "mount %s", op->cpath). The context is formatted only on
 * failure. */
#define TRY_IN(expr, e, ...) \
	({ \
		int try_ = (expr); \
		if (try_ < 0) \
			return err_in((e), try_, __VA_ARGS__); \
		try_; \
	})
