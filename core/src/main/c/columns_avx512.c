/* Choosing the codes of a block of columns, AVX-512: two registers for the rows of a strip. */
#ifdef __x86_64__
#include "avx512.h"

enum { STRIP = 32, LANES = 16 };

/* Sixteen rows and columns at a time. */
AVX512_INLINE void columns_in(const float *from, ptrdiff_t stride, const int rows, int width, float to[][STRIP]) {
    for (int j = 0; j < width; j += LANES) {
        for (int l = 0; l < STRIP; l += LANES) {
            transpose(from + l * stride + j, stride, rows - l, width - j, &to[j][l], STRIP);
        }
    }
}

AVX512_INLINE void columns_out(float from[][STRIP], const int rows, int width, float *to, ptrdiff_t stride) {
    float beside[LANES * LANES];
    for (int j = 0; j < width; j += LANES) {
        const int columns = width - j < LANES ? width - j : LANES;
        for (int l = 0; l < rows; l += LANES) {
            const int count = rows - l < LANES ? rows - l : LANES;
            if (count == LANES && columns == LANES) {
                transpose(&from[j][l], STRIP, LANES, LANES, to + l * stride + j, stride);
                continue;
            }
            transpose(&from[j][l], STRIP, columns, LANES, beside, LANES);
            for (int i = 0; i < count; i++) {
                for (int e = 0; e < columns; e++) {
                    to[(l + i) * stride + j + e] = beside[i * LANES + e];
                }
            }
        }
    }
}

AVX512_INLINE void look_up(const float *table, int entries, const int32_t *index, float *out) {
    for (int l = 0; l < STRIP; l += LANES) {
        const __m512i at = _mm512_loadu_si512(index + l);
        __m512 found;
        if (entries <= LANES) {
            found = _mm512_permutexvar_ps(at, _mm512_loadu_ps(table));
        } else if (entries <= 2 * LANES) {
            found = _mm512_permutex2var_ps(_mm512_loadu_ps(table), at, _mm512_loadu_ps(table + LANES));
        } else {
            found = _mm512_i32gather_ps(at, table, sizeof(float));
        }
        _mm512_storeu_ps(out + l, found);
    }
}

AVX512_INLINE uint32_t differing(const int32_t *a, const int32_t *b) {
    const uint32_t low = _mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
    const uint32_t high = _mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a + LANES), _mm512_loadu_si512(b + LANES));
    return low | high << LANES;
}

#define COLUMNS AVX512
#define COLUMNS_INLINE AVX512_INLINE
#define COLUMNS_NAME(NAME) bitstack_avx512_##NAME
#include "columns.h"
#endif
