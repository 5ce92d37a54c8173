/* The short loops around the matrices, AVX2: element for element what the Java providers compute. */
#ifdef __x86_64__
#include "avx2.h"

#include <math.h>

AVX2_INLINE void side_of(const float *side, const float *u, float *y, int from, int to, const int rank) {
    for (int i = from; i < to; i++) {
        float sum = y[i];
        for (int q = 0; q < rank; q++) {
            sum = __builtin_fmaf(side[(ptrdiff_t) i * rank + q], u[q], sum);
        }
        y[i] = sum;
    }
}

AVX2 void bitstack_avx2_side(const float *side, int rank, const float *u, float *y, int from, int to) {
    switch (rank) {
        case 4:
            side_of(side, u, y, from, to, 4);
            return;
        case 8:
            side_of(side, u, y, from, to, 8);
            return;
        default:
            side_of(side, u, y, from, to, rank);
    }
}

/* x with the signs of the lanes of flips, plus x with its lanes exchanged: sums in the lower lane of each pair, differences above. */
AVX2_INLINE __m256 butterfly(__m256 x, __m256 exchanged, __m256 flips) {
    return _mm256_add_ps(exchanged, _mm256_xor_ps(x, flips));
}

AVX2_INLINE void within_lanes(float *x, int length) {
    const __m256 ones = _mm256_castsi256_ps(_mm256_setr_epi32(0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN));
    const __m256 twos = _mm256_castsi256_ps(_mm256_setr_epi32(0, 0, INT32_MIN, INT32_MIN, 0, 0, INT32_MIN, INT32_MIN));
    const __m256 fours = _mm256_castsi256_ps(_mm256_setr_epi32(0, 0, 0, 0, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN));
    for (int i = 0; i < length; i += 8) {
        __m256 v = _mm256_loadu_ps(x + i);
        v = butterfly(v, _mm256_permute_ps(v, 0xB1), ones);
        v = butterfly(v, _mm256_permute_ps(v, 0x4E), twos);
        v = butterfly(v, _mm256_permute2f128_ps(v, v, 1), fours);
        _mm256_storeu_ps(x + i, v);
    }
}

AVX2 void bitstack_avx2_hadamard(float *x, int length, int block) {
    __m256 scale = _mm256_set1_ps((float) (1 / sqrt(block)));
    for (float *end = x + length; x < end; x += block) {
        within_lanes(x, block);
        for (int half = 8; half < block; half *= 2) {
            for (int pair = 0; pair < block; pair += 2 * half) {
                for (int i = pair; i < pair + half; i += 8) {
                    __m256 low = _mm256_loadu_ps(x + i);
                    __m256 high = _mm256_loadu_ps(x + i + half);
                    _mm256_storeu_ps(x + i, _mm256_add_ps(low, high));
                    _mm256_storeu_ps(x + i + half, _mm256_sub_ps(low, high));
                }
            }
        }
        for (int i = 0; i < block; i += 8) {
            _mm256_storeu_ps(x + i, _mm256_mul_ps(_mm256_loadu_ps(x + i), scale));
        }
    }
}
#endif
