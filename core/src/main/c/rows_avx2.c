/* Sums of scaled rows, AVX2: up to 64 columns of a row of C stay in registers while all that is added to them is. */
#ifdef __x86_64__
#include "avx2.h"

enum { LANES = 8, MOST_VECTORS = 8 };

AVX2_INLINE void columns_of(const struct scaled_rows *s, int column, const int vectors) {
    for (int i = 0; i < s->rows; i++) {
        float *c = s->c + i * s->ldc + column;
        __m256 sum[MOST_VECTORS];
        for (int v = 0; v < vectors; v++) {
            sum[v] = _mm256_loadu_ps(c + LANES * v);
        }
        for (int p = s->first[i]; p < s->end[i]; p++) {
            const float *b = s->b + s->index[p] * s->ldb + column;
            const __m256 factor = _mm256_set1_ps(s->factor[p]);
#pragma GCC unroll 8
            for (int v = 0; v < vectors; v++) {
                sum[v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(b + LANES * v), sum[v]);
            }
        }
        for (int v = 0; v < vectors; v++) {
            _mm256_storeu_ps(c + LANES * v, sum[v]);
        }
    }
}

/* The columns that do not fill a register. */
AVX2 static void last_columns(const struct scaled_rows *s, int column) {
    for (int i = 0; i < s->rows; i++) {
        float *c = s->c + i * s->ldc;
        for (int p = s->first[i]; p < s->end[i]; p++) {
            const float *b = s->b + s->index[p] * s->ldb;
            for (int j = column; j < s->columns; j++) {
                c[j] = __builtin_fmaf(s->factor[p], b[j], c[j]);
            }
        }
    }
}

AVX2 void bitstack_avx2_scaled_rows(const struct scaled_rows *s) {
    int j = 0;
    for (; j + 8 * LANES <= s->columns; j += 8 * LANES) {
        columns_of(s, j, 8);
    }
    if (j + 4 * LANES <= s->columns) {
        columns_of(s, j, 4);
        j += 4 * LANES;
    }
    for (; j + LANES <= s->columns; j += LANES) {
        columns_of(s, j, 1);
    }
    if (j < s->columns) {
        last_columns(s, j);
    }
}
#endif
