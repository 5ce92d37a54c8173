/* C = A * B^T, AVX2: tiles of up to six rows and 16 columns of C, held in twelve registers. */
#ifdef __x86_64__
#include "avx2.h"

enum { PANEL = 16, TILE_ROWS = 6 };

/* Eight floats of each of eight rows, transposed. */
AVX2_INLINE void transpose_8x8(const float *from, ptrdiff_t stride, float *to, ptrdiff_t to_stride) {
    __m256 r[8];
    __m256 t[8];
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_insertf128_ps(
                _mm256_castps128_ps256(_mm_loadu_ps(from + i * stride)), _mm_loadu_ps(from + (i + 4) * stride), 1);
        r[i + 4] = _mm256_insertf128_ps(
                _mm256_castps128_ps256(_mm_loadu_ps(from + i * stride + 4)), _mm_loadu_ps(from + (i + 4) * stride + 4), 1);
    }
    for (int h = 0; h < 8; h += 4) {
        t[h] = _mm256_unpacklo_ps(r[h], r[h + 1]);
        t[h + 1] = _mm256_unpackhi_ps(r[h], r[h + 1]);
        t[h + 2] = _mm256_unpacklo_ps(r[h + 2], r[h + 3]);
        t[h + 3] = _mm256_unpackhi_ps(r[h + 2], r[h + 3]);
        _mm256_storeu_ps(to + h * to_stride, _mm256_shuffle_ps(t[h], t[h + 2], 0x44));
        _mm256_storeu_ps(to + (h + 1) * to_stride, _mm256_shuffle_ps(t[h], t[h + 2], 0xEE));
        _mm256_storeu_ps(to + (h + 2) * to_stride, _mm256_shuffle_ps(t[h + 1], t[h + 3], 0x44));
        _mm256_storeu_ps(to + (h + 3) * to_stride, _mm256_shuffle_ps(t[h + 1], t[h + 3], 0xEE));
    }
}

/* panel[p][j] = b[j][p] for p < depth, j < columns; columns that are not there are 0. */
AVX2_INLINE void pack(const float *b, ptrdiff_t ldb, int columns, int depth, float *panel) {
    int j = 0;
    for (; j + 8 <= columns; j += 8) {
        int p = 0;
        for (; p + 8 <= depth; p += 8) {
            transpose_8x8(b + j * ldb + p, ldb, panel + (ptrdiff_t) p * PANEL + j, PANEL);
        }
        for (; p < depth; p++) {
            for (int i = 0; i < 8; i++) {
                panel[(ptrdiff_t) p * PANEL + j + i] = b[(j + i) * ldb + p];
            }
        }
    }
    for (; j < PANEL; j++) {
        for (int p = 0; p < depth; p++) {
            panel[(ptrdiff_t) p * PANEL + j] = j < columns ? b[j * ldb + p] : 0;
        }
    }
}

/* Some rows of C, 16 columns: continues the chains that stand in c, or starts them. */
AVX2_INLINE void tile(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, const int rows) {
    __m256 s[TILE_ROWS][2];
    for (int i = 0; i < rows; i++) {
        s[i][0] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(c + i * ldc);
        s[i][1] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(c + i * ldc + 8);
    }
    for (int p = 0; p < depth; p++) {
        __m256 b0 = _mm256_loadu_ps(panel + (ptrdiff_t) p * PANEL);
        __m256 b1 = _mm256_loadu_ps(panel + (ptrdiff_t) p * PANEL + 8);
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++) {
            __m256 x = _mm256_broadcast_ss(a + i * lda + p);
            s[i][0] = _mm256_fmadd_ps(x, b0, s[i][0]);
            s[i][1] = _mm256_fmadd_ps(x, b1, s[i][1]);
        }
    }
    for (int i = 0; i < rows; i++) {
        _mm256_storeu_ps(c + i * ldc, s[i][0]);
        _mm256_storeu_ps(c + i * ldc + 8, s[i][1]);
    }
}

#define EDGES AVX2
#include "product_edges.h"

#define PRODUCT AVX2
#define PRODUCT_NAME bitstack_avx2_product
#include "product.h"
#endif
