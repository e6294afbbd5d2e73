/* Fuzz target: config.json. What the reader accepts, the writer writes, and that text is a fixed point. */
#include "rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rewrite_twice(&oci_type_config, data, size);
	return 0;
}
