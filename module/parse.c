// SPDX-License-Identifier: GPL-2.0
/*
 * Parser of the values written to the byte limits.
 *
 * memparse() is no help here: it takes hexadecimal and octal numbers, takes a
 * suffix without a number as zero, and wraps silently on overflow.
 *
 * Nothing in this file needs a cgroup, so that KUnit can call it directly.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>

#include "parse.h"

/* Length of @text without the white space at its end, in bytes. */
static size_t memcg_dirty_trimmed_len(const char *text)
{
	size_t len = strlen(text);

	while (len && isspace(text[len - 1]))
		len--;
	return len;
}

/* Power of two that @suffix stands for, 0 if it is not a suffix. */
static unsigned int memcg_dirty_suffix_shift(char suffix)
{
	switch (tolower(suffix)) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	case 'p':
		return 50;
	case 'e':
		return 60;
	default:
		return 0;
	}
}

/**
 * memcg_dirty_parse_bytes - parse a byte limit
 * @text: what was written: decimal digits in bytes and an optional suffix, one
 *	of K, M, G, T, P, E in either case (powers of 1024), or "max"; white
 *	space around it is ignored
 * @pages: the limit in pages, rounded down, 0 for none; untouched on error
 *
 * 0 and "max" both mean no limit. A text that is malformed and too large is
 * malformed.
 *
 * Context: Any context.
 *
 * Return: 0, -EINVAL if @text is malformed or less than
 * %MEMCG_DIRTY_MIN_PAGES and not 0, -ERANGE if it does not fit 64 bits or is
 * more than %MEMCG_DIRTY_MAX_PAGES.
 */
int memcg_dirty_parse_bytes(const char *text, unsigned long *pages)
{
	unsigned int shift = 0;
	bool overflow = false;
	u64 value = 0;
	size_t i, len;

	text = skip_spaces(text);
	len = memcg_dirty_trimmed_len(text);

	if (len == strlen("max") && !memcmp(text, "max", len)) {
		*pages = 0;
		return 0;
	}

	for (i = 0; i < len && isdigit(text[i]); i++) {
		if (check_mul_overflow(value, (u64)10, &value) ||
		    check_add_overflow(value, (u64)(text[i] - '0'), &value))
			overflow = true;
	}
	if (!i)
		return -EINVAL;

	if (i < len) {
		shift = memcg_dirty_suffix_shift(text[i++]);
		if (!shift || i < len)
			return -EINVAL;
	}

	if (overflow || value > U64_MAX >> shift)
		return -ERANGE;
	value <<= shift;

	if (value && value >> PAGE_SHIFT < MEMCG_DIRTY_MIN_PAGES)
		return -EINVAL;
	if (value >> PAGE_SHIFT > MEMCG_DIRTY_MAX_PAGES)
		return -ERANGE;

	*pages = value >> PAGE_SHIFT;
	return 0;
}
