/*
 * Sign planes times activations, AVX2. A block is 256 columns: one load per plane, the bits transposed to four-bit codes in
 * registers, codes looked up in tables of bytes, products with activations of 8 bits summed in 16, then in 32 bits. Columns are
 * visited in the order in which codes fall out of the registers; prepare() lays the activations out to match, so that the columns
 * that one 32-bit lane sums are 32 neighbours, which share a unit.
 */
#ifdef __x86_64__
#include "planes_avx2.h"

#include <string.h>

enum { LANES = 8, PHASES = 8, BATCH = 4 };

/* The bytes of struct quantised_table, twice: a byte shuffle looks up within 128 bits. */
struct tables {
    __m256i coarse;
    __m256i fine[FINE_TABLES];
};

AVX2_INLINE __m256i twice(const uint8_t *sixteen) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *) sixteen));
}

/* As an instruction, since GCC makes two of it where a choice is used more than once. */
AVX2_INLINE __m256i select_by_top(__m256i clear, __m256i set, __m256i choice) {
    __m256i selected;
    __asm__("vpblendvb %3, %2, %1, %0" : "=x"(selected) : "x"(clear), "x"(set), "x"(choice));
    return selected;
}

/*
 * Entries of 2^depth tables, of which the top bits of the bytes of choice[0 .. depth) choose, the last most significant. Depth
 * first, so that few registers are alive at once.
 */
#define LOOK_UP(DEPTH, BELOW)                                                                                          \
    AVX2_INLINE __m256i look_up_##DEPTH(const __m256i *t, __m256i nibbles, const __m256i *choice) {                    \
        __m256i clear = look_up_##BELOW(t, nibbles, choice);                                                           \
        __m256i set = look_up_##BELOW(t + (1 << BELOW), nibbles, choice);                                              \
        return select_by_top(clear, set, choice[BELOW]);                                                               \
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

/* The activations of a phase: 32 of a block, or eight of a word, which four rows' words share. */
AVX2_INLINE __m256i quanta_of(const int8_t *quanta, int phase, const int tail) {
    if (tail) {
        int64_t eight;
        memcpy(&eight, quanta + 8 * phase, sizeof eight);
        return _mm256_set1_epi64x(eight);
    }
    return _mm256_loadu_si256((const __m256i *) (quanta + 32 * phase));
}

/*
 * The sums of one block's products, 32 columns to a lane. Up to four planes choose one of sixteen entries. Of more, the upper four
 * choose a coarse value, and all of them what is to be added to it. From PRECISE_LEVEL on the sums are RESTS times as large: what
 * rounding to 8 bits leaves of the activations is multiplied too, since it would be as large as what these levels add.
 * bits: the planes' words, most significant plane first.
 */
AVX2_INLINE __m256i block(
        const __m256i *bits, const int8_t *quanta, const int8_t *rests, const struct tables *t, const int level, const int tail) {
    const int precise = level >= PRECISE_LEVEL;
    const __m256i ones = _mm256_set1_epi16(precise ? RESTS : 1);
    const __m256i steps = _mm256_set1_epi16(COARSE_STEP * (precise ? RESTS : 1));
    const int depth = level > 4 ? level - 4 : 0;
    const int upper = level - depth;
    __m256i r[4];
    for (int b = 0; b < 4; b++) {
        r[b] = b < upper ? bits[upper - 1 - b] : _mm256_setzero_si256();
    }
    to_nibbles(r);
    __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 2
    for (int first = 0; first < PHASES; first += BATCH) {
        __m256i coarse = _mm256_setzero_si256();
        __m256i rest_of_coarse = _mm256_setzero_si256();
#pragma GCC unroll 4
        for (int phase = first; phase < first + BATCH; phase++) {
            __m256i choice[4];
            for (int d = 0; d < depth; d++) {
                choice[d] = _mm256_slli_epi16(bits[level - 1 - d], 7 - phase);
            }
            __m256i nibbles = nibbles_of_phase(r, phase);
            __m256i x = quanta_of(quanta, phase, tail);
            __m256i fine = look_up(t->fine, nibbles, choice, depth);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(fine, x), ones));
            if (depth > 0) {
                /* Small enough for four such sums to fit 16 bits. */
                __m256i upper_part = _mm256_shuffle_epi8(t->coarse, nibbles);
                coarse = _mm256_add_epi16(coarse, _mm256_maddubs_epi16(upper_part, x));
                if (precise) {
                    __m256i rest = quanta_of(rests, phase, tail);
                    rest_of_coarse = _mm256_add_epi16(rest_of_coarse, _mm256_maddubs_epi16(upper_part, rest));
                    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(fine, rest), _mm256_set1_epi16(1)));
                }
            }
        }
        if (precise) {
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(rest_of_coarse, _mm256_set1_epi16(COARSE_STEP)));
        }
        if (depth > 0) {
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(coarse, steps));
        }
    }
    return sum;
}

