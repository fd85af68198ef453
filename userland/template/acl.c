// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

#include "template/acl.h"
#include "util.h"

static const struct {
	unsigned int kernel;
	int tag;
	bool has_id;
} tags[] = {
	{ ACL_USER_OBJ, ARCHIVE_ENTRY_ACL_USER_OBJ, false },
	{ ACL_USER, ARCHIVE_ENTRY_ACL_USER, true },
	{ ACL_GROUP_OBJ, ARCHIVE_ENTRY_ACL_GROUP_OBJ, false },
	{ ACL_GROUP, ARCHIVE_ENTRY_ACL_GROUP, true },
	{ ACL_MASK, ARCHIVE_ENTRY_ACL_MASK, false },
	{ ACL_OTHER, ARCHIVE_ENTRY_ACL_OTHER, false },
};

static const struct {
	const char *xattr;
	int type;
} kinds[] = {
	{ "system.posix_acl_access", ARCHIVE_ENTRY_ACL_TYPE_ACCESS },
	{ "system.posix_acl_default", ARCHIVE_ENTRY_ACL_TYPE_DEFAULT },
};

/* 0: @name is none of them. */
static int kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].xattr, name))
			return kinds[i].type;
	return 0;
}

static int add_item(struct archive_entry *entry, int type, const struct posix_acl_xattr_entry *item)
{
	unsigned int tag = le16toh(item->e_tag), perm = le16toh(item->e_perm);
	uint32_t id = le32toh(item->e_id);

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (tags[i].kernel != tag)
			continue;
		if (perm > 7 || (tags[i].has_id && id > INT32_MAX))
			return -1;
		/* Permissions are the same bits to both. */
		return archive_entry_acl_add_entry(entry, type, perm, tags[i].tag,
						   tags[i].has_id ? (int)id : -1, NULL) == ARCHIVE_OK ? 0 : -1;
	}
	return -1;
}

static int add_xattr(struct archive_entry *entry, int type, const char *value, size_t size)
{
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry item;

	if (size < sizeof(header) || (size - sizeof(header)) % sizeof(item))
		return -1;
	memcpy(&header, value, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -1;
	for (size_t at = sizeof(header); at < size; at += sizeof(item)) {
		memcpy(&item, value + at, sizeof(item));
		if (add_item(entry, type, &item))
			return -1;
	}
	return 0;
}

static int take_xattrs(struct archive_entry *entry)
{
	const char *name;
	const void *value;
	bool first = true;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		int type = kind_of(name);

		if (!type)
			continue;
		/* tar --acls --xattrs writes it both ways. */
		if (first)
			archive_entry_acl_clear(entry);
		first = false;
		if (add_xattr(entry, type, value, size))
			return -1;
	}
	return 0;
}

int acl_by_number(struct archive_entry *entry, char *why, size_t size)
{
	int type, perm, tag, id;
	const char *name;

	if (take_xattrs(entry)) {
		snprintf(why, size, "its ACL is damaged");
		return -1;
	}
	archive_entry_acl_reset(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
	while (archive_entry_acl_next(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
				      &type, &perm, &tag, &id, &name) == ARCHIVE_OK) {
		if ((tag != ARCHIVE_ENTRY_ACL_USER && tag != ARCHIVE_ENTRY_ACL_GROUP) || id >= 0)
			continue;
		snprintf(why, size, "its ACL names the %s %.80s without a number (pack with tar --xattrs "
			 "--xattrs-include='*', or import the directory)",
			 tag == ARCHIVE_ENTRY_ACL_USER ? "user" : "group", name ? name : "?");
		return -1;
	}
	return 0;
}
