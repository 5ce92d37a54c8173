/* The side branch, AVX-512: sixteen rows at a time. */
#ifdef __x86_64__
#include "avx512.h"

enum { LANES = 16 };

/* The same element of sixteen rows of four, transposed: rows are `rank` floats apart. */
AVX512_INLINE void four_columns(const float *side, int rank, __m512 column[4]) {
    __m512 r[4];
    for (int g = 0; g < 4; g++) {
        const float *row = side + (ptrdiff_t) g * rank;
        __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(row));
        v = _mm512_insertf32x4(v, _mm_loadu_ps(row + (ptrdiff_t) 4 * rank), 1);
        v = _mm512_insertf32x4(v, _mm_loadu_ps(row + (ptrdiff_t) 8 * rank), 2);
        r[g] = _mm512_insertf32x4(v, _mm_loadu_ps(row + (ptrdiff_t) 12 * rank), 3);
    }
    __m512 low01 = _mm512_unpacklo_ps(r[0], r[1]);
    __m512 high01 = _mm512_unpackhi_ps(r[0], r[1]);
    __m512 low23 = _mm512_unpacklo_ps(r[2], r[3]);
    __m512 high23 = _mm512_unpackhi_ps(r[2], r[3]);
    column[0] = _mm512_shuffle_ps(low01, low23, 0x44);
    column[1] = _mm512_shuffle_ps(low01, low23, 0xEE);
    column[2] = _mm512_shuffle_ps(high01, high23, 0x44);
    column[3] = _mm512_shuffle_ps(high01, high23, 0xEE);
}

/* Sixteen rows at a time, each the chain of multiply-adds of small_avx2.c. */
AVX512 void bitstack_avx512_side(const float *side, int rank, const float *u, float *y, int from, int to) {
    int i = from;
    for (; rank % 4 == 0 && i + LANES <= to; i += LANES) {
        __m512 sum = _mm512_loadu_ps(y + i);
        for (int q = 0; q < rank; q += 4) {
            __m512 column[4];
            four_columns(side + (ptrdiff_t) i * rank + q, rank, column);
            for (int e = 0; e < 4; e++) {
                sum = _mm512_fmadd_ps(column[e], _mm512_set1_ps(u[q + e]), sum);
            }
        }
        _mm512_storeu_ps(y + i, sum);
    }
    bitstack_avx2_side(side, rank, u, y, i, to);
}
#endif
