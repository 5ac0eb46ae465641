/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module builds on, found by
 * feature and not by version number; and a plain error message for a build
 * against a kernel that lacks the patches.
 */
#ifndef MEMCG_DIRTY_COMPAT_H
#define MEMCG_DIRTY_COMPAT_H

#include <linux/module.h>
#include <linux/slab.h>

#ifdef __has_include
#if !__has_include("linux/memcg_dirty_module.h")
#error "the kernel lacks the memcg-dirty patches: no include/linux/memcg_dirty_module.h"
#endif
#endif

#if !IS_ENABLED(CONFIG_MEMCG_DIRTY_LIMIT)
#error "the kernel is configured without CONFIG_MEMCG_DIRTY_LIMIT"
#endif

/*
 * MODULE_IMPORT_NS() takes a bare word in older kernels and a string in newer
 * ones. Both forms record the same string, which is what this says directly.
 */
#define MEMCG_DIRTY_IMPORT_NS()	MODULE_INFO(import_ns, "MEMCG_DIRTY")

/* Newer kernels have it, and their checkpatch asks for it. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(obj), gfp)
#endif

/* What EXPORT_SYMBOL_IF_KUNIT() exports */
#define MEMCG_DIRTY_IMPORT_KUNIT_NS()	\
	MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING")

#endif /* MEMCG_DIRTY_COMPAT_H */