/* Sums of the lanes of four registers. */
AVX2_INLINE __m128 totals(const __m256 s[4]) {
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

/* Sums of each two lanes. */
AVX2_INLINE __m128 pair_totals(__m256 s) {
    return _mm_hadd_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
}

/* Four rows at a time: words that fill no block are taken from all four together. */
AVX2_INLINE void rows(
        const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to, const int level) {
    struct tables t;
    const int tables = level > 4 ? 1 << (level - 4) : 1;
    t.coarse = twice(w->table->coarse);
    for (int i = 0; i < tables; i++) {
        t.fine[i] = twice(w->table->fine[i]);
    }
    int blocks = w->words / BLOCK_WORDS;
    int tails = w->words % BLOCK_WORDS;
    const int8_t *tail_quanta = quanta + (ptrdiff_t) blocks * BLOCK_COLUMNS;
    const float *tail_units = units + (ptrdiff_t) blocks * LANES;
    const int8_t *rests = quanta + (ptrdiff_t) WORD_COLUMNS * w->words;
    const int8_t *tail_rests = rests + (ptrdiff_t) blocks * BLOCK_COLUMNS;
    float unit = w->table->unit / (level >= PRECISE_LEVEL ? RESTS : 1);
    float offset = w->table->smallest * units[2 * w->words + (level >= PRECISE_LEVEL ? 1 : 0)];
    for (int row = from; row < to; row += 4) {
        ptrdiff_t at[4];
        for (int i = 0; i < 4; i++) {
            at[i] = (ptrdiff_t) (row + i < to ? row + i : to - 1) * w->words;
        }
        __m256 s[4];
        __m256i bits[MAX_LEVEL];
        for (int i = 0; i < 4; i++) {
            s[i] = _mm256_setzero_ps();
            for (int k = 0; k < blocks; k++) {
                for (int p = 0; p < level; p++) {
                    bits[p] = _mm256_loadu_si256((const __m256i *) (w->plane[p] + at[i] + BLOCK_WORDS * k));
                }
                ptrdiff_t first = (ptrdiff_t) BLOCK_COLUMNS * k;
                __m256i sum = block(bits, quanta + first, rests + first, &t, level, 0);
                s[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(units + LANES * k), s[i]);
            }
        }
        __m256 rest = _mm256_setzero_ps();
        for (int k = 0; k < tails; k++) {
            ptrdiff_t word = BLOCK_WORDS * blocks + k;
            for (int p = 0; p < level; p++) {
                const uint64_t *plane = w->plane[p] + word;
                bits[p] = _mm256_set_epi64x(
                        (long long) plane[at[3]], (long long) plane[at[2]], (long long) plane[at[1]], (long long) plane[at[0]]);
            }
            ptrdiff_t first = (ptrdiff_t) WORD_COLUMNS * k;
            __m256i sum = block(bits, tail_quanta + first, tail_rests + first, &t, level, 1);
            double two_units;
            memcpy(&two_units, tail_units + 2 * k, sizeof two_units);
            rest = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_castpd_ps(_mm256_set1_pd(two_units)), rest);
        }
        float total[4];
        _mm_storeu_ps(total, _mm_add_ps(totals(s), pair_totals(rest)));
        for (int i = 0; i < 4 && row + i < to; i++) {
            y[row + i] = w->row_scale[row + i] * (unit * total[i] + offset);
        }
    }
}

#define ROWS_AT(LEVEL)                                                                                                 \
    AVX2 static void rows_##LEVEL(                                                                                     \
            const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to) {           \
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

AVX2 static void planes(const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to) {
    static void (*const at_level[])(const struct planes *, const int8_t *, const float *, float *, int, int) = {
            rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8};
    at_level[w->level - 1](w, quanta, units, y, from, to);
}

const struct kernels bitstack_avx2 = {
        "avx2",
        bitstack_avx2_prepare,
        planes,
        bitstack_avx2_decode,
        bitstack_avx2_product,
        bitstack_avx2_side,
        bitstack_avx2_hadamard,
        bitstack_avx2_attend,
        bitstack_avx2_scaled_rows,
        bitstack_avx2_feed_back,
        bitstack_avx2_descend,
        bitstack_avx2_choose,
        bitstack_avx2_missed,
};
#endif
