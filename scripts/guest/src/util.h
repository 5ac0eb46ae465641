/* SPDX-License-Identifier: GPL-2.0 */
/* What the workload programs share. Times are microseconds of CLOCK_MONOTONIC. */
#ifndef GUEST_UTIL_H
#define GUEST_UTIL_H

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long long u64;

#define USEC_PER_SEC	1000000ull
#define NSEC_PER_USEC	1000ull
#define NSEC_PER_MSEC	1000000ull
#define NSEC_PER_SEC	1000000000ull
#define fallthrough	__attribute__((__fallthrough__))
#define PAGE_BYTES	4096ul

static inline u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * USEC_PER_SEC * NSEC_PER_USEC + ts.tv_nsec;
}

static inline u64 now_us(void)
{
	return now_ns() / NSEC_PER_USEC;
}

/* A decimal number with an optional K, M or G. */
static inline u64 parse_size(const char *s)
{
	char *end;
	u64 v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || end == s)
		errx(2, "not a number: '%s'", s);
	switch (*end) {
	case 'G':
		v <<= 10;
		fallthrough;
	case 'M':
		v <<= 10;
		fallthrough;
	case 'K':
		v <<= 10;
		end++;
		break;
	}
	if (*end)
		errx(2, "not a number: '%s'", s);
	return v;
}

#endif /* GUEST_UTIL_H */
