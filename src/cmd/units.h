/* Sizes and durations as callers of runc write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "67108864", "64M", "64mb", "1.5GiB", "-1": bytes, in steps of 1024. *ret untouched on failure. */
bool units_size(const char *s, int64_t *ret);

/* "500ms", "5s", "1m30s", "1.5h", "0": nanoseconds (Go's time.ParseDuration). *ret untouched on failure. */
bool units_duration(const char *s, int64_t *ret);
