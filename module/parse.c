// SPDX-License-Identifier: GPL-2.0
/*
 * Parsers of the values written to the limits.
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

#include "compat.h"
#include <linux/memcg_dirty.h>

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

/* Number of digits at the start of @text, and what they say. */
static size_t memcg_dirty_parse_digits(const char *text, size_t len,
				       u64 *value, bool *overflow)
{
	size_t i;

	*value = 0;
	*overflow = false;
	for (i = 0; i < len && isdigit(text[i]); i++) {
		if (check_mul_overflow(*value, (u64)10, value) ||
		    check_add_overflow(*value, (u64)(text[i] - '0'), value))
			*overflow = true;
	}
	return i;
}

static bool memcg_dirty_is_max(const char *text, size_t len)
{
	return len == strlen("max") && !memcmp(text, "max", len);
}

/* A number with an optional suffix, of @len characters. */
static int memcg_dirty_parse_size(const char *text, size_t len, u64 *bytes)
{
	unsigned int shift = 0;
	bool overflow;
	size_t digits;
	u64 value;

	digits = memcg_dirty_parse_digits(text, len, &value, &overflow);
	if (!digits)
		return -EINVAL;

	if (digits < len) {
		shift = memcg_dirty_suffix_shift(text[digits]);
		if (!shift || digits + 1 < len)
			return -EINVAL;
	}

	if (overflow || value > U64_MAX >> shift)
		return -ERANGE;
	*bytes = value << shift;
	return 0;
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
	u64 bytes = 0;
	size_t len;
	int err;

	text = skip_spaces(text);
	len = memcg_dirty_trimmed_len(text);

	if (!memcg_dirty_is_max(text, len)) {
		err = memcg_dirty_parse_size(text, len, &bytes);
		if (err)
			return err;
	}

	if (bytes && bytes >> PAGE_SHIFT < MEMCG_DIRTY_MIN_PAGES)
		return -EINVAL;
	if (bytes >> PAGE_SHIFT > MEMCG_DIRTY_MAX_PAGES)
		return -ERANGE;

	*pages = bytes >> PAGE_SHIFT;
	return 0;
}

/**
 * memcg_dirty_parse_amount - parse how much is to be done
 * @text: what was written: as for memcg_dirty_parse_bytes()
 * @pages: the amount in pages, rounded up; %ULONG_MAX for "max"; untouched on
 *	error
 *
 * Context: Any context.
 *
 * Return: 0, -EINVAL if @text is malformed, -ERANGE if it does not fit 64 bits
 * or is more than %MEMCG_DIRTY_MAX_PAGES.
 */
int memcg_dirty_parse_amount(const char *text, unsigned long *pages)
{
	size_t len;
	u64 bytes;
	int err;

	text = skip_spaces(text);
	len = memcg_dirty_trimmed_len(text);

	if (memcg_dirty_is_max(text, len)) {
		*pages = ULONG_MAX;
		return 0;
	}

	err = memcg_dirty_parse_size(text, len, &bytes);
	if (err)
		return err;
	if (bytes > (u64)MEMCG_DIRTY_MAX_PAGES << PAGE_SHIFT)
		return -ERANGE;

	*pages = DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);
	return 0;
}

/**
 * memcg_dirty_parse_ratio - parse a limit that is a ratio
 * @text: what was written: decimal digits, without a suffix; white space around
 *	them is ignored
 * @ratio: per cent, 0 for no limit; untouched on error
 *
 * Context: Any context.
 *
 * Return: 0, or -EINVAL if @text is malformed or more than 100.
 */
int memcg_dirty_parse_ratio(const char *text, unsigned int *ratio)
{
	bool overflow;
	size_t len;
	u64 value;

	text = skip_spaces(text);
	len = memcg_dirty_trimmed_len(text);

	if (!len || memcg_dirty_parse_digits(text, len, &value, &overflow) < len)
		return -EINVAL;
	if (overflow || value > 100)
		return -EINVAL;

	*ratio = value;
	return 0;
}
