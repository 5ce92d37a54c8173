/* What the AVX2 sources share: the attribute of their functions, which are compiled for AVX2 whatever the rest is compiled for. */
#ifndef AVX2_H
#define AVX2_H

#include "bitstack.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,fma,f16c")))

void bitstack_avx2_prepare(const float *x, const float *scale, int columns, int8_t *quanta, float *units);
/* For kernels that take 512 columns at a time. */
void bitstack_avx2_prepare_wide(const float *x, const float *scale, int columns, int8_t *quanta, float *units);
void bitstack_avx2_decode(const struct planes *w, const float *column_scale, float *out, int from, int to);
void bitstack_avx2_product(const struct product *p);
void bitstack_avx2_side(const float *side, int rank, const float *u, float *y, int from, int to);
void bitstack_avx2_hadamard(float *x, int length, int block);
void bitstack_avx2_attend(const struct attention *a);
void bitstack_avx2_scaled_rows(const struct scaled_rows *s);
void bitstack_avx2_feed_back(const struct feedback *f);
void bitstack_avx2_descend(const struct descent *d);
void bitstack_avx2_choose(const struct coded_block *w);
void bitstack_avx2_missed(const struct coded_block *w, float *out, ptrdiff_t stride, double *squares);

#endif
