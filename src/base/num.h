/* Strict integer parsing: the whole string, no sign or space that was not asked for, no overflow. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal only; *ret untouched on failure. */
bool num_u64(const char *s, uint64_t *ret);
bool num_i64(const char *s, int64_t *ret); /* one leading '-' allowed */
bool num_u32(const char *s, uint32_t *ret);
bool num_int(const char *s, int *ret);
bool num_id(const char *s, uint32_t *ret); /* a uid or gid: u32 without 4294967295 (the kernel's "no id") */
