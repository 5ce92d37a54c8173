/* Sign planes to floats, AVX-512: codes of 64 columns in their own order, then the table's entries times the two scales. */
#ifdef __x86_64__
#include "avx512.h"

#include <string.h>

enum { LANES = 16 };

/* A table of 2^level floats in registers, small ones repeated until one is full. */
struct entries {
    __m512 part[16];
};

AVX512_INLINE __m512 pair(const struct entries *t, const int first, __m512i codes) {
    return _mm512_permutex2var_ps(t->part[first], codes, t->part[first + 1]);
}

AVX512_INLINE __m512 four(const struct entries *t, const int first, __m512i codes) {
    return _mm512_mask_mov_ps(
            pair(t, first, codes), _mm512_test_epi32_mask(codes, _mm512_set1_epi32(32)), pair(t, first + 2, codes));
}

/* From memory where registers do not suffice. */
AVX512_INLINE __m512 look_up(const struct entries *t, __m512i codes, const int level) {
    switch (level) {
        case 5:
            return pair(t, 0, codes);
        case 6:
            return four(t, 0, codes);
        case 7:
            return _mm512_mask_mov_ps(
                    four(t, 0, codes), _mm512_test_epi32_mask(codes, _mm512_set1_epi32(64)), four(t, 4, codes));
        case 8:
            return _mm512_i32gather_ps(codes, t->part, 4);
        default:
            return _mm512_permutexvar_ps(codes, t->part[0]);
    }
}

/* The codes of a word's columns, one a byte. */
AVX512_INLINE __m512i codes_of(const struct planes *w, ptrdiff_t word, const int level) {
    __m512i codes = _mm512_setzero_si512();
    for (int p = 0; p < level; p++) {
        __mmask64 bits = _cvtu64_mask64(w->plane[p][word]);
        codes = _mm512_mask_add_epi8(codes, bits, codes, _mm512_set1_epi8((char) (1 << (level - 1 - p))));
    }
    return codes;
}

AVX512_INLINE void rows(const struct planes *w, const float *column_scale, float *out, int from, int to, const int level) {
    struct entries t;
    float table[16 * LANES] = {0};
    memcpy(table, w->exact_table, sizeof(float) << level);
    for (int i = 0; i < 16; i++) {
        t.part[i] = _mm512_loadu_ps(table + LANES * i);
    }
    for (int row = from; row < to; row++, out += w->columns) {
        const __m512 row_scale = _mm512_set1_ps(w->row_scale[row]);
        for (int word = 0; word < w->words; word++) {
            __m512i codes = codes_of(w, (ptrdiff_t) row * w->words + word, level);
            const __m128i quarter[4] = {
                    _mm512_castsi512_si128(codes), _mm512_extracti32x4_epi32(codes, 1), _mm512_extracti32x4_epi32(codes, 2),
                    _mm512_extracti32x4_epi32(codes, 3)};
            for (int i = 0; i < 4; i++) {
                int first = WORD_COLUMNS * word + LANES * i;
                int count = w->columns - first;
                __mmask16 there = count >= LANES ? 0xFFFF : count > 0 ? (__mmask16) ((1 << count) - 1) : 0;
                __m512 entry = look_up(&t, _mm512_cvtepu8_epi32(quarter[i]), level);
                __m512 scaled = _mm512_mul_ps(entry, _mm512_maskz_loadu_ps(there, column_scale + first));
                _mm512_mask_storeu_ps(out + first, there, _mm512_mul_ps(scaled, row_scale));
            }
        }
    }
}

#define ROWS_AT(LEVEL)                                                                                                 \
    AVX512 static void rows_##LEVEL(const struct planes *w, const float *column_scale, float *out, int from, int to) {  \
        rows(w, column_scale, out, from, to, LEVEL);                                                                   \
    }
ROWS_AT(1)
ROWS_AT(2)
ROWS_AT(3)
ROWS_AT(4)
ROWS_AT(5)
ROWS_AT(6)
ROWS_AT(7)
ROWS_AT(8)

void bitstack_avx512_decode(const struct planes *w, const float *column_scale, float *out, int from, int to) {
    static void (*const at_level[])(const struct planes *, const float *, float *, int, int) = {
            rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8};
    at_level[w->level - 1](w, column_scale, out, from, to);
}
#endif
