/* cpu.shares to cpu.weight, on the curve that all runtimes agreed on in 2025. */
#include "plan/resources.h"

enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MIN = 1, WEIGHT_MAX = 10000 };

/* libm would be larger than all of this; 52 bits of mantissa by squaring, exact for powers of two. */
static double log2_of(uint64_t n)
{
	int whole = 63 - __builtin_clzll(n);
	double m = (double)n / (double)(UINT64_C(1) << whole), bit = 0.5, log = whole;

	for (int i = 0; i < 52; i++, bit /= 2) {
		m *= m;
		if (m >= 2) {
			m /= 2;
			log += bit;
		}
	}
	return log;
}

/* 10 to the x, 0 <= x < 5: exact for whole x. */
static double ten_to(double x)
{
	const double ln10 = 2.302585092994045684;
	double whole = 1, part = 1, term = 1;

	for (; x >= 1; x--)
		whole *= 10;
	for (int i = 1; i < 40; i++) {
		term *= x * ln10 / i;
		part += term;
	}
	return whole * part;
}

/* ceil(10^((l^2 + 125 l) / 612 - 7/34)), l = log2(shares); 7/34 is 126/612. */
unsigned resources_weight(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= SHARES_MIN)
		return WEIGHT_MIN;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	double l = log2_of(shares), weight = ten_to((l * l + 125 * l - 126) / 612);
	unsigned below = (unsigned)weight;

	return below + (weight > below);
}
