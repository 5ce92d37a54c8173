/*
 * Sign planes times activations, NEON with dot products. A block is 128 columns: one load per plane, the bits transposed to codes in
 * registers, codes looked up in tables of bytes, products with activations of 8 bits summed in 32. As in planes_avx512.c, the columns that
 * one 32-bit lane sums are 32 neighbours, which share a unit. Both factors of a dot product are signed here, so tables are read less 128.
 */
#ifdef __aarch64__
#include "neon.h"

#include <string.h>

enum { LANES = 4, PHASES = 8, ROWS = 2 };

/* The bytes of struct quantised_table less 128, 64 to each four registers. */
struct tables {
    uint8x16x4_t low[4];
    uint8x16x4_t high;
};

NEON_INLINE uint8x16x4_t signed_bytes(const uint8_t *bytes) {
    uint8x16x4_t t;
    for (int i = 0; i < 4; i++) {
        t.val[i] = veorq_u8(vld1q_u8(bytes + 16 * i), vdupq_n_u8(0x80));
    }
    return t;
}

/* Exchanges the bits of lo above the mask's with those of hi below: one step of transposing a matrix of bits. */
#define EXCHANGE(lo, hi, shift, mask)                                                                                  \
    do {                                                                                                               \
        uint8x16_t below = vbslq_u8(mask, lo, vshlq_n_u8(hi, shift));                                                  \
        hi = vbslq_u8(mask, vshrq_n_u8(lo, shift), hi);                                                                \
        lo = below;                                                                                                    \
    } while (0)

/* Four planes, the least significant first: afterwards nibble i of r[k] is the code of column 4i + k. */
NEON_INLINE void nibbles(uint8x16_t r[4]) {
    const uint8x16_t odd = vdupq_n_u8(0x55);
    const uint8x16_t pairs = vdupq_n_u8(0x33);
    EXCHANGE(r[0], r[1], 1, odd);
    EXCHANGE(r[2], r[3], 1, odd);
    EXCHANGE(r[0], r[2], 2, pairs);
    EXCHANGE(r[1], r[3], 2, pairs);
}

/* Byte b of code[phase] is the code of column 8b + phase; a seventh and eighth plane's bits are bits 6 and 7. */
NEON_INLINE void codes_by_phase(const uint8x16_t *bits, const int level, uint8x16_t code[PHASES]) {
    const int first = level < 6 ? level : 6;
    const int lower = level < 4 ? level : 4;
    const uint8x16_t bottom = vdupq_n_u8(0x0F);
    uint8x16_t low[4];
    uint8x16_t high[4];
    for (int b = 0; b < 4; b++) {
        low[b] = b < lower ? bits[first - 1 - b] : vdupq_n_u8(0);
        high[b] = b < first - lower ? bits[first - lower - 1 - b] : lower + b < level ? bits[lower + b] : vdupq_n_u8(0);
    }
    nibbles(low);
    if (level > 4) {
        nibbles(high);
    }
    for (int k = 0; k < 4; k++) {
        code[k] = vandq_u8(low[k], bottom);
        code[4 + k] = vshrq_n_u8(low[k], 4);
        if (level > 4) {
            code[k] = vorrq_u8(code[k], vshlq_n_u8(high[k], 4));
            code[4 + k] = vorrq_u8(code[4 + k], vbicq_u8(high[k], bottom));
        }
    }
}

NEON_INLINE int8x16_t look_up(const uint8x16x4_t *table, uint8x16_t code, const int level) {
    if (level <= 4) {
        return vreinterpretq_s8_u8(vqtbl1q_u8(table[0].val[0], code));
    }
    uint8x16_t found = vqtbl4q_u8(table[0], code);
    /* Codes out of range leave what was found before. */
    for (int part = 1; part < (level > 6 ? 1 << (level - 6) : 1); part++) {
        found = vqtbx4q_u8(found, table[part], vsubq_u8(code, vdupq_n_u8((uint8_t) (64 * part))));
    }
    return vreinterpretq_s8_u8(found);
}

/* The activations of a phase: sixteen of a block, or eight of a word, which two rows' words share. */
NEON_INLINE int8x16_t quanta_of(const int8_t *quanta, int phase, const int tail) {
    if (tail) {
        int8x8_t eight = vld1_s8(quanta + 8 * phase);
        return vcombine_s8(eight, eight);
    }
    return vld1q_s8(quanta + 16 * phase);
}

