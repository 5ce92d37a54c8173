/*
 * What the AVX-512 sources share: the attribute of their functions, which are compiled for these instructions whatever the rest is compiled
 * for, and the choice of bits by a mask.
 */
#ifndef AVX512_H
#define AVX512_H

#include "avx2.h"

#define AVX512_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,avx2,fma,f16c"
#define AVX512 __attribute__((target(AVX512_TARGET)))
#define AVX512_INLINE static inline __attribute__((always_inline, target(AVX512_TARGET)))

void bitstack_avx512_decode(const struct planes *w, const float *column_scale, float *out, int from, int to);
void bitstack_avx512_product(const struct product *p);
void bitstack_avx512_attend(const struct attention *a);
void bitstack_avx512_scaled_rows(const struct scaled_rows *s);
void bitstack_avx512_side(const float *side, int rank, const float *u, float *y, int from, int to);

/* Bits of set where the mask has ones, bits of clear elsewhere. */
AVX512_INLINE __m512i pick(__m512i mask, __m512i set, __m512i clear) {
    return _mm512_ternarylogic_epi64(mask, set, clear, 0xCA);
}

#endif
