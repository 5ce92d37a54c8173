/*
 * Sign planes times activations, AVX2. A block is 256 columns: one load per plane, the bits transposed to four-bit codes in
 * registers, codes looked up in tables of bytes (low and high half of a 14-bit value), products summed in 32 bits. Columns are
 * visited in the order in which codes fall out of the registers; prepare() lays the activations out to match.
 */
#ifdef __x86_64__
#include "planes_avx2.h"

#include <string.h>

/* Halves of the table's values, sixteen to a register, twice: a byte shuffle looks up within 128 bits. */
struct tables {
    __m256i low[16];
    __m256i high[16];
};

/* The largest magnitude as the bits of a float: NaN is above infinity, infinity above all numbers. */
AVX2_INLINE uint32_t magnitude_bits(const float *x, int count) {
    uint32_t largest = 0;
    for (int i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7FFFFFFFu;
        largest = bits > largest ? bits : largest;
    }
    return largest;
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

/* Quantises up to 256 values, given in their own order; the rest of the block is 0. */
AVX2_INLINE float quantise(const float *values, int count, int16_t *quanta) {
    float factor;
    float unit = unit_of(magnitude_bits(values, count), &factor);
    for (int j = 0; j < count; j++) {
        quanta[j] = (int16_t) _mm_cvtss_si32(_mm_set_ss(factor == 0 ? 0 : values[j] * factor));
    }
    return unit;
}

AVX2 static void prepare(const float *x, const float *scale, int columns, int16_t *quanta, float *units) {
    float values[BLOCK_COLUMNS];
    int16_t natural[BLOCK_COLUMNS];
    int words = (columns + WORD_COLUMNS - 1) / WORD_COLUMNS;
    int blocks = words / BLOCK_WORDS;
    int tails = words % BLOCK_WORDS;
    for (int part = 0; part < blocks + tails; part++) {
        int is_block = part < blocks;
        int first = is_block ? part * BLOCK_COLUMNS : blocks * BLOCK_COLUMNS + (part - blocks) * WORD_COLUMNS;
        int size = is_block ? BLOCK_COLUMNS : WORD_COLUMNS;
        int count = columns - first < size ? columns - first : size;
        for (int j = 0; j < count; j++) {
            values[j] = x[first + j] * scale[first + j];
        }
        memset(natural, 0, sizeof natural);
        units[part] = quantise(values, count, natural);
        for (int phase = 0; phase < 8; phase++) {
            if (is_block) {
                for (int i = 0; i < 8; i++) {
                    quanta[32 * phase + i] = natural[8 * i + phase];
                    quanta[32 * phase + 8 + i] = natural[8 * (16 + i) + phase];
                    quanta[32 * phase + 16 + i] = natural[8 * (8 + i) + phase];
                    quanta[32 * phase + 24 + i] = natural[8 * (24 + i) + phase];
                }
            } else {
                for (int i = 0; i < 8; i++) {
                    quanta[16 * phase + i] = natural[8 * i + phase];
                    quanta[16 * phase + 8 + i] = natural[8 * i + phase];
                }
            }
        }
        quanta += is_block ? BLOCK_COLUMNS : 2 * WORD_COLUMNS;
    }
}

AVX2_INLINE float fill_tables(const float *table, const int level, struct tables *out) {
    int16_t quanta[256] = {0};
    int entries = 1 << level;
    float unit = quantise(table, entries, quanta);
    for (int t = 0; t < (entries + 15) / 16; t++) {
        int8_t low[32];
        int8_t high[32];
        for (int i = 0; i < 32; i++) {
            low[i] = (int8_t) (quanta[16 * t + i % 16] & 0xFF);
            high[i] = (int8_t) (quanta[16 * t + i % 16] >> 8);
        }
        out->low[t] = _mm256_loadu_si256((const __m256i *) low);
        out->high[t] = _mm256_loadu_si256((const __m256i *) high);
    }
    return unit;
}

/*
 * Entries of 2^depth registers, of which the top bits of the bytes of choice[0 .. depth) choose, the last most significant. Depth
 * first, so that few registers are alive at once.
 */
#define LOOK_UP(DEPTH, BELOW)                                                                                          \
    AVX2_INLINE __m256i look_up_##DEPTH(const __m256i *t, __m256i nibbles, const __m256i *choice) {                    \
        __m256i clear = look_up_##BELOW(t, nibbles, choice);                                                           \
        __m256i set = look_up_##BELOW(t + (1 << BELOW), nibbles, choice);                                              \
        return _mm256_blendv_epi8(clear, set, choice[BELOW]);                                                          \
    }
AVX2_INLINE __m256i look_up_0(const __m256i *t, __m256i nibbles, const __m256i *choice) {
    (void) choice;
    return _mm256_shuffle_epi8(t[0], nibbles);
}
LOOK_UP(1, 0)
LOOK_UP(2, 1)
LOOK_UP(3, 2)
LOOK_UP(4, 3)

AVX2_INLINE __m256i look_up(const __m256i *t, __m256i nibbles, const __m256i *choice, const int depth) {
    switch (depth) {
        case 0:
            return look_up_0(t, nibbles, choice);
        case 1:
            return look_up_1(t, nibbles, choice);
        case 2:
            return look_up_2(t, nibbles, choice);
        case 3:
            return look_up_3(t, nibbles, choice);
        default:
            return look_up_4(t, nibbles, choice);
    }
}

/*
 * Adds the products of one block to sum[0] (bytes 0-7 and 16-23 of each phase) and sum[1] (the others).
 * bits: the planes' words, most significant plane first; quanta: tail ? 8 registers used for both sums : 16 registers.
 */
