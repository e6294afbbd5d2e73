/* A JSON writer to stdout for one object, just large enough for the payload. */
#pragma once

#include <stdbool.h>

/* `key` is NULL for the members of an array and for the outermost object. */
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_str(const char *key, const char *value); /* NULL is written as null */
void json_uint(const char *key, unsigned long long value);
void json_int(const char *key, long long value);
void json_bool(const char *key, bool value);
