/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MEMCG_DIRTY_PARSE_H
#define MEMCG_DIRTY_PARSE_H

struct memcg_dirty_flush_request;

int memcg_dirty_parse_bytes(const char *text, unsigned long *pages);
int memcg_dirty_parse_amount(const char *text, unsigned long *pages);
int memcg_dirty_parse_window(const char *text, unsigned int *us);
int memcg_dirty_parse_ratio(const char *text, unsigned int *ratio);
int memcg_dirty_parse_flush(const char *text,
			    struct memcg_dirty_flush_request *req);

#endif /* MEMCG_DIRTY_PARSE_H */
