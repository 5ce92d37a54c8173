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
void bitstack_avx512_feed_back(const struct feedback *f);
void bitstack_avx512_descend(const struct descent *d);
void bitstack_avx512_choose(const struct coded_block *w);
void bitstack_avx512_missed(const struct coded_block *w, float *out, ptrdiff_t stride, double *squares);
void bitstack_avx512_side(const float *side, int rank, const float *u, float *y, int from, int to);

/* Bits of set where the mask has ones, bits of clear elsewhere. */
AVX512_INLINE __m512i pick(__m512i mask, __m512i set, __m512i clear) {
    return _mm512_ternarylogic_epi64(mask, set, clear, 0xCA);
}

/* Sixteen floats of each of sixteen rows, transposed; rows that are not there are 0, and so are elements from depth on. */
AVX512_INLINE void transpose(const float *from, ptrdiff_t stride, int rows, int depth, float *to, ptrdiff_t to_stride) {
    enum { LANES = 16 };
    const __mmask16 there = depth >= LANES ? 0xFFFF : (__mmask16) ((1 << depth) - 1);
    __m512 r[LANES];
    __m512 t[LANES];
    for (int i = 0; i < LANES; i++) {
        r[i] = i < rows ? _mm512_maskz_loadu_ps(there, from + i * stride) : _mm512_setzero_ps();
    }
    for (int i = 0; i < LANES; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4) {
        for (int h = 0; h < 2; h++) {
            __m512d a = _mm512_castps_pd(t[i + h]);
            __m512d b = _mm512_castps_pd(t[i + 2 + h]);
            r[i + 2 * h] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            r[i + 2 * h + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    }
    /* Lane l of r[4g + e] holds element 4l + e of rows 4g to 4g + 3. */
    for (int e = 0; e < 4; e++) {
        __m512 even01 = _mm512_shuffle_f32x4(r[e], r[4 + e], 0x88);
        __m512 odd01 = _mm512_shuffle_f32x4(r[e], r[4 + e], 0xDD);
        __m512 even23 = _mm512_shuffle_f32x4(r[8 + e], r[12 + e], 0x88);
        __m512 odd23 = _mm512_shuffle_f32x4(r[8 + e], r[12 + e], 0xDD);
        t[e] = _mm512_shuffle_f32x4(even01, even23, 0x88);
        t[4 + e] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
        t[8 + e] = _mm512_shuffle_f32x4(even01, even23, 0xDD);
        t[12 + e] = _mm512_shuffle_f32x4(odd01, odd23, 0xDD);
    }
    for (int i = 0; i < LANES; i++) {
        _mm512_storeu_ps(to + to_stride * i, t[i]);
    }
}

#endif
