/* C = A * B^T, NEON: tiles of up to six rows and 16 columns of C, held in 24 registers. */
#ifdef __aarch64__
#include "neon.h"

#include <string.h>

enum { LANES = 4, PANEL = 4 * LANES, TILE_ROWS = 6 };

/* panel[p][j] = b[j][p] for p < depth, j < columns; columns that are not there are 0. */
NEON_INLINE void pack(const float *b, ptrdiff_t ldb, int columns, int depth, float *panel) {
    for (int j = 0; j < PANEL; j++) {
        for (int p = 0; p < depth; p++) {
            panel[(ptrdiff_t) p * PANEL + j] = j < columns ? b[j * ldb + p] : 0;
        }
    }
}

/* Some rows of C, 16 columns: continues the chains that stand in c, or starts them. */
NEON_INLINE void tile(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, const int rows) {
    float32x4_t s[TILE_ROWS][4];
    for (int i = 0; i < rows; i++) {
        for (int h = 0; h < 4; h++) {
            s[i][h] = first ? vdupq_n_f32(0) : vld1q_f32(c + i * ldc + LANES * h);
        }
    }
    for (int p = 0; p < depth; p++) {
        float32x4_t b[4];
        for (int h = 0; h < 4; h++) {
            b[h] = vld1q_f32(panel + (ptrdiff_t) p * PANEL + LANES * h);
        }
        for (int i = 0; i < rows; i++) {
            float32x4_t x = vld1q_dup_f32(a + i * lda + p);
            for (int h = 0; h < 4; h++) {
                s[i][h] = vfmaq_f32(s[i][h], x, b[h]);
            }
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int h = 0; h < 4; h++) {
            vst1q_f32(c + i * ldc + LANES * h, s[i][h]);
        }
    }
}

#define EDGES NEON
#include "product_edges.h"

#define PRODUCT NEON
#define PRODUCT_NAME bitstack_neon_product
#include "product.h"
#endif