AVX2_INLINE void block(
        const __m256i *bits, const int16_t *quanta, const struct tables *t, const int level, const int tail, __m256i sum[2]) {
    __m256i r[4];
    for (int b = 0; b < 4; b++) {
        r[b] = b < level ? bits[level - 1 - b] : _mm256_setzero_si256();
    }
    to_nibbles(r);
    const int depth = level > 4 ? level - 4 : 0;
    sum[0] = _mm256_setzero_si256();
    sum[1] = _mm256_setzero_si256();
#pragma GCC unroll 8
    for (int phase = 0; phase < 8; phase++) {
        __m256i choice[4];
        for (int d = 0; d < depth; d++) {
            choice[d] = _mm256_slli_epi16(bits[depth - 1 - d], 7 - phase);
        }
        __m256i nibbles = nibbles_of_phase(r, phase);
        __m256i low = look_up(t->low, nibbles, choice, depth);
        __m256i high = look_up(t->high, nibbles, choice, depth);
        __m256i x0 = _mm256_loadu_si256((const __m256i *) (quanta + (tail ? 16 : 32) * phase));
        __m256i x1 = tail ? x0 : _mm256_loadu_si256((const __m256i *) (quanta + 32 * phase + 16));
        sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(_mm256_unpacklo_epi8(low, high), x0));
        sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(_mm256_unpackhi_epi8(low, high), x1));
    }
}

AVX2_INLINE __m256 lower_half(__m256 v) {
    return _mm256_insertf128_ps(_mm256_setzero_ps(), _mm256_castps256_ps128(v), 0);
}

AVX2_INLINE __m256 upper_half(__m256 v) {
    return _mm256_insertf128_ps(_mm256_setzero_ps(), _mm256_extractf128_ps(v, 1), 0);
}

/* Sums of the lanes of four registers. */
AVX2_INLINE __m128 totals(const __m256 s[4]) {
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

/* Four rows at a time: words that fill no block are taken from all four together. */
AVX2_INLINE void rows(
        const struct planes *w, const int16_t *quanta, const float *units, float *y, int from, int to, const int level) {
    struct tables t;
    float table_unit = fill_tables(w->table, level, &t);
    int blocks = w->words / BLOCK_WORDS;
    int tails = w->words % BLOCK_WORDS;
    const int16_t *tail_quanta = quanta + (ptrdiff_t) blocks * BLOCK_COLUMNS;
    for (int row = from; row < to; row += 4) {
        ptrdiff_t at[4];
        for (int i = 0; i < 4; i++) {
            at[i] = (ptrdiff_t) (row + i < to ? row + i : to - 1) * w->words;
        }
        __m256 s[4];
        __m256i bits[MAX_LEVEL];
        __m256i sum[2];
        for (int i = 0; i < 4; i++) {
            s[i] = _mm256_setzero_ps();
            for (int k = 0; k < blocks; k++) {
                for (int p = 0; p < level; p++) {
                    bits[p] = _mm256_loadu_si256((const __m256i *) (w->plane[p] + at[i] + BLOCK_WORDS * k));
                }
                block(bits, quanta + (ptrdiff_t) BLOCK_COLUMNS * k, &t, level, 0, sum);
                __m256 whole = _mm256_cvtepi32_ps(_mm256_add_epi32(sum[0], sum[1]));
                s[i] = _mm256_fmadd_ps(whole, _mm256_set1_ps(units[k]), s[i]);
            }
        }
        for (int k = 0; k < tails; k++) {
            ptrdiff_t word = BLOCK_WORDS * blocks + k;
            for (int p = 0; p < level; p++) {
                const uint64_t *plane = w->plane[p] + word;
                bits[p] = _mm256_set_epi64x(
                        (long long) plane[at[3]], (long long) plane[at[2]], (long long) plane[at[1]], (long long) plane[at[0]]);
            }
            block(bits, tail_quanta + (ptrdiff_t) 2 * WORD_COLUMNS * k, &t, level, 1, sum);
            __m256 unit = _mm256_set1_ps(units[blocks + k]);
            __m256 even = _mm256_mul_ps(_mm256_cvtepi32_ps(sum[0]), unit);
            __m256 odd = _mm256_mul_ps(_mm256_cvtepi32_ps(sum[1]), unit);
            s[0] = _mm256_add_ps(s[0], lower_half(even));
            s[1] = _mm256_add_ps(s[1], lower_half(odd));
            s[2] = _mm256_add_ps(s[2], upper_half(even));
            s[3] = _mm256_add_ps(s[3], upper_half(odd));
        }
        float total[4];
        _mm_storeu_ps(total, totals(s));
        for (int i = 0; i < 4 && row + i < to; i++) {
            y[row + i] = w->row_scale[row + i] * (table_unit * total[i]);
        }
    }
}

#define ROWS_AT(LEVEL)                                                                                                 \
    AVX2 static void rows_##LEVEL(                                                                                     \
            const struct planes *w, const int16_t *quanta, const float *units, float *y, int from, int to) {          \
        rows(w, quanta, units, y, from, to, LEVEL);                                                                    \
    }
ROWS_AT(1)
ROWS_AT(2)
ROWS_AT(3)
ROWS_AT(4)
ROWS_AT(5)
ROWS_AT(6)
ROWS_AT(7)
ROWS_AT(8)

AVX2 static void planes(
        const struct planes *w, const int16_t *quanta, const float *units, float *y, int from, int to) {
    static void (*const at_level[])(const struct planes *, const int16_t *, const float *, float *, int, int) = {
            rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8};
    at_level[w->level - 1](w, quanta, units, y, from, to);
}

const struct kernels bitstack_avx2 = {
        "avx2",
        prepare,
        planes,
        bitstack_avx2_decode,
        bitstack_avx2_product,
        bitstack_avx2_side,
        bitstack_avx2_hadamard,
        bitstack_avx2_attend,
};
#endif
