/*
 * The other loops for 64-bit ARM, in plain C that the compiler turns into NEON: element for element, and in the order of sums, what the Java
 * providers and the x86 kernels compute.
 */
#ifdef __aarch64__
#include "neon.h"

#include <math.h>

enum { UNIT_COLUMNS = 32, PANEL = 16, SLOTS = 64, LANES = 8 };

/* Activations to whole numbers of 8 bits and rests, a block or word in the order of phases: byte `phase` of each word's eight. */
void bitstack_neon_prepare(const float *x, const float *scale, int columns, int8_t *quanta, float *units) {
    const int words = (columns + WORD_COLUMNS - 1) / WORD_COLUMNS;
    const int block_words = words / PAIR_WORDS * PAIR_WORDS;
    double totals[2] = {0, 0};
    for (int part = 0; part < 2 * words; part++) {
        float v[UNIT_COLUMNS] = {0};
        float largest = 0;
        int finite = 1;
        for (int j = 0; j < UNIT_COLUMNS && UNIT_COLUMNS * part + j < columns; j++) {
            v[j] = x[UNIT_COLUMNS * part + j] * scale[UNIT_COLUMNS * part + j];
            finite &= isfinite(v[j]) != 0;
            largest = fabsf(v[j]) > largest ? fabsf(v[j]) : largest;
        }
        const float factor = finite && largest >= 1e-30f ? QUANTUM_LIMIT / largest : 0;
        const float unit = !finite ? NAN : largest < 1e-30f ? 0 : largest / QUANTUM_LIMIT;
        units[part] = unit;
        int sums[2] = {0, 0};
        for (int j = 0; j < UNIT_COLUMNS; j++) {
            const float exact = finite ? v[j] * factor : 0;
            const float whole = rintf(exact);
            const float rest = rintf((exact - whole) * RESTS);
            const int in_word = UNIT_COLUMNS * (part % 2) + j;
            const int word = part / 2;
            const int together = word < block_words ? PAIR_WORDS : 1;
            const int first = word / together * together;
            const ptrdiff_t to = (ptrdiff_t) WORD_COLUMNS * first + 8 * together * (in_word % 8) + 8 * (word - first) + in_word / 8;
            quanta[to] = (int8_t) whole;
            quanta[(ptrdiff_t) WORD_COLUMNS * words + to] = (int8_t) rest;
            sums[0] += (int) whole;
            sums[1] += (int) rest;
        }
        totals[0] += (double) unit * sums[0];
        totals[1] += (double) unit / RESTS * sums[1];
    }
    units[2 * words] = (float) totals[0];
    units[2 * words + 1] = (float) (totals[0] + totals[1]);
}

void bitstack_neon_decode(const struct planes *w, const float *column_scale, float *out, int from, int to) {
    for (int row = from; row < to; row++, out += w->columns) {
        for (int word = 0; word < w->words; word++) {
            uint8_t codes[WORD_COLUMNS] = {0};
            for (int p = 0; p < w->level; p++) {
                const uint64_t bits = w->plane[p][(ptrdiff_t) row * w->words + word];
                for (int j = 0; j < WORD_COLUMNS; j++) {
                    codes[j] = (uint8_t) (2 * codes[j] + (bits >> j & 1));
                }
            }
            const int first = WORD_COLUMNS * word;
            const int count = w->columns - first < WORD_COLUMNS ? w->columns - first : WORD_COLUMNS;
            for (int j = 0; j < count; j++) {
                out[first + j] = w->exact_table[codes[j]] * column_scale[first + j] * w->row_scale[row];
            }
        }
    }
}

/* Sixteen columns of a row of C at a time. */
void bitstack_neon_scaled_rows(const struct scaled_rows *s) {
    for (int j = 0; j < s->columns; j += PANEL) {
        const int columns = s->columns - j < PANEL ? s->columns - j : PANEL;
        for (int i = 0; i < s->rows; i++) {
            float *c = s->c + i * s->ldc + j;
            float sum[PANEL] = {0};
            for (int h = 0; h < columns; h++) {
                sum[h] = c[h];
            }
            for (int p = s->first[i]; p < s->end[i]; p++) {
                const float *b = s->b + s->index[p] * s->ldb + j;
                if (columns == PANEL) {
                    for (int h = 0; h < PANEL; h++) {
                        sum[h] = __builtin_fmaf(s->factor[p], b[h], sum[h]);
                    }
                } else {
                    for (int h = 0; h < columns; h++) {
                        sum[h] = __builtin_fmaf(s->factor[p], b[h], sum[h]);
                    }
                }
            }
            for (int h = 0; h < columns; h++) {
                c[h] = sum[h];
            }
        }
    }
}

