/* Warnings and debug lines on their way to whoever listens. Errors never go this way: they are returned. */
#pragma once

enum log_level { LOG_ERROR_, LOG_WARN, LOG_DEBUG };

/* Handed down by the caller; `sink` gets one line without newline. In a child lane it sends to the parent. */
struct log {
	void (*sink)(void *arg, enum log_level level, const char *text);
	void *arg;
	enum log_level level; /* what is above it is dropped before it is formatted */
};

/* `log` may be NULL. */
void log_warn(const struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
