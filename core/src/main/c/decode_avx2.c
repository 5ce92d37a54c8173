/* Sign planes to floats, AVX2: codes of 256 columns in their own order, then the table's entries times the two scales. */
#ifdef __x86_64__
#include "planes_avx2.h"

#include <string.h>

/* Writes the codes of 256 columns, given as four words of each plane, most significant plane first. */
AVX2_INLINE void codes_of(const __m256i *bits, const int level, uint8_t codes[BLOCK_COLUMNS]) {
    __m256i low[4];
    __m256i high[4];
    for (int b = 0; b < 4; b++) {
        low[b] = b < level ? bits[level - 1 - b] : _mm256_setzero_si256();
        high[b] = b + 4 < level ? bits[level - 5 - b] : _mm256_setzero_si256();
    }
    to_nibbles(low);
    if (level > 4) {
        to_nibbles(high);
    }
    __m256i v[8];
    for (int phase = 0; phase < 8; phase++) {
        v[phase] = nibbles_of_phase(low, phase);
        if (level > 4) {
            v[phase] = _mm256_or_si256(v[phase], _mm256_slli_epi16(nibbles_of_phase(high, phase), 4));
        }
    }
    __m256i pairs[8];
    __m256i fours[8];
    for (int i = 0; i < 4; i++) {
        pairs[2 * i] = _mm256_unpacklo_epi8(v[2 * i], v[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi8(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        for (int h = 0; h < 2; h++) {
            fours[4 * i + 2 * h] = _mm256_unpacklo_epi16(pairs[4 * i + h], pairs[4 * i + 2 + h]);
            fours[4 * i + 2 * h + 1] = _mm256_unpackhi_epi16(pairs[4 * i + h], pairs[4 * i + 2 + h]);
        }
    }
    for (int h = 0; h < 4; h++) {
        __m256i first = _mm256_unpacklo_epi32(fours[h], fours[4 + h]);
        __m256i second = _mm256_unpackhi_epi32(fours[h], fours[4 + h]);
        _mm_storeu_si128((__m128i *) (codes + 32 * h), _mm256_castsi256_si128(first));
        _mm_storeu_si128((__m128i *) (codes + 32 * h + 16), _mm256_castsi256_si128(second));
        _mm_storeu_si128((__m128i *) (codes + 128 + 32 * h), _mm256_extracti128_si256(first, 1));
        _mm_storeu_si128((__m128i *) (codes + 128 + 32 * h + 16), _mm256_extracti128_si256(second, 1));
    }
}

/* Entries of eight codes: eight to a register, chosen by the codes' upper bits; from memory where registers do not suffice. */
AVX2_INLINE __m256 entries(const float *table, __m256i codes, const int level) {
    if (level > 6) {
        return _mm256_i32gather_ps(table, codes, 4);
    }
    const int depth = level > 3 ? level - 3 : 0;
    __m256 found[8];
    for (int i = 0; i < 1 << depth; i++) {
        found[i] = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8 * i), codes);
    }
    for (int d = 0; d < depth; d++) {
        __m256 choice = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28 - d));
        for (int i = 0; i < 1 << (depth - 1 - d); i++) {
            found[i] = _mm256_blendv_ps(found[2 * i], found[2 * i + 1], choice);
        }
    }
    return found[0];
}

AVX2_INLINE void rows(const struct planes *w, const float *column_scale, float *out, int from, int to, const int level) {
    float table[256] = {0};
    uint8_t codes[BLOCK_COLUMNS];
    memcpy(table, w->exact_table, sizeof(float) << level);
    for (int row = from; row < to; row++, out += w->columns) {
        __m256 row_scale = _mm256_set1_ps(w->row_scale[row]);
        for (int word = 0; word < w->words; word += BLOCK_WORDS) {
            int words = w->words - word < BLOCK_WORDS ? w->words - word : BLOCK_WORDS;
            __m256i bits[MAX_LEVEL];
            for (int p = 0; p < level; p++) {
                const uint64_t *at = w->plane[p] + (ptrdiff_t) row * w->words + word;
                uint64_t some[BLOCK_WORDS] = {0};
                if (words < BLOCK_WORDS) {
                    memcpy(some, at, sizeof(uint64_t) * (size_t) words);
                    at = some;
                }
                bits[p] = _mm256_loadu_si256((const __m256i *) at);
            }
            codes_of(bits, level, codes);
            int first = WORD_COLUMNS * word;
            int columns = w->columns - first < BLOCK_COLUMNS ? w->columns - first : BLOCK_COLUMNS;
            int j = 0;
            for (; j + 8 <= columns; j += 8) {
                __m256i eight = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *) (codes + j)));
                __m256 scaled = _mm256_mul_ps(entries(table, eight, level), _mm256_loadu_ps(column_scale + first + j));
                _mm256_storeu_ps(out + first + j, _mm256_mul_ps(scaled, row_scale));
            }
            for (; j < columns; j++) {
                out[first + j] = table[codes[j]] * column_scale[first + j] * w->row_scale[row];
            }
        }
    }
}

AVX2 void bitstack_avx2_decode(const struct planes *w, const float *column_scale, float *out, int from, int to) {
    switch (w->level) {
        case 1:
            rows(w, column_scale, out, from, to, 1);
            return;
        case 2:
            rows(w, column_scale, out, from, to, 2);
            return;
        case 3:
            rows(w, column_scale, out, from, to, 3);
            return;
        case 4:
            rows(w, column_scale, out, from, to, 4);
            return;
        case 5:
            rows(w, column_scale, out, from, to, 5);
            return;
        case 6:
            rows(w, column_scale, out, from, to, 6);
            return;
        case 7:
            rows(w, column_scale, out, from, to, 7);
            return;
        default:
            rows(w, column_scale, out, from, to, 8);
    }
}
#endif
