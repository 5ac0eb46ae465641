// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the module's parsers.
 *
 * Their source is part of this module, not a copy of it.
 */

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "../module/parse.c"

/* What *pages holds before each call: nothing parses to it. */
#define UNTOUCHED	(MEMCG_DIRTY_MAX_PAGES - 12345)

struct parse_case {
	const char *desc;
	const char *text;
	u64 bytes;	/* what @text stands for; whole pages of any size */
	int error;
};

/* Sizes are multiples of 128 KiB: at least two pages on every architecture. */
static const struct parse_case parse_cases[] = {
	/* no limit */
	{ "zero", "0", 0, 0 },
	{ "zeroes", "000", 0, 0 },
	{ "zero and suffix", "0K", 0, 0 },
	{ "zero and largest suffix", "0E", 0, 0 },
	{ "max", "max", 0, 0 },
	{ "max and newline", "max\n", 0, 0 },
	{ "max among blanks", " \tmax ", 0, 0 },

	/* numbers and suffixes */
	{ "bytes", "10485760", 10 * SZ_1M, 0 },
	{ "bytes and newline", "10485760\n", 10 * SZ_1M, 0 },
	{ "leading zero is decimal", "010485760", 10 * SZ_1M, 0 },
	{ "many leading zeroes",
	  "00000000000000000000000000010485760", 10 * SZ_1M, 0 },
	{ "upper K", "1024K", SZ_1M, 0 },
	{ "lower k", "1024k", SZ_1M, 0 },
	{ "upper M", "3M", 3 * SZ_1M, 0 },
	{ "lower m", "3m", 3 * SZ_1M, 0 },
	{ "upper G", "5G", 5ULL << 30, 0 },
	{ "lower g", "5g", 5ULL << 30, 0 },
	{ "upper T", "7T", 7ULL << 40, 0 },
	{ "lower t", "7t", 7ULL << 40, 0 },
	{ "suffix and newline", "16M\n", 16 * SZ_1M, 0 },
	{ "blanks before", "  16M", 16 * SZ_1M, 0 },
	{ "blanks after", "16M  ", 16 * SZ_1M, 0 },
	{ "every kind of white space", "\t\n\v\f\r 16M \r\f\v\n\t",
	  16 * SZ_1M, 0 },

	/* not a value */
	{ "empty", "", 0, -EINVAL },
	{ "blank", " ", 0, -EINVAL },
	{ "newline", "\n", 0, -EINVAL },
	{ "minus", "-16M", 0, -EINVAL },
	{ "minus zero", "-0", 0, -EINVAL },
	{ "minus one", "-1", 0, -EINVAL },
	{ "plus", "+16M", 0, -EINVAL },
	{ "sign alone", "-", 0, -EINVAL },
	{ "hexadecimal", "0x1000000", 0, -EINVAL },
	{ "upper hexadecimal", "0X1000000", 0, -EINVAL },
	{ "hexadecimal digits", "ffffff", 0, -EINVAL },
	{ "text", "unlimited", 0, -EINVAL },
	{ "max in upper case", "MAX", 0, -EINVAL },
	{ "max cut short", "ma", 0, -EINVAL },
	{ "max and more", "maximum", 0, -EINVAL },
	{ "max and suffix", "maxM", 0, -EINVAL },
	{ "max twice", "max max", 0, -EINVAL },
	{ "suffix alone", "M", 0, -EINVAL },
	{ "suffix first", "M16", 0, -EINVAL },
	{ "two suffixes", "16MM", 0, -EINVAL },
	{ "suffix with unit", "16MB", 0, -EINVAL },
	{ "suffix with binary unit", "16MiB", 0, -EINVAL },
	{ "unit alone", "16777216B", 0, -EINVAL },
	{ "unknown suffix", "16777216Z", 0, -EINVAL },
	{ "digits after suffix", "16M16", 0, -EINVAL },
	{ "garbage after digits", "16777216x", 0, -EINVAL },
	{ "garbage after newline", "16M\nx", 0, -EINVAL },
	{ "blank before suffix", "16 M", 0, -EINVAL },
	{ "blank between digits", "16 777 216", 0, -EINVAL },
	{ "two values", "16M 32M", 0, -EINVAL },
	{ "two lines", "16M\n32M\n", 0, -EINVAL },
	{ "fraction", "1.5G", 0, -EINVAL },
	{ "exponent", "1e9", 0, -EINVAL },
	{ "thousands separator", "16,777,216", 0, -EINVAL },
	{ "per cent", "10%", 0, -EINVAL },
	{ "quoted", "\"16M\"", 0, -EINVAL },
	{ "byte above ASCII", "16M\xff", 0, -EINVAL },

	/* too large: more than 2^32 - 1 pages of any size, or than 64 bits */
	{ "one P", "1P", 0, -ERANGE },
	{ "lower p", "1p", 0, -ERANGE },
	{ "one E", "1E", 0, -ERANGE },
	{ "lower e", "1e", 0, -ERANGE },
	{ "largest in 64 bits", "18446744073709551615", 0, -ERANGE },
	{ "digits that wrap to zero", "18446744073709551616", 0, -ERANGE },
	{ "digits that wrap to 16M", "18446744073726328832", 0, -ERANGE },
	{ "digits that wrap in the product",
	  "28446744073709551616", 0, -ERANGE },
	{ "very many digits",
	  "9999999999999999999999999999999999999999", 0, -ERANGE },
	{ "suffix that wraps to zero", "16E", 0, -ERANGE },
	{ "suffix that wraps to 1E", "17E", 0, -ERANGE },
	{ "K that wraps to 16M", "18014398509498368K", 0, -ERANGE },
	{ "too large and garbage",
	  "99999999999999999999999999x", 0, -EINVAL },
	{ "too large and minus", "-99999999999999999999999999", 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(parse, parse_cases, desc);

static void parse_bytes_of_text(struct kunit *test)
{
	const struct parse_case *c = test->param_value;
	unsigned long pages = UNTOUCHED;

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_bytes(c->text, &pages),
			c->error);
	if (c->error)
		KUNIT_EXPECT_EQ(test, pages, UNTOUCHED);
	else
		KUNIT_EXPECT_EQ(test, pages, c->bytes >> PAGE_SHIFT);
}

struct page_case {
	const char *desc;
	u64 bytes;
	unsigned long pages;
	int error;
};

static const struct page_case page_cases[] = {
	{ "one byte", 1, 0, -EINVAL },
	{ "a page less one byte", PAGE_SIZE - 1, 0, -EINVAL },
	{ "a page", PAGE_SIZE, 0, -EINVAL },
	{ "two pages less one byte", 2 * PAGE_SIZE - 1, 0, -EINVAL },
	{ "two pages", 2 * PAGE_SIZE, 2, 0 },
	{ "two pages and one byte", 2 * PAGE_SIZE + 1, 2, 0 },
	{ "three pages less one byte", 3 * PAGE_SIZE - 1, 2, 0 },
	{ "three pages", 3 * PAGE_SIZE, 3, 0 },
	{ "one page less than the largest",
	  (u64)(MEMCG_DIRTY_MAX_PAGES - 1) << PAGE_SHIFT,
	  MEMCG_DIRTY_MAX_PAGES - 1, 0 },
	{ "the largest",
	  (u64)MEMCG_DIRTY_MAX_PAGES << PAGE_SHIFT,
	  MEMCG_DIRTY_MAX_PAGES, 0 },
	{ "the largest and part of a page",
	  ((u64)MEMCG_DIRTY_MAX_PAGES << PAGE_SHIFT) + PAGE_SIZE - 1,
	  MEMCG_DIRTY_MAX_PAGES, 0 },
	{ "one page more than the largest",
	  ((u64)MEMCG_DIRTY_MAX_PAGES + 1) << PAGE_SHIFT, 0, -ERANGE },
	{ "pages that wrap to two in 32 bits",
	  (BIT_ULL(32) + 2) << PAGE_SHIFT, 0, -ERANGE },
};

KUNIT_ARRAY_PARAM_DESC(page, page_cases, desc);

static void parse_bytes_at_page_boundary(struct kunit *test)
{
	const struct page_case *c = test->param_value;
	unsigned long pages = UNTOUCHED;
	char text[24];

	snprintf(text, sizeof(text), "%llu\n", c->bytes);

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_bytes(text, &pages), c->error);
	KUNIT_EXPECT_EQ(test, pages, c->error ? UNTOUCHED : c->pages);
}

