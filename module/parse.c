// SPDX-License-Identifier: GPL-2.0
/*
 * Parsers of the values written to the files.
 *
 * memparse() is no help here: it takes hexadecimal and octal numbers, takes a
 * suffix without a number as zero, and wraps silently on overflow.
 *
 * Nothing in this file needs a cgroup, so that KUnit can call it directly.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kdev_t.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "compat.h"
#include <linux/memcg_dirty_module.h>

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

/* An amount of @len characters, see memcg_dirty_parse_amount(). */
static int memcg_dirty_parse_pages(const char *text, size_t len,
				   unsigned long *pages)
{
	u64 bytes;
	int err;

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
	text = skip_spaces(text);
	return memcg_dirty_parse_pages(text, memcg_dirty_trimmed_len(text),
				       pages);
}

/* All of @len characters are decimal digits, of a number up to @max. */
static int memcg_dirty_parse_number(const char *text, size_t len, u64 max,
				    u64 *number)
{
	bool overflow;

	if (!len || memcg_dirty_parse_digits(text, len, number, &overflow) < len)
		return -EINVAL;
	return overflow || *number > max ? -EINVAL : 0;
}

/**
 * memcg_dirty_parse_window - parse the time that a writeback window is worth
 * @text: microseconds, or "max" for no window
 * @us: the time; %WB_WINDOW_OFF for "max"; untouched on error
 *
 * Context: Any context.
 *
 * Return: 0, or -EINVAL if @text is malformed, 0 or more than a second.
 */
int memcg_dirty_parse_window(const char *text, unsigned int *us)
{
	size_t len;
	u64 number;
	int err;

	text = skip_spaces(text);
	len = memcg_dirty_trimmed_len(text);
	if (memcg_dirty_is_max(text, len)) {
		*us = WB_WINDOW_OFF;
		return 0;
	}
	err = memcg_dirty_parse_number(text, len, USEC_PER_SEC, &number);
	if (err || !number)
		return -EINVAL;
	*us = number;
	return 0;
}

/* MAJ:MIN, as memory.dirty_foreign names a device */
static int memcg_dirty_parse_bdi(const char *text, size_t len, dev_t *dev)
{
	const char *colon = memchr(text, ':', len);
	u64 major, minor;

	if (!colon ||
	    memcg_dirty_parse_number(text, colon - text, U32_MAX >> MINORBITS,
				     &major) ||
	    memcg_dirty_parse_number(colon + 1, text + len - colon - 1,
				     MINORMASK, &minor))
		return -EINVAL;
	*dev = MKDEV(major, minor);
	return 0;
}

static bool memcg_dirty_has_key(const char **text, size_t *len, const char *key)
{
	size_t skip = strlen(key);

	if (*len < skip || memcmp(*text, key, skip))
		return false;
	*text += skip;
	*len -= skip;
	return true;
}

/* One of the words behind the amount */
static int memcg_dirty_parse_key(const char *text, size_t len,
				 struct memcg_dirty_flush_request *req)
{
	if (memcg_dirty_has_key(&text, &len, "bdi=")) {
		if (req->on_bdi)
			return -EINVAL;
		req->on_bdi = true;
		return memcg_dirty_parse_bdi(text, len, &req->bdi);
	}
	if (memcg_dirty_has_key(&text, &len, "owner=")) {
		if (req->in_owner)
			return -EINVAL;
		req->in_owner = true;
		return memcg_dirty_parse_number(text, len, U64_MAX,
						&req->owner);
	}
	return -EINVAL;
}

/* Number of characters up to the next white space */
static size_t memcg_dirty_word_len(const char *text)
{
	size_t len = 0;

	while (text[len] && !isspace(text[len]))
		len++;
	return len;
}

/**
 * memcg_dirty_parse_flush - parse what memory.dirty_flush is to write
 * @text: what was written: an amount as for memcg_dirty_parse_amount(), and
 *	behind it, in any order and each at most once, "bdi=MAJ:MIN" and
 *	"owner=ID"
 * @req: to be filled; untouched on error
 *
 * Context: Any context.
 *
 * Return: 0, -EINVAL if @text is malformed, has a key that is unknown or twice
 * there, or a value that is no such number, -ERANGE if the amount is too large.
 */
int memcg_dirty_parse_flush(const char *text,
			    struct memcg_dirty_flush_request *req)
{
	struct memcg_dirty_flush_request r = {};
	int err, range;
	size_t len;

	text = skip_spaces(text);
	len = memcg_dirty_word_len(text);
	range = memcg_dirty_parse_pages(text, len, &r.pages);
	if (range && range != -ERANGE)
		return range;

	for (text = skip_spaces(text + len); *text;
	     text = skip_spaces(text + len)) {
		len = memcg_dirty_word_len(text);
		err = memcg_dirty_parse_key(text, len, &r);
		if (err)
			return err;
	}
	if (range)
		return range;
	*req = r;
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
