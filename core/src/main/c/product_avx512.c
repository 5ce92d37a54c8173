/* C = A * B^T, AVX-512: tiles of up to twelve rows and 32 columns of C, held in 24 registers. */
#ifdef __x86_64__
#include "avx512.h"

enum { LANES = 16, PANEL = 2 * LANES, TILE_ROWS = 12 };

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

static tile_function *const tiles_by_rows[] = {
        tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8, tile_9, tile_10, tile_11, tile_12};

/* The columns of a panel that are there, from lane 16 * half on. */
static __mmask16 half_of(int columns, int half) {
    int count = columns - LANES * half;
    return count >= LANES ? 0xFFFF : count > 0 ? (__mmask16) ((1 << count) - 1) : 0;
}

AVX512 static void tile_of(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, int rows, int columns) {
    const __mmask16 there[2] = {half_of(columns, 0), half_of(columns, 1)};
    tiles_by_rows[rows - 1](a, lda, panel, c, ldc, depth, first, there);
}

#define PRODUCT AVX512
#define PRODUCT_NAME bitstack_avx512_product
#include "product.h"
#endif
