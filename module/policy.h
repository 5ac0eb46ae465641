/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MEMCG_DIRTY_POLICY_H
#define MEMCG_DIRTY_POLICY_H

int memcg_dirty_register_policies(void);
void memcg_dirty_unregister_policies(void);
void memcg_dirty_set_dontcache_batch(unsigned long pages);
unsigned long memcg_dirty_get_dontcache_batch(void);

#endif /* MEMCG_DIRTY_POLICY_H */
