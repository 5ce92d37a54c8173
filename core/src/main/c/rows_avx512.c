/* Sums of scaled rows, AVX-512: 128 columns of a row of C stay in eight registers while all that is added to them is. */
#ifdef __x86_64__
#include "avx512.h"

enum { LANES = 16, MOST_VECTORS = 8 };

/* Some columns of every row: whole registers but for the last, of which the lanes of the mask. */
AVX512_INLINE void columns_of(const struct scaled_rows *s, int column, __mmask16 last, const int vectors) {
    for (int i = 0; i < s->rows; i++) {
        if (s->first[i] >= s->end[i]) {
            continue;
        }
        float *c = s->c + i * s->ldc + column;
        __m512 sum[MOST_VECTORS];
        for (int v = 0; v < vectors; v++) {
            sum[v] = _mm512_maskz_loadu_ps(v == vectors - 1 ? last : 0xFFFF, c + LANES * v);
        }
        for (int p = s->first[i]; p < s->end[i]; p++) {
            const float *b = s->b + s->index[p] * s->ldb + column;
            const __m512 factor = _mm512_set1_ps(s->factor[p]);
#pragma GCC unroll 8
            for (int v = 0; v < vectors - 1; v++) {
                sum[v] = _mm512_fmadd_ps(factor, _mm512_loadu_ps(b + LANES * v), sum[v]);
            }
            sum[vectors - 1] =
                    _mm512_fmadd_ps(factor, _mm512_maskz_loadu_ps(last, b + LANES * (vectors - 1)), sum[vectors - 1]);
        }
        for (int v = 0; v < vectors; v++) {
            _mm512_mask_storeu_ps(c + LANES * v, v == vectors - 1 ? last : 0xFFFF, sum[v]);
        }
    }
}

#define COLUMNS_OF(VECTORS)                                                                                            \
    AVX512 static void columns_##VECTORS(const struct scaled_rows *s, int column, __mmask16 last) {                    \
        columns_of(s, column, last, VECTORS);                                                                          \
    }
COLUMNS_OF(1)
COLUMNS_OF(2)
COLUMNS_OF(3)
COLUMNS_OF(4)
COLUMNS_OF(5)
COLUMNS_OF(6)
COLUMNS_OF(7)
COLUMNS_OF(8)

AVX512 void bitstack_avx512_scaled_rows(const struct scaled_rows *s) {
    static void (*const of[])(const struct scaled_rows *, int, __mmask16) = {
            columns_1, columns_2, columns_3, columns_4, columns_5, columns_6, columns_7, columns_8};
    for (int j = 0; j < s->columns; j += LANES * MOST_VECTORS) {
        int rest = s->columns - j;
        int vectors = rest >= LANES * MOST_VECTORS ? MOST_VECTORS : (rest + LANES - 1) / LANES;
        int lanes = rest - LANES * (vectors - 1);
        of[vectors - 1](s, j, lanes >= LANES ? 0xFFFF : (__mmask16) ((1 << lanes) - 1));
    }
}
#endif
