/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cannot be read in passing is sampled: for all VEs every 10 seconds by work
 * that yields the CPU between two, and for one VE when somebody asks for it alone
 * and the last sample is a second old. So a dump of all costs nothing of it, and a
 * tenant who reads his own file in a loop costs one sample a second. maxheld of
 * such a resource is the highest sample, or what was seen higher in between.
 *
 * What memory.stat says is read as a file (cgroup_file.h), and costs what anybody's
 * reading it costs.
 */
#ifndef VZLITE_SAMPLE_H
#define VZLITE_SAMPLE_H

#include <linux/types.h>

struct vz_ve;

enum vz_sampled {
	VZ_SAMPLED_KERNEL,	/* bytes, all of them */
	VZ_SAMPLED_DCACHE,
	VZ_SAMPLED_ANON,	/* anonymous and unevictable, and what is in swap */
	VZ_SAMPLED_SHMEM,	/* or what System V segments have, if that is more */
	VZ_SAMPLED_SIGNALS,	/* queued signals */
	VZ_SAMPLED_TCPSND,	/* bytes, these too: see socket.h */
	VZ_SAMPLED_TCPRCV,
	VZ_SAMPLED_OTHERSOCK,
	VZ_SAMPLED_DGRAMRCV,

	VZ_SAMPLED_COUNT
};

/* Written under a lock of sample.c, read without. */
struct vz_samples {
	u64 asked;		/* jiffies when one was last asked for */
	bool looked;		/* there was one, or nothing to see */
	u64 taken[VZ_SAMPLED_COUNT];	/* jiffies; 0: none was taken yet */
	u64 held[VZ_SAMPLED_COUNT];
	u64 maxheld[VZ_SAMPLED_COUNT];
	u64 sums[VZ_SAMPLED_COUNT];	/* socket.c's own */
	u64 walk;			/* that they are of */
};

/* A VE has come: take a sample of it in a second, and of all from then on. Caller holds the
 * registry's mutex. */
void vz_sample_start(void);
/* No VE is left. Sleeps. */
void vz_sample_exit(void);

/* See that the sample of @ve, which the caller keeps, or of VE @id, if there is one,
 * is no older than a second. Sleeps. */
void vz_sample_refresh(struct vz_ve *ve);
void vz_sample_refresh_id(u32 id);

/* Those of @mask, a set of enum vz_sampled, are as in @sums now. Does not sleep. */
void vz_sample_publish(struct vz_ve *ve, unsigned long mask, const u64 *sums);

/* Of what is also looked at between samples: @held is, or was, right. Returns maxheld with it. Process
 * context; does not sleep. */
u64 vz_sample_raise(struct vz_ve *ve, enum vz_sampled sampled, u64 held);

/* false: there is none yet. */
bool vz_sample_read(const struct vz_ve *ve, enum vz_sampled sampled, u64 *held, u64 *maxheld,
		    u32 *age);

#endif
