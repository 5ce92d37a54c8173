/*
 * C = A * B^T, AVX-512. Panels of 32 rows of B are transposed into a buffer that stays in cache, against which tiles of up to twelve rows
 * of C are held in 24 registers. Every element of C is one chain of fused multiply-adds in ascending k, as in product_avx2.c: it does not
 * matter which tile it falls into, nor which processor or language computes it.
 */
#ifdef __x86_64__
#include "avx512.h"

enum { LANES = 16, PANEL = 2 * LANES, TILE_ROWS = 12, DEPTH = 384 };

/* panel[p][j] = b[j][p] for p < depth, j < columns; columns that are not there are 0. */
AVX512_INLINE void pack(const float *b, ptrdiff_t ldb, int columns, int depth, float *panel) {
    for (int j = 0; j < PANEL; j += LANES) {
        for (int p = 0; p < depth; p += LANES) {
            transpose(b + j * ldb + p, ldb, columns - j, depth - p, panel + (ptrdiff_t) p * PANEL + j, PANEL);
        }
    }
}

/* Some rows of C, 32 columns, those of the masks: continues the chains that stand in c, or starts them. */
AVX512_INLINE void tile(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first,
        const __mmask16 there[2], const int rows) {
    __m512 s[TILE_ROWS][2];
    for (int i = 0; i < rows; i++) {
        for (int h = 0; h < 2; h++) {
            s[i][h] = first ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(there[h], c + i * ldc + LANES * h);
        }
    }
    for (int p = 0; p < depth; p++) {
        __m512 b0 = _mm512_load_ps(panel + (ptrdiff_t) p * PANEL);
        __m512 b1 = _mm512_load_ps(panel + (ptrdiff_t) p * PANEL + LANES);
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            __m512 x = _mm512_set1_ps(a[i * lda + p]);
            s[i][0] = _mm512_fmadd_ps(x, b0, s[i][0]);
            s[i][1] = _mm512_fmadd_ps(x, b1, s[i][1]);
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int h = 0; h < 2; h++) {
            _mm512_mask_storeu_ps(c + i * ldc + LANES * h, there[h], s[i][h]);
        }
    }
}

#define TILE_OF(ROWS)                                                                                                  \
    AVX512 static void tile_##ROWS(                                                                                    \
            const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first,           \
            const __mmask16 *there) {                                                                                  \
        tile(a, lda, panel, c, ldc, depth, first, there, ROWS);                                                        \
    }
TILE_OF(1)
TILE_OF(2)
TILE_OF(3)
TILE_OF(4)
TILE_OF(5)
TILE_OF(6)
TILE_OF(7)
TILE_OF(8)
TILE_OF(9)
TILE_OF(10)
TILE_OF(11)
TILE_OF(12)

typedef void tile_function(const float *, ptrdiff_t, const float *, float *, ptrdiff_t, int, int, const __mmask16 *);

static tile_function *const tile_of[] = {
        tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8, tile_9, tile_10, tile_11, tile_12};

AVX512 static void clear(const struct product *p) {
    for (int i = 0; i < p->m; i++) {
        for (int j = 0; j < p->n; j++) {
            p->c[i * p->ldc + j] = 0;
        }
    }
}

/* The columns of a panel that are there, from lane 16 * half on. */
static __mmask16 half_of(int columns, int half) {
    int count = columns - LANES * half;
    return count >= LANES ? 0xFFFF : count > 0 ? (__mmask16) ((1 << count) - 1) : 0;
}

AVX512 void bitstack_avx512_product(const struct product *p) {
    float panel[PANEL * DEPTH] __attribute__((aligned(64)));
    if (p->k == 0 && !p->continued) {
        clear(p);
    }
    /* Tiles of nearly the same height. */
    int tiles = (p->m + TILE_ROWS - 1) / TILE_ROWS;
    for (int start = 0; start < p->k; start += DEPTH) {
        int depth = p->k - start < DEPTH ? p->k - start : DEPTH;
        for (int j = 0; j < p->n; j += PANEL) {
            int columns = p->n - j < PANEL ? p->n - j : PANEL;
            const __mmask16 there[2] = {half_of(columns, 0), half_of(columns, 1)};
            pack(p->b + j * p->ldb + start, p->ldb, columns, depth, panel);
            for (int i = 0, t = 0; t < tiles; t++) {
                int rows = (p->m - i + tiles - t - 1) / (tiles - t);
                tile_of[rows - 1](
                        p->a + i * p->lda + start, p->lda, panel, p->c + i * p->ldc + j, p->ldc, depth, start == 0 && !p->continued, there);
                i += rows;
            }
        }
    }
}
#endif
