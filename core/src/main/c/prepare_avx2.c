/*
 * Activations to whole numbers of 8 bits, AVX2, in the order in which planes_avx2.c or planes_avx512.c reads them: within a block of so many
 * words byte `phase` of each word, then the next phase's.
 */
#ifdef __x86_64__
#include "avx2.h"

#include <string.h>

enum { UNIT_COLUMNS = 32, LANES = 8, WIDEST_BLOCK = 512 };

/* The largest magnitude of 32 values as the bits of a float: NaN is above infinity, infinity above all numbers. */
AVX2_INLINE uint32_t magnitude_bits(const __m256 v[4]) {
    const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
    __m256i largest = _mm256_setzero_si256();
    for (int i = 0; i < 4; i++) {
        largest = _mm256_max_epu32(largest, _mm256_and_si256(_mm256_castps_si256(v[i]), magnitude));
    }
    __m128i four = _mm_max_epu32(_mm256_castsi256_si128(largest), _mm256_extracti128_si256(largest, 1));
    four = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0xB1));
    return (uint32_t) _mm_cvtsi128_si32(four);
}

/* The value of one quantum, and the factor that turns values into quanta; 0 for values too small, NaN for NaN and infinity. */
AVX2_INLINE float unit_of(uint32_t largest_bits, float *factor) {
    float largest;
    memcpy(&largest, &largest_bits, sizeof largest);
    *factor = 0;
    if (largest_bits >= 0x7F800000u) {
        return __builtin_nanf("");
    }
    if (largest < 1e-30f) {
        return 0;
    }
    *factor = QUANTUM_LIMIT / largest;
    return largest / QUANTUM_LIMIT;
}

AVX2_INLINE int total_of(const __m256i q[4]) {
    __m256i sums = _mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3]));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return _mm_cvtsi128_si32(four);
}

AVX2_INLINE void store_bytes(const __m256i q[4], int8_t *to) {
    __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    /* Packing worked within 128 bits: groups of four values stand in the order 0 2 4 6 1 3 5 7. */
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256((__m256i *) to, bytes);
}

/* Quantises 32 values. totals: what the quanta and what the rests stand for is added to them. */
AVX2_INLINE float quantise(const __m256 v[4], int8_t *quanta, int8_t *rests, double totals[2]) {
    float factor;
    float unit = unit_of(magnitude_bits(v), &factor);
    __m256i q[4];
    __m256i r[4];
    for (int i = 0; i < 4; i++) {
        /* Of NaN and infinity whatever comes: unit is NaN then. */
        __m256 exact = _mm256_mul_ps(v[i], _mm256_set1_ps(factor));
        q[i] = _mm256_cvtps_epi32(exact);
        __m256 rest = _mm256_sub_ps(exact, _mm256_cvtepi32_ps(q[i]));
        r[i] = _mm256_cvtps_epi32(_mm256_mul_ps(rest, _mm256_set1_ps(RESTS)));
    }
    store_bytes(q, quanta);
    store_bytes(r, rests);
    totals[0] += (double) unit * total_of(q);
    totals[1] += (double) unit / RESTS * total_of(r);
    return unit;
}

/* Byte p of each of sixteen words of eight bytes to 16 bytes from to + p * stride on. */
AVX2_INLINE void by_phase(const int8_t *words, int8_t *to, ptrdiff_t stride) {
    const __m128i interleave = _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    __m128i a[8];
    __m128i b[8];
    for (int i = 0; i < 8; i++) {
        a[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *) (words + 16 * i)), interleave);
    }
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        for (int h = 0; h < 2; h++) {
            a[4 * i + 2 * h] = _mm_unpacklo_epi32(b[4 * i + h], b[4 * i + 2 + h]);
            a[4 * i + 2 * h + 1] = _mm_unpackhi_epi32(b[4 * i + h], b[4 * i + 2 + h]);
        }
    }
    for (int i = 0; i < 4; i++) {
        _mm_storeu_si128((__m128i *) (to + 2 * i * stride), _mm_unpacklo_epi64(a[i], a[4 + i]));
        _mm_storeu_si128((__m128i *) (to + (2 * i + 1) * stride), _mm_unpackhi_epi64(a[i], a[4 + i]));
    }
}

/* Products of x and scale for 32 columns; those that are not there are 0. */
AVX2_INLINE void scaled(const float *x, const float *scale, int count, __m256 v[4]) {
    float rest[2][UNIT_COLUMNS] = {{0}};
    if (count < UNIT_COLUMNS) {
        for (int j = 0; j < count; j++) {
            rest[0][j] = x[j];
            rest[1][j] = scale[j];
        }
        x = rest[0];
        scale = rest[1];
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_mul_ps(_mm256_loadu_ps(x + LANES * i), _mm256_loadu_ps(scale + LANES * i));
    }
}

/* A block of words, or a single one, of natural order to the order of phases. */
AVX2_INLINE void arrange(const int8_t *natural, int8_t *to, const int words) {
    if (words == 1) {
        for (int j = 0; j < WORD_COLUMNS; j++) {
            to[8 * (j % 8) + j / 8] = natural[j];
        }
        return;
    }
    for (int pair = 0; pair < words / 2; pair++) {
        by_phase(natural + 2 * WORD_COLUMNS * pair, to + 16 * pair, 8 * words);
    }
}

AVX2_INLINE void prepare(
        const float *x, const float *scale, int columns, int8_t *quanta, float *units, const int words_of_block) {
    int words = (columns + WORD_COLUMNS - 1) / WORD_COLUMNS;
    int block_words = words / words_of_block * words_of_block;
    double totals[2] = {0, 0};
    int8_t natural[2][WIDEST_BLOCK];
    for (int word = 0; word < words;) {
        int step = word < block_words ? words_of_block : 1;
        for (int part = 0; part < 2 * step; part++) {
            int at = UNIT_COLUMNS * part;
            int first = WORD_COLUMNS * word + at;
            int count = columns - first < UNIT_COLUMNS ? columns - first : UNIT_COLUMNS;
            __m256 v[4];
            scaled(x + (count > 0 ? first : 0), scale + (count > 0 ? first : 0), count, v);
            units[2 * word + part] = quantise(v, natural[0] + at, natural[1] + at, totals);
        }
        arrange(natural[0], quanta + (ptrdiff_t) WORD_COLUMNS * word, step);
        arrange(natural[1], quanta + (ptrdiff_t) WORD_COLUMNS * (words + word), step);
        word += step;
    }
    units[2 * words] = (float) totals[0];
    units[2 * words + 1] = (float) (totals[0] + totals[1]);
}

AVX2 void bitstack_avx2_prepare(const float *x, const float *scale, int columns, int8_t *quanta, float *units) {
    prepare(x, scale, columns, quanta, units, BLOCK_WORDS);
}

AVX2 void bitstack_avx2_prepare_wide(const float *x, const float *scale, int columns, int8_t *quanta, float *units) {
    prepare(x, scale, columns, quanta, units, WIDE_WORDS);
}
#endif
