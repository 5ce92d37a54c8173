/* What columns.h asks for, in plain loops, for COLUMNS_INLINE of whoever includes this. */
enum { STRIP = 32 };

COLUMNS_INLINE void columns_in(const float *from, ptrdiff_t stride, const int rows, int width, float to[][STRIP]) {
    for (int j = 0; j < width; j++) {
        for (int l = 0; l < STRIP; l++) {
            to[j][l] = l < rows ? from[l * stride + j] : 0;
        }
    }
}

COLUMNS_INLINE void columns_out(float from[][STRIP], const int rows, int width, float *to, ptrdiff_t stride) {
    for (int l = 0; l < rows; l++) {
        for (int j = 0; j < width; j++) {
            to[l * stride + j] = from[j][l];
        }
    }
}

COLUMNS_INLINE void look_up(const float *table, int entries, const int32_t *index, float *out) {
    (void) entries;
    for (int l = 0; l < STRIP; l++) {
        out[l] = table[index[l]];
    }
}

COLUMNS_INLINE uint32_t differing(const int32_t *a, const int32_t *b) {
    uint32_t bits = 0;
    for (int l = 0; l < STRIP; l++) {
        bits |= (uint32_t) (a[l] != b[l]) << l;
    }
    return bits;
}
