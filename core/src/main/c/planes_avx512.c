/*
 * Sign planes times activations, AVX-512 with VBMI and VNNI. A block is 512 columns: one load per plane, the bits transposed to codes in
 * registers, codes looked up in tables of bytes that registers hold, products with activations of 8 bits summed in 32. Columns are
 * visited in the order in which codes fall out of the registers; prepare() lays the activations out to match, so that the columns that one
 * 32-bit lane sums are 32 neighbours, which share a unit.
 */
#ifdef __x86_64__
#include "codes_avx512.h"

#include <string.h>

enum { LANES = 16, PHASES = 8, ROWS = 8 };

/*
 * How far ahead planes are fetched, across the borders of pages: what the processor fetches by itself ends
 * with each page.
 */
enum { AHEAD_BYTES = 2048, LINE_BYTES = 64 };

/* The bytes of struct quantised_table, 64 to a register. */
struct tables {
    __m512i low[4];
    __m512i high;
};

AVX512_INLINE __m512i look_up(const __m512i *table, __m512i code, const int level) {
    if (level <= 6) {
        return _mm512_permutexvar_epi8(code, table[0]);
    }
    __m512i found = _mm512_permutex2var_epi8(table[0], code, table[1]);
    if (level == 7) {
        return found;
    }
    return _mm512_mask_mov_epi8(
            found, _mm512_movepi8_mask(code), _mm512_permutex2var_epi8(table[2], code, table[3]));
}

/* The activations of a phase: 64 of a block, or eight of a word, which eight rows' words share. */
AVX512_INLINE __m512i quanta_of(const int8_t *quanta, int phase, const int tail) {
    if (tail) {
        int64_t eight;
        memcpy(&eight, quanta + 8 * phase, sizeof eight);
        return _mm512_set1_epi64(eight);
    }
    return _mm512_loadu_si512(quanta + 64 * phase);
}

/*
 * The sums of one block's products, 32 columns to a lane. From PRECISE_LEVEL on what rounding to 8 bits leaves of the activations is
 * multiplied too, since it would be as large as what these levels add; with the table's high bytes, which is close enough for so little.
 */
AVX512_INLINE __m512 block(
        const __m512i *bits, const int8_t *quanta, const int8_t *rests, const struct tables *t, const int level, const int tail) {
    const int precise = level >= PRECISE_LEVEL;
    const int shift = precise ? PRECISE_HIGH_SHIFT : HIGH_SHIFT;
    __m512i code[PHASES];
    codes_by_phase(bits, level, code);
    __m512i low = _mm512_setzero_si512();
    __m512i high = _mm512_setzero_si512();
    __m512i rest = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int phase = 0; phase < PHASES; phase++) {
        __m512i x = quanta_of(quanta, phase, tail);
        low = _mm512_dpbusd_epi32(low, look_up(t->low, code[phase], level), x);
        if (level > NARROW_LEVEL) {
            __m512i upper = _mm512_permutexvar_epi8(code[phase], t->high);
            high = _mm512_dpbusd_epi32(high, upper, x);
            if (precise) {
                rest = _mm512_dpbusd_epi32(rest, upper, quanta_of(rests, phase, tail));
            }
        }
    }
    if (level > NARROW_LEVEL) {
        low = _mm512_add_epi32(low, _mm512_slli_epi32(high, shift));
    }
    __m512 sum = _mm512_cvtepi32_ps(low);
    if (precise) {
        sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(rest), _mm512_set1_ps((float) (1 << PRECISE_HIGH_SHIFT) / RESTS), sum);
    }
    return sum;
}

/* The sums of the lanes of eight registers. */
AVX512_INLINE __m256 totals(const __m512 s[ROWS]) {
    __m512 p[4];
    __m512 q[2];
    for (int i = 0; i < 4; i++) {
        p[i] = _mm512_add_ps(_mm512_unpacklo_ps(s[2 * i], s[2 * i + 1]), _mm512_unpackhi_ps(s[2 * i], s[2 * i + 1]));
    }
    for (int i = 0; i < 2; i++) {
        __m512d a = _mm512_castps_pd(p[2 * i]);
        __m512d b = _mm512_castps_pd(p[2 * i + 1]);
        q[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    __m512 t = _mm512_add_ps(_mm512_shuffle_f32x4(q[0], q[1], 0x88), _mm512_shuffle_f32x4(q[0], q[1], 0xDD));
    return _mm256_add_ps(
            _mm512_castps512_ps256(_mm512_shuffle_f32x4(t, t, 0x08)), _mm512_castps512_ps256(_mm512_shuffle_f32x4(t, t, 0x0D)));
}

/* The sums of each two lanes. */
AVX512_INLINE __m256 pair_totals(__m512 s) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 0, 0, 0, 0, 0, 0, 0);
    __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    return _mm256_add_ps(
            _mm512_castps512_ps256(_mm512_permutexvar_ps(even, s)), _mm512_castps512_ps256(_mm512_permutexvar_ps(odd, s)));
}

