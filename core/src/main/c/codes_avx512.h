/*
 * Bits of planes to codes of columns, for 512 columns at a time. Codes are looked up by their lowest bits alone, so whatever stands above
 * them in a byte or nibble is left there.
 */
#ifndef CODES_AVX512_H
#define CODES_AVX512_H

#include "avx512.h"

/* Exchanges the bits of lo above the mask's with those of hi below: one step of transposing a matrix of bits. */
#define EXCHANGE(lo, hi, shift, mask)                                                                                  \
    do {                                                                                                               \
        __m512i below = pick(mask, lo, _mm512_slli_epi64(hi, shift));                                                  \
        hi = pick(mask, _mm512_srli_epi64(lo, shift), hi);                                                             \
        lo = below;                                                                                                    \
    } while (0)

/* Planes b[0 .. count), the least significant first: afterwards nibble i of r[k] ends with the code of column 4i + k. */
AVX512_INLINE void nibbles(const __m512i *b, const int count, __m512i r[4]) {
    const __m512i odd = _mm512_set1_epi8(0x55);
    const __m512i pairs = _mm512_set1_epi8(0x33);
    if (count == 1) {
        for (int k = 0; k < 4; k++) {
            r[k] = _mm512_srli_epi64(b[0], k);
        }
        return;
    }
    r[0] = b[0];
    r[1] = b[1];
    EXCHANGE(r[0], r[1], 1, odd);
    if (count == 2) {
        r[2] = _mm512_srli_epi64(r[0], 2);
        r[3] = _mm512_srli_epi64(r[1], 2);
        return;
    }
    r[2] = b[2];
    if (count == 3) {
        r[3] = _mm512_srli_epi64(b[2], 1);
    } else {
        r[3] = b[3];
        EXCHANGE(r[2], r[3], 1, odd);
    }
    EXCHANGE(r[0], r[2], 2, pairs);
    EXCHANGE(r[1], r[3], 2, pairs);
}

/*
 * The codes of 512 columns, byte b of code[phase] ending with that of column 8b + phase. bits: most significant plane first. The bits of a
 * seventh and eighth plane are not the lowest but bits 6 and 7.
 */
AVX512_INLINE void codes_by_phase(const __m512i *bits, const int level, __m512i code[8]) {
    const int first = level < 6 ? level : 6;
    const int lower = level < 4 ? level : 4;
    const int upper = level - lower;
    __m512i low[4];
    for (int b = 0; b < lower; b++) {
        low[b] = bits[first - 1 - b];
    }
    nibbles(low, lower, code);
    for (int k = 0; k < 4; k++) {
        /* A shift, made by the unit for shuffles for half of them: the other one has more to do. */
        const __m512i by_four = _mm512_set1_epi64(0x3C342C241C140C04);
        code[4 + k] = upper == 0 && (k & 1) ? _mm512_multishift_epi64_epi8(by_four, code[k]) : _mm512_srli_epi64(code[k], 4);
    }
    if (upper > 0) {
        const __m512i bottom = _mm512_set1_epi8(0x0F);
        __m512i high[4];
        __m512i more[4];
        for (int b = 0; b < upper; b++) {
            high[b] = b < first - lower ? bits[first - lower - 1 - b] : bits[lower + b];
        }
        nibbles(high, upper, more);
        for (int k = 0; k < 4; k++) {
            code[k] = pick(bottom, code[k], _mm512_slli_epi64(more[k], 4));
            code[4 + k] = pick(bottom, code[4 + k], more[k]);
        }
    }
}

#endif
