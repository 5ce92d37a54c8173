/* Bits of planes to codes of columns, for 256 bits at a time. */
#ifndef PLANES_AVX2_H
#define PLANES_AVX2_H

#include "avx2.h"

/* Exchanges the bits of lo above the mask's with those of hi below: one step of transposing a matrix of bits. */
#define EXCHANGE(lo, hi, shift, mask)                                                                                  \
    do {                                                                                                               \
        __m256i differing = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi64(lo, shift), hi), mask);                \
        hi = _mm256_xor_si256(hi, differing);                                                                          \
        lo = _mm256_xor_si256(lo, _mm256_slli_epi64(differing, shift));                                                \
    } while (0)

/* Four registers of bits, r[b] holding bit b of each code: afterwards nibble i of r[k] is the code of column 4i + k. */
AVX2_INLINE void to_nibbles(__m256i r[4]) {
    const __m256i odd = _mm256_set1_epi8(0x55);
    const __m256i pairs = _mm256_set1_epi8(0x33);
    EXCHANGE(r[0], r[1], 1, odd);
    EXCHANGE(r[2], r[3], 1, odd);
    EXCHANGE(r[0], r[2], 2, pairs);
    EXCHANGE(r[1], r[3], 2, pairs);
}

/* The codes' four low bits of the columns 8b + phase, one to byte b. */
AVX2_INLINE __m256i nibbles_of_phase(const __m256i r[4], const int phase) {
    const __m256i low = _mm256_set1_epi8(0x0F);
    __m256i both = r[phase & 3];
    return _mm256_and_si256(phase < 4 ? both : _mm256_srli_epi16(both, 4), low);
}

#endif