/* The same word of eight rows. */
AVX512_INLINE __m512i word_of_rows(const uint64_t *plane, const ptrdiff_t at[ROWS]) {
    __m512i words = _mm512_set1_epi64((long long) plane[at[0]]);
#pragma GCC unroll 8
    for (int i = 1; i < ROWS; i++) {
        words = _mm512_mask_blend_epi64((__mmask8) (1 << i), words, _mm512_set1_epi64((long long) plane[at[i]]));
    }
    return words;
}

/* Eight rows have as many cache lines as one has words: fetches one of those that are wanted after the rows at hand. */
AVX512_INLINE void fetch(const uint64_t *rows, ptrdiff_t line) {
    _mm_prefetch((const char *) rows + AHEAD_BYTES + LINE_BYTES * line, _MM_HINT_T1);
}

/* Eight rows at a time: words that fill no block are taken from all eight together. */
AVX512_INLINE void rows(
        const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to, const int level) {
    struct tables t;
    for (int i = 0; i < 4; i++) {
        t.low[i] = _mm512_loadu_si512(w->table->low + 64 * i);
    }
    t.high = _mm512_loadu_si512(w->table->high);
    int blocks = w->words / WIDE_WORDS;
    int tails = w->words % WIDE_WORDS;
    const int8_t *tail_quanta = quanta + (ptrdiff_t) blocks * WIDE_COLUMNS;
    const float *tail_units = units + (ptrdiff_t) blocks * LANES;
    const int8_t *rests = quanta + (ptrdiff_t) WORD_COLUMNS * w->words;
    const int8_t *tail_rests = rests + (ptrdiff_t) blocks * WIDE_COLUMNS;
    const __m256 unit = _mm256_set1_ps(w->table->wide_unit);
    const __m256 offset = _mm256_set1_ps(w->table->smallest * units[2 * w->words + (level >= PRECISE_LEVEL ? 1 : 0)]);
    for (int row = from; row < to; row += ROWS) {
        ptrdiff_t at[ROWS];
        for (int i = 0; i < ROWS; i++) {
            at[i] = (ptrdiff_t) (row + i < to ? row + i : to - 1) * w->words;
        }
        __m512 s[ROWS];
        __m512i bits[MAX_LEVEL];
        for (int i = 0; i < ROWS; i++) {
            s[i] = _mm512_setzero_ps();
            for (int k = 0; k < blocks; k++) {
                for (int p = 0; p < level; p++) {
                    bits[p] = _mm512_loadu_si512(w->plane[p] + at[i] + WIDE_WORDS * k);
                    fetch(w->plane[p] + at[0], blocks * i + k);
                }
                ptrdiff_t first = (ptrdiff_t) WIDE_COLUMNS * k;
                __m512 sum = block(bits, quanta + first, rests + first, &t, level, 0);
                s[i] = _mm512_fmadd_ps(sum, _mm512_loadu_ps(units + LANES * k), s[i]);
            }
        }
        __m512 rest = _mm512_setzero_ps();
        for (int k = 0; k < tails; k++) {
            for (int p = 0; p < level; p++) {
                bits[p] = word_of_rows(w->plane[p] + (ptrdiff_t) WIDE_WORDS * blocks + k, at);
                fetch(w->plane[p] + at[0], ROWS * blocks + k);
            }
            ptrdiff_t first = (ptrdiff_t) WORD_COLUMNS * k;
            double two_units;
            memcpy(&two_units, tail_units + 2 * k, sizeof two_units);
            __m512 sum = block(bits, tail_quanta + first, tail_rests + first, &t, level, 1);
            rest = _mm512_fmadd_ps(sum, _mm512_castpd_ps(_mm512_set1_pd(two_units)), rest);
        }
        __mmask8 there = to - row < ROWS ? (__mmask8) ((1 << (to - row)) - 1) : 0xFF;
        __m256 total = _mm256_add_ps(totals(s), pair_totals(rest));
        __m256 scale = _mm256_maskz_loadu_ps(there, w->row_scale + row);
        _mm256_mask_storeu_ps(y + row, there, _mm256_mul_ps(scale, _mm256_fmadd_ps(unit, total, offset)));
    }
}

#define ROWS_AT(LEVEL)                                                                                                 \
    AVX512 static void rows_##LEVEL(                                                                                   \
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

AVX512 static void planes(const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to) {
    static void (*const at_level[])(const struct planes *, const int8_t *, const float *, float *, int, int) = {
            rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8};
    at_level[w->level - 1](w, quanta, units, y, from, to);
}

/* The shortest loops are those of AVX2. */
const struct kernels bitstack_avx512 = {
        "avx512",
        bitstack_avx2_prepare_wide,
        planes,
        bitstack_avx512_decode,
        bitstack_avx512_product,
        bitstack_avx512_side,
        bitstack_avx2_hadamard,
        bitstack_avx512_attend,
        bitstack_avx512_scaled_rows,
        bitstack_avx512_feed_back,
        bitstack_avx512_descend,
        bitstack_avx512_choose,
        bitstack_avx512_missed,
};
#endif
