/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MEMCG_DIRTY_PARSE_H
#define MEMCG_DIRTY_PARSE_H

/*
 * The smallest and the largest limit, in pages. The bounds are those of
 * vm.dirty_bytes.
 */
#define MEMCG_DIRTY_MIN_PAGES	2UL
#define MEMCG_DIRTY_MAX_PAGES	((unsigned long)UINT_MAX)

int memcg_dirty_parse_bytes(const char *text, unsigned long *pages);

#endif /* MEMCG_DIRTY_PARSE_H */
