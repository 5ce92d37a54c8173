/*
 * C = A * B^T for whichever instruction set includes this: PANEL rows of B, DEPTH columns at a time, are transposed into a panel, which stays in the first cache
 * while the rows of A pass it, a tile at a time. Where A and C do not stay in the second cache, panels are taken together in a block of BLOCK rows of B, which
 * stays there instead while each tile of A, in the first one, passes all of them: what is read of A is used for all rows of a block. Every element of C is one
 * chain of fused multiply-adds in ascending k, whatever tile it falls into: the same bits on any processor, and in any language.
 *
 * The file that includes this defines PRODUCT (attributes of a function), PRODUCT_NAME, the numbers PANEL and TILE_ROWS, and:
 *   pack(b, ldb, columns, depth, panel): panel[p][j] = b[j][p] for p < depth, j < columns; columns that are not there are 0
 *   tile_of(a, lda, panel, c, ldc, depth, first, rows, columns): some rows and columns of C, continuing the chains that stand there, or starting them
 */
enum { BLOCK = PANEL_FLOATS / DEPTH };

/* From so many rows of A, and so many floats from the first to the last row of C, a block earns back that it leaves the first cache before it is used. */
enum { MANY_ROWS = 128, FAR_FLOATS = 1 << 20 };

/* Asks for a tile of C, which is reached by rows that are far apart: the processor does not foresee that. */
static inline __attribute__((always_inline)) void ask_for(const float *c, ptrdiff_t ldc, int rows) {
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < PANEL; j += 16) {
            __builtin_prefetch(c + i * ldc + j, 1);
        }
    }
}

/* Columns [from, end) of C, and of its sums what columns [start, start + depth) of A and B add. */
PRODUCT static void add_block(const struct product *p, int start, int depth, int from, int end) {
    const int first = start == 0 && !p->continued;
    for (int j = from; j < end; j += PANEL) {
        pack(p->b + j * p->ldb + start, p->ldb, end - j < PANEL ? end - j : PANEL, depth, bitstack_panels + (ptrdiff_t) (j - from) * depth);
    }
    /* Tiles of nearly the same height. */
    const int tiles = (p->m + TILE_ROWS - 1) / TILE_ROWS;
    for (int i = 0, t = 0; t < tiles; t++) {
        const int rows = (p->m - i + tiles - t - 1) / (tiles - t);
        float *c = p->c + i * p->ldc;
        for (int j = from; j < end; j += PANEL) {
            const int columns = end - j < PANEL ? end - j : PANEL;
            if (j + PANEL < end) {
                ask_for(c + j + PANEL, p->ldc, rows);
            }
            tile_of(p->a + i * p->lda + start, p->lda, bitstack_panels + (ptrdiff_t) (j - from) * depth, c + j, p->ldc, depth, first, rows, columns);
        }
        i += rows;
    }
}

PRODUCT void PRODUCT_NAME(const struct product *p) {
    for (int i = 0; i < p->m && p->k == 0 && !p->continued; i++) {
        for (int j = 0; j < p->n; j++) {
            p->c[i * p->ldc + j] = 0;
        }
    }
    const int width = p->m >= MANY_ROWS && p->m * p->ldc >= FAR_FLOATS ? BLOCK : PANEL;
    for (int start = 0; start < p->k; start += DEPTH) {
        const int depth = p->k - start < DEPTH ? p->k - start : DEPTH;
        for (int j = 0; j < p->n; j += width) {
            add_block(p, start, depth, j, p->n - j < width ? p->n : j + width);
        }
    }
}
