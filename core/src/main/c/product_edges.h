/*
 * Tiles of up to six rows for product.h, by tile(a, lda, panel, c, ldc, depth, first, rows) of whoever includes this, which takes whole panels and wants to know
 * the number of rows when it is compiled. EDGES: attributes of a function.
 */
EDGES static void whole_tile_of(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, int rows) {
    switch (rows) {
        case 6:
            tile(a, lda, panel, c, ldc, depth, first, 6);
            return;
        case 5:
            tile(a, lda, panel, c, ldc, depth, first, 5);
            return;
        case 4:
            tile(a, lda, panel, c, ldc, depth, first, 4);
            return;
        case 3:
            tile(a, lda, panel, c, ldc, depth, first, 3);
            return;
        case 2:
            tile(a, lda, panel, c, ldc, depth, first, 2);
            return;
        default:
            tile(a, lda, panel, c, ldc, depth, first, 1);
    }
}

/* A tile at the right edge: computed beside C, of which only the columns that are there are read and written. */
EDGES static void edge_of(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, int rows, int columns) {
    float beside[TILE_ROWS * PANEL] = {0};
    for (int i = 0; i < rows && !first; i++) {
        for (int j = 0; j < columns; j++) {
            beside[i * PANEL + j] = c[i * ldc + j];
        }
    }
    whole_tile_of(a, lda, panel, beside, PANEL, depth, first, rows);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            c[i * ldc + j] = beside[i * PANEL + j];
        }
    }
}

EDGES static void tile_of(
        const float *a, ptrdiff_t lda, const float *panel, float *c, ptrdiff_t ldc, int depth, int first, int rows, int columns) {
    if (columns == PANEL) {
        whole_tile_of(a, lda, panel, c, ldc, depth, first, rows);
    } else {
        edge_of(a, lda, panel, c, ldc, depth, first, rows, columns);
    }
}