void bitstack_neon_side(const float *side, int rank, const float *u, float *y, int from, int to) {
    for (int i = from; i < to; i++) {
        for (int q = 0; q < rank; q++) {
            y[i] = __builtin_fmaf(side[(ptrdiff_t) i * rank + q], u[q], y[i]);
        }
    }
}

void bitstack_neon_hadamard(float *x, int length, int block) {
    const float scale = (float) (1 / sqrt(block));
    for (float *end = x + length; x < end; x += block) {
        for (int half = 1; half < block; half *= 2) {
            for (int pair = 0; pair < block; pair += 2 * half) {
                for (int i = pair; i < pair + half; i++) {
                    const float low = x[i];
                    const float high = x[i + half];
                    x[i] = low + high;
                    x[i + half] = low - high;
                }
            }
        }
        for (int i = 0; i < block; i++) {
            x[i] *= scale;
        }
    }
}

/* Exponential.java says how; NaN stays NaN. */
static float exponential(float argument) {
    float x = argument < -87 ? -87 : argument;
    x = x > 88 ? 88 : x;
    const float shifted = x * 1.442695f + 12582912.0f;
    const float k = shifted - 12582912.0f;
    const float r = __builtin_fmaf(-k, -2.12194440e-4f, __builtin_fmaf(-k, 0.6933594f, x));
    float series = __builtin_fmaf(1.0f / 5040, r, 1.0f / 720);
    series = __builtin_fmaf(series, r, 1.0f / 120);
    series = __builtin_fmaf(series, r, 1.0f / 24);
    series = __builtin_fmaf(series, r, 1.0f / 6);
    series = __builtin_fmaf(series, r, 0.5f);
    const float mantissa = __builtin_fmaf(series, r * r, r) + 1;
    union {
        float value;
        uint32_t bits;
    } in = {.value = shifted}, out;
    out.bits = (in.bits - (0x4B400000u - 127)) << 23;
    return mantissa * out.value;
}

/* An element of a page, without the scale that bytes have. */
static inline float element(const void *from, ptrdiff_t at, const enum page_kind kind) {
    if (kind == PAGE_BYTES) {
        return ((const int8_t *) from)[at];
    }
    return kind == PAGE_HALVES ? (float) ((const __fp16 *) from)[at] : ((const float *) from)[at];
}

/* Two accumulators of eight lanes, as the Java providers have them. */
static inline float dot(const float *a, const void *keys, ptrdiff_t at, int length, const enum page_kind kind) {
    float s[2 * LANES] = {0};
    for (int i = 0; i < length; i += 2 * LANES) {
        for (int l = 0; l < 2 * LANES; l++) {
            s[l] = __builtin_fmaf(a[i + l], element(keys, at + i + l, kind), s[l]);
        }
    }
    for (int l = 0; l < LANES; l++) {
        s[l] += s[LANES + l];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static inline void all_heads(const struct attention *a, const enum page_kind kind) {
    for (int h = 0; h < a->heads; h++) {
        const float *q = a->q + (ptrdiff_t) h * a->head_size;
        float *state = a->state + 2 * h;
        float *out = a->out + (ptrdiff_t) h * a->head_size;
        float scores[SLOTS];
        float largest = state[0];
        for (int i = 0; i < a->slots; i++) {
            scores[i] = a->scale * dot(q, a->keys, (ptrdiff_t) i * a->head_size, a->head_size, kind);
            if (kind == PAGE_BYTES) {
                scores[i] *= a->key_scales[i];
            }
            largest = scores[i] > largest || isnan(scores[i]) ? scores[i] : largest;
        }
        const float shrink = exponential(state[0] - largest);
        float sum = state[1] * shrink;
        for (int i = 0; i < a->head_size; i++) {
            out[i] *= shrink;
        }
        for (int i = 0; i < a->slots; i++) {
            scores[i] = exponential(scores[i] - largest);
            sum += scores[i];
            const float weight = kind == PAGE_BYTES ? scores[i] * a->value_scales[i] : scores[i];
            for (int e = 0; e < a->head_size; e++) {
                out[e] = __builtin_fmaf(element(a->values, (ptrdiff_t) i * a->head_size + e, kind), weight, out[e]);
            }
        }
        state[0] = largest;
        state[1] = sum;
    }
}

void bitstack_neon_attend(const struct attention *a) {
    if (a->kind == PAGE_BYTES) {
        all_heads(a, PAGE_BYTES);
    } else if (a->kind == PAGE_HALVES) {
        all_heads(a, PAGE_HALVES);
    } else {
        all_heads(a, PAGE_FLOATS);
    }
}
#endif