/* The sums of one block's products, 32 columns to a lane; see planes_avx512.c. */
NEON_INLINE float32x4_t block(
        const uint8x16_t *bits, const int8_t *quanta, const int8_t *rests, const struct tables *t, const int level, const int tail) {
    const int precise = level >= PRECISE_LEVEL;
    uint8x16_t code[PHASES];
    codes_by_phase(bits, level, code);
    int32x4_t low = vdupq_n_s32(0);
    int32x4_t high = vdupq_n_s32(0);
    int32x4_t rest = vdupq_n_s32(0);
    for (int phase = 0; phase < PHASES; phase++) {
        int8x16_t x = quanta_of(quanta, phase, tail);
        low = vdotq_s32(low, look_up(t->low, code[phase], level), x);
        if (level > NARROW_LEVEL) {
            uint8x16_t six = vandq_u8(code[phase], vdupq_n_u8(HIGH_ENTRIES - 1));
            int8x16_t upper = vreinterpretq_s8_u8(vqtbl4q_u8(t->high, six));
            high = vdotq_s32(high, upper, x);
            if (precise) {
                rest = vdotq_s32(rest, upper, quanta_of(rests, phase, tail));
            }
        }
    }
    if (level > NARROW_LEVEL) {
        low = vaddq_s32(low, precise ? vshlq_n_s32(high, PRECISE_HIGH_SHIFT) : vshlq_n_s32(high, HIGH_SHIFT));
    }
    float32x4_t sum = vcvtq_f32_s32(low);
    return precise ? vfmaq_n_f32(sum, vcvtq_f32_s32(rest), (float) (1 << PRECISE_HIGH_SHIFT) / RESTS) : sum;
}

/* Two rows at a time: a word that fills no block is taken from both together. */
NEON_INLINE void rows(
        const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to, const int level) {
    struct tables t;
    for (int i = 0; i < 4; i++) {
        t.low[i] = signed_bytes(w->table->low + 64 * i);
    }
    t.high = signed_bytes(w->table->high);
    const int blocks = w->words / PAIR_WORDS;
    const int8_t *rests = quanta + (ptrdiff_t) WORD_COLUMNS * w->words;
    const float *sums = units + 2 * w->words;
    const int precise = level >= PRECISE_LEVEL;
    const int step = level <= NARROW_LEVEL ? 1 : 1 + (1 << (precise ? PRECISE_HIGH_SHIFT : HIGH_SHIFT));
    /* What the 128 that tables were read less come to; of the rests only high values were multiplied. */
    float missing = 128.0f * (float) step * sums[0];
    if (precise) {
        missing += 128.0f * (float) (1 << PRECISE_HIGH_SHIFT) * (sums[1] - sums[0]);
    }
    const float offset = w->table->smallest * sums[precise ? 1 : 0] + w->table->wide_unit * missing;
    for (int row = from; row < to; row += ROWS) {
        float total[ROWS];
        ptrdiff_t at[ROWS];
        uint8x16_t bits[MAX_LEVEL];
        for (int i = 0; i < ROWS; i++) {
            at[i] = (ptrdiff_t) (row + i < to ? row + i : to - 1) * w->words;
            float32x4_t s = vdupq_n_f32(0);
            for (int k = 0; k < blocks; k++) {
                for (int p = 0; p < level; p++) {
                    bits[p] = vreinterpretq_u8_u64(vld1q_u64(w->plane[p] + at[i] + PAIR_WORDS * k));
                }
                ptrdiff_t first = (ptrdiff_t) PAIR_COLUMNS * k;
                s = vfmaq_f32(s, block(bits, quanta + first, rests + first, &t, level, 0), vld1q_f32(units + LANES * k));
            }
            total[i] = vaddvq_f32(s);
        }
        if (w->words % PAIR_WORDS) {
            ptrdiff_t word = (ptrdiff_t) PAIR_WORDS * blocks;
            for (int p = 0; p < level; p++) {
                const uint64_t *plane = w->plane[p] + word;
                bits[p] = vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(plane[at[0]]), vcreate_u64(plane[at[1]])));
            }
            ptrdiff_t first = WORD_COLUMNS * word;
            float32x2_t two = vld1_f32(units + 2 * word);
            float32x4_t s = vmulq_f32(block(bits, quanta + first, rests + first, &t, level, 1), vcombine_f32(two, two));
            total[0] += vaddv_f32(vget_low_f32(s));
            total[1] += vaddv_f32(vget_high_f32(s));
        }
        for (int i = 0; i < ROWS && row + i < to; i++) {
            y[row + i] = w->row_scale[row + i] * (w->table->wide_unit * total[i] + offset);
        }
    }
}

#define ROWS_AT(LEVEL)                                                                                                 \
    NEON static void rows_##LEVEL(                                                                                     \
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

static void planes(const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to) {
    static void (*const at_level[])(const struct planes *, const int8_t *, const float *, float *, int, int) = {
            rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8};
    at_level[w->level - 1](w, quanta, units, y, from, to);
}

const struct kernels bitstack_neon = {
        "neon",
        bitstack_neon_prepare,
        planes,
        bitstack_neon_decode,
        bitstack_neon_product,
        bitstack_neon_side,
        bitstack_neon_hadamard,
        bitstack_neon_attend,
        bitstack_neon_scaled_rows,
        bitstack_neon_feed_back,
        bitstack_neon_descend,
        bitstack_neon_choose,
        bitstack_neon_missed,
};
#endif
