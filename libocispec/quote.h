/* Text from a config, made safe to show. */
#pragma once

#include <stddef.h>

struct quoted {
	char text[264];
};

/* s in single quotes, cut after 64 bytes; what is not printable ASCII as \xNN. `.text` is for one message. */
struct quoted oci_quote(const char *s, size_t len);
