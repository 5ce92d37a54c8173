/* What the NEON sources share: functions for 64-bit ARM with the dot product instructions of ARMv8.2. */
#ifndef NEON_H
#define NEON_H

#include "bitstack.h"

#include <arm_neon.h>

#define NEON __attribute__((target("arch=armv8.2-a+dotprod")))
#define NEON_INLINE static inline __attribute__((always_inline, target("arch=armv8.2-a+dotprod")))

/* Columns of one register of a plane's bits. */
enum { PAIR_WORDS = 2, PAIR_COLUMNS = 128 };

void bitstack_neon_prepare(const float *x, const float *scale, int columns, int8_t *quanta, float *units);
void bitstack_neon_decode(const struct planes *w, const float *column_scale, float *out, int from, int to);
void bitstack_neon_product(const struct product *p);
void bitstack_neon_side(const float *side, int rank, const float *u, float *y, int from, int to);
void bitstack_neon_hadamard(float *x, int length, int block);
void bitstack_neon_attend(const struct attention *a);
void bitstack_neon_scaled_rows(const struct scaled_rows *s);
void bitstack_neon_feed_back(const struct feedback *f);
void bitstack_neon_descend(const struct descent *d);
void bitstack_neon_choose(const struct coded_block *w);
void bitstack_neon_missed(const struct coded_block *w, float *out, ptrdiff_t stride, double *squares);

#endif