/* A limit reads back as decimal bytes, and written again is the same limit. */
static void parse_bytes_of_read_back(struct kunit *test)
{
	static const unsigned long limits[] = {
		0, MEMCG_DIRTY_MIN_PAGES, 3, 1023, 1024, 1025, 4096, 65535,
		BIT(20), BIT(31), MEMCG_DIRTY_MAX_PAGES - 1,
		MEMCG_DIRTY_MAX_PAGES,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned long pages = UNTOUCHED;
		char text[24];

		snprintf(text, sizeof(text), "%llu\n",
			 (u64)limits[i] << PAGE_SHIFT);

		KUNIT_EXPECT_EQ(test, memcg_dirty_parse_bytes(text, &pages), 0);
		KUNIT_EXPECT_EQ(test, pages, limits[i]);
	}
}

/* memcg_dirty_parse_amount() */

struct amount_case {
	const char *desc;
	const char *text;
	u64 bytes;	/* rounded up to pages; U64_MAX: all */
	int error;
};

static const struct amount_case amount_cases[] = {
	{ "zero", "0", 0, 0 },
	{ "one byte", "1", 1, 0 },
	{ "suffix", "1K", SZ_1K, 0 },
	{ "megabytes among blanks", " 16M\n", SZ_16M, 0 },
	{ "max", "max", U64_MAX, 0 },
	{ "max and newline", "max\n", U64_MAX, 0 },
	{ "the largest", "17592186040320", 17592186040320ULL, 0 },
	{ "one more", "70368744173569G", 0, -ERANGE },
	{ "too large by its suffix", "16E", 0, -ERANGE },
	{ "very many digits",
	  "9999999999999999999999999999999999999999", 0, -ERANGE },
	{ "empty", "", 0, -EINVAL },
	{ "minus", "-1", 0, -EINVAL },
	{ "suffix alone", "M", 0, -EINVAL },
	{ "garbage behind", "1Mx", 0, -EINVAL },
	{ "garbage behind max", "maximum", 0, -EINVAL },
	{ "swappiness", "1M swappiness=0", 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(amount, amount_cases, desc);

static void parse_amount_of_text(struct kunit *test)
{
	const struct amount_case *c = test->param_value;
	unsigned long pages = UNTOUCHED;

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_amount(c->text, &pages),
			c->error);
	if (c->error)
		KUNIT_EXPECT_EQ(test, pages, UNTOUCHED);
	else if (c->bytes == U64_MAX)
		KUNIT_EXPECT_EQ(test, pages, ULONG_MAX);
	else
		KUNIT_EXPECT_EQ(test, pages,
				DIV_ROUND_UP_ULL(c->bytes, PAGE_SIZE));
}

/* memcg_dirty_parse_flush() */

struct flush_case {
	const char *desc;
	const char *text;
	struct memcg_dirty_flush_request req;	/* but for the amount */
	u64 bytes;	/* U64_MAX: all */
	int error;
};

#define AMOUNT(_bytes)		.bytes = (_bytes)
#define BDI(_major, _minor)	.req.on_bdi = true, .req.bdi = MKDEV(_major, _minor)
#define OWNER(_id)		.req.in_owner = true, .req.owner = (_id)
#define ERROR(_error)		.error = (_error)

static const struct flush_case flush_cases[] = {
	{ "amount alone", "16M", AMOUNT(SZ_16M) },
	{ "max alone", "max\n", AMOUNT(U64_MAX) },
	{ "zero", "0", AMOUNT(0) },
	{ "device", "16M bdi=254:0", AMOUNT(SZ_16M), BDI(254, 0) },
	{ "owner", "16M owner=83\n", AMOUNT(SZ_16M), OWNER(83) },
	{ "both", "16M bdi=254:0 owner=83", AMOUNT(SZ_16M), BDI(254, 0),
	  OWNER(83) },
	{ "the other way round", "max owner=83 bdi=254:0", AMOUNT(U64_MAX),
	  BDI(254, 0), OWNER(83) },
	{ "every kind of white space", "\t1M\n \vbdi=8:16\f\rowner=1\n ",
	  AMOUNT(SZ_1M), BDI(8, 16), OWNER(1) },
	{ "device without a number", "1M bdi=0:0", AMOUNT(SZ_1M), BDI(0, 0) },
	{ "owner that never is", "1M owner=0", AMOUNT(SZ_1M), OWNER(0) },
	{ "largest device", "1M bdi=4095:1048575", AMOUNT(SZ_1M),
	  BDI(4095, 1048575) },
	{ "largest owner", "1M owner=18446744073709551615", AMOUNT(SZ_1M),
	  OWNER(U64_MAX) },
	{ "leading zeroes are decimal", "1M bdi=010:020 owner=010",
	  AMOUNT(SZ_1M), BDI(10, 20), OWNER(10) },

	{ "empty", "", ERROR(-EINVAL) },
	{ "blank", "\n ", ERROR(-EINVAL) },
	{ "key alone", "bdi=254:0", ERROR(-EINVAL) },
	{ "key first", "bdi=254:0 16M", ERROR(-EINVAL) },
	{ "two amounts", "16M 16M", ERROR(-EINVAL) },
	{ "unknown key", "16M swappiness=0", ERROR(-EINVAL) },
	{ "key in upper case", "16M BDI=254:0", ERROR(-EINVAL) },
	{ "key cut short", "16M owne=83", ERROR(-EINVAL) },
	{ "key and more", "16M owners=83", ERROR(-EINVAL) },
	{ "key without a value", "16M owner", ERROR(-EINVAL) },
	{ "device twice", "16M bdi=254:0 bdi=254:0", ERROR(-EINVAL) },
	{ "owner twice", "16M owner=83 owner=84", ERROR(-EINVAL) },
	{ "comma", "16M bdi=254:0,owner=83", ERROR(-EINVAL) },
	{ "blank before the value", "16M owner= 83", ERROR(-EINVAL) },
	{ "blank before the sign", "16M owner =83", ERROR(-EINVAL) },
	{ "device empty", "16M bdi=", ERROR(-EINVAL) },
	{ "device by name", "16M bdi=sda", ERROR(-EINVAL) },
	{ "device without a colon", "16M bdi=254", ERROR(-EINVAL) },
	{ "device without a major", "16M bdi=:0", ERROR(-EINVAL) },
	{ "device without a minor", "16M bdi=254:", ERROR(-EINVAL) },
	{ "device with two colons", "16M bdi=254:0:0", ERROR(-EINVAL) },
	{ "device with a sign", "16M bdi=254:-1", ERROR(-EINVAL) },
	{ "device in hexadecimal", "16M bdi=0xfe:0", ERROR(-EINVAL) },
	{ "major too large", "16M bdi=4096:0", ERROR(-EINVAL) },
	{ "minor too large", "16M bdi=254:1048576", ERROR(-EINVAL) },
	{ "minor of very many digits", "16M bdi=254:99999999999999999999999",
	  ERROR(-EINVAL) },
	{ "owner empty", "16M owner=", ERROR(-EINVAL) },
	{ "owner by name", "16M owner=db", ERROR(-EINVAL) },
	{ "owner with a sign", "16M owner=-1", ERROR(-EINVAL) },
	{ "owner with a suffix", "16M owner=83K", ERROR(-EINVAL) },
	{ "owner of 65 bits", "16M owner=18446744073709551616",
	  ERROR(-EINVAL) },
	{ "amount too large", "16E", ERROR(-ERANGE) },
	{ "amount too large, with keys", "16E bdi=254:0", ERROR(-ERANGE) },
	{ "amount too large, and unknown key", "16E x=1", ERROR(-EINVAL) },
};

KUNIT_ARRAY_PARAM_DESC(flush, flush_cases, desc);

static void parse_flush_of_text(struct kunit *test)
{
	const struct flush_case *c = test->param_value;
	struct memcg_dirty_flush_request req = { .pages = UNTOUCHED };

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_flush(c->text, &req), c->error);
	if (c->error)
		KUNIT_EXPECT_EQ(test, req.pages, UNTOUCHED);
	else if (c->bytes == U64_MAX)
		KUNIT_EXPECT_EQ(test, req.pages, ULONG_MAX);
	else
		KUNIT_EXPECT_EQ(test, req.pages,
				DIV_ROUND_UP_ULL(c->bytes, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, req.on_bdi, c->req.on_bdi);
	KUNIT_EXPECT_EQ(test, req.in_owner, c->req.in_owner);
	KUNIT_EXPECT_EQ(test, req.bdi, c->req.bdi);
	KUNIT_EXPECT_EQ(test, req.owner, c->req.owner);
}

/* memcg_dirty_parse_ratio() */

#define UNTOUCHED_RATIO	12345

struct ratio_case {
	const char *desc;
	const char *text;
	unsigned int ratio;
	int error;
};

static const struct ratio_case ratio_cases[] = {
	{ "zero", "0", 0, 0 },
	{ "zeroes", "0000", 0, 0 },
	{ "one", "1", 1, 0 },
	{ "one and newline", "1\n", 1, 0 },
	{ "ten among blanks", " \t10\t ", 10, 0 },
	{ "leading zero is decimal", "010", 10, 0 },
	{ "99", "99", 99, 0 },
	{ "100", "100", 100, 0 },
	{ "101", "101", 0, -EINVAL },
	{ "1000", "1000", 0, -EINVAL },
	{ "32 bits that wrap to 10", "4294967306", 0, -EINVAL },
	{ "64 bits that wrap to 10", "18446744073709551626", 0, -EINVAL },
	{ "very many digits",
	  "9999999999999999999999999999999999999999", 0, -EINVAL },
	{ "empty", "", 0, -EINVAL },
	{ "blank", " ", 0, -EINVAL },
	{ "newline", "\n", 0, -EINVAL },
	{ "minus", "-1", 0, -EINVAL },
	{ "minus zero", "-0", 0, -EINVAL },
	{ "plus", "+1", 0, -EINVAL },
	{ "hexadecimal", "0x10", 0, -EINVAL },
	{ "per cent", "10%", 0, -EINVAL },
	{ "suffix", "1K", 0, -EINVAL },
	{ "suffix that would be 0", "0K", 0, -EINVAL },
	{ "fraction", "10.5", 0, -EINVAL },
	{ "two", "10 20", 0, -EINVAL },
	{ "max", "max", 0, -EINVAL },
	{ "text", "ten", 0, -EINVAL },
	{ "garbage behind", "10x", 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(ratio, ratio_cases, desc);

static void parse_ratio_of_text(struct kunit *test)
{
	const struct ratio_case *c = test->param_value;
	unsigned int ratio = UNTOUCHED_RATIO;

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_ratio(c->text, &ratio),
			c->error);
	KUNIT_EXPECT_EQ(test, ratio, c->error ? UNTOUCHED_RATIO : c->ratio);
}

/* memcg_dirty_parse_window() */

static const struct ratio_case window_cases[] = {
	{ "one", "1", 1, 0 },
	{ "1000 and newline", "1000\n", 1000, 0 },
	{ "blanks", " 20 ", 20, 0 },
	{ "a second", "1000000", 1000000, 0 },
	{ "more", "1000001", 0, -EINVAL },
	{ "max", "max\n", WB_WINDOW_OFF, 0 },
	{ "32 bits that wrap to 10", "4294967306", 0, -EINVAL },
	{ "zero", "0", 0, -EINVAL },
	{ "empty", "", 0, -EINVAL },
	{ "newline", "\n", 0, -EINVAL },
	{ "minus", "-1", 0, -EINVAL },
	{ "fraction", "1.5", 0, -EINVAL },
	{ "suffix", "1k", 0, -EINVAL },
	{ "unit", "10us", 0, -EINVAL },
	{ "maximum", "maximum", 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(window, window_cases, desc);

static void parse_window_of_text(struct kunit *test)
{
	const struct ratio_case *c = test->param_value;
	unsigned int us = UNTOUCHED_RATIO;

	KUNIT_EXPECT_EQ(test, memcg_dirty_parse_window(c->text, &us), c->error);
	KUNIT_EXPECT_EQ(test, us, c->error ? UNTOUCHED_RATIO : c->ratio);
}

static struct kunit_case parse_kunit_cases[] = {
	KUNIT_CASE_PARAM(parse_bytes_of_text, parse_gen_params),
	KUNIT_CASE_PARAM(parse_bytes_at_page_boundary, page_gen_params),
	KUNIT_CASE(parse_bytes_of_read_back),
	KUNIT_CASE_PARAM(parse_amount_of_text, amount_gen_params),
	KUNIT_CASE_PARAM(parse_flush_of_text, flush_gen_params),
	KUNIT_CASE_PARAM(parse_ratio_of_text, ratio_gen_params),
	KUNIT_CASE_PARAM(parse_window_of_text, window_gen_params),
	{ }	/* terminate */
};

static struct kunit_suite parse_kunit_suite = {
	.name = "memcg_dirty_parse",
	.test_cases = parse_kunit_cases,
};

kunit_test_suite(parse_kunit_suite);

MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suite of the memcg_dirty parsers");
MODULE_LICENSE("GPL");
