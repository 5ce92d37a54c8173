/*
 * Attention over one page of keys and values, AVX-512: operation for operation what the Java providers compute, as in attention_avx2.c,
 * two of their registers in one of these.
 */
#ifdef __x86_64__
#include "avx512.h"

#include <math.h>

enum { SLOTS = 64, LANES = 16, SLOTS_TOGETHER = 4, MOST_REGISTERS = 8 };

/* A register of elements of a page, without the scales that bytes have. The conversion is exact. */
AVX512_INLINE __m512 elements(const void *from, ptrdiff_t at, const enum page_kind kind) {
    if (kind == PAGE_BYTES) {
        return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *) ((const int8_t *) from + at))));
    }
    if (kind == PAGE_HALVES) {
        return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) ((const uint16_t *) from + at)));
    }
    return _mm512_loadu_ps((const float *) from + at);
}

/* scores_i *= scales_i, where there are any. */
AVX512_INLINE void rescale(float *scores, const float *scales, int slots, const enum page_kind kind) {
    for (int i = 0; kind == PAGE_BYTES && i < slots; i++) {
        scores[i] *= scales[i];
    }
}

/* Products of a query and a key, their sums in eight lanes. */
AVX512_INLINE __m256 products(const float *q, const void *keys, ptrdiff_t at, int head_size, const enum page_kind kind) {
    __m512 s = _mm512_setzero_ps();
    for (int i = 0; i < head_size; i += LANES) {
        s = _mm512_fmadd_ps(_mm512_loadu_ps(q + i), elements(keys, at + i, kind), s);
    }
    return _mm256_add_ps(_mm512_castps512_ps256(s), _mm512_extractf32x8_ps(s, 1));
}

/* The sums of four registers' lanes, each in the one order that the Java providers use. */
AVX512_INLINE __m128 totals(const __m256 v[SLOTS_TOGETHER]) {
    __m128 fours[SLOTS_TOGETHER];
    for (int i = 0; i < SLOTS_TOGETHER; i++) {
        fours[i] = _mm_add_ps(_mm256_castps256_ps128(v[i]), _mm256_extractf128_ps(v[i], 1));
    }
    __m128 twos01 = _mm_add_ps(_mm_movelh_ps(fours[0], fours[1]), _mm_movehl_ps(fours[1], fours[0]));
    __m128 twos23 = _mm_add_ps(_mm_movelh_ps(fours[2], fours[3]), _mm_movehl_ps(fours[3], fours[2]));
    return _mm_add_ps(_mm_shuffle_ps(twos01, twos23, 0x88), _mm_shuffle_ps(twos01, twos23, 0xDD));
}

/* e to the power of x: Exponential.java says how. The order of operands lets NaN through, as Java's min and max do. */
AVX512_INLINE __m512 exponential(__m512 argument) {
    __m512 x = _mm512_min_ps(_mm512_set1_ps(88), _mm512_max_ps(_mm512_set1_ps(-87), argument));
    const __m512 rounder = _mm512_set1_ps(12582912.0f);
    __m512 shifted = _mm512_add_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.442695f)), rounder);
    __m512 k = _mm512_sub_ps(shifted, rounder);
    __m512i exponent = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(0x4B400000 - 127));
    __m512 r = _mm512_fnmadd_ps(
            k, _mm512_set1_ps(-2.12194440e-4f), _mm512_fnmadd_ps(k, _mm512_set1_ps(0.6933594f), x));
    __m512 series = _mm512_fmadd_ps(_mm512_set1_ps(1.0f / 5040), r, _mm512_set1_ps(1.0f / 720));
    series = _mm512_fmadd_ps(series, r, _mm512_set1_ps(1.0f / 120));
    series = _mm512_fmadd_ps(series, r, _mm512_set1_ps(1.0f / 24));
    series = _mm512_fmadd_ps(series, r, _mm512_set1_ps(1.0f / 6));
    series = _mm512_fmadd_ps(series, r, _mm512_set1_ps(0.5f));
    __m512 mantissa = _mm512_add_ps(_mm512_fmadd_ps(series, _mm512_mul_ps(r, r), r), _mm512_set1_ps(1));
    return _mm512_mul_ps(mantissa, _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23)));
}

/* out = out * shrink, then out += p_i * v_i in the order of the slots; up to 128 elements of a head at a time. */
AVX512_INLINE void add_values(
        const float *p, const void *values, ptrdiff_t at, const enum page_kind kind, ptrdiff_t stride, int slots, float shrink, float *out, const int registers) {
    __m512 sum[MOST_REGISTERS];
    for (int r = 0; r < registers; r++) {
        sum[r] = _mm512_mul_ps(_mm512_loadu_ps(out + LANES * r), _mm512_set1_ps(shrink));
    }
    for (int i = 0; i < slots; i++) {
        __m512 weight = _mm512_set1_ps(p[i]);
        for (int r = 0; r < registers; r++) {
            sum[r] = _mm512_fmadd_ps(elements(values, at + i * stride + LANES * r, kind), weight, sum[r]);
        }
    }
    for (int r = 0; r < registers; r++) {
        _mm512_storeu_ps(out + LANES * r, sum[r]);
    }
}

AVX512_INLINE void scores_of(const float *q, int head_size, float scale, const void *keys, const enum page_kind kind, int slots, float *scores) {
    for (int i = 0; i < slots; i += SLOTS_TOGETHER) {
        __m256 sums[SLOTS_TOGETHER];
        for (int j = 0; j < SLOTS_TOGETHER; j++) {
            int slot = i + j < slots ? i + j : slots - 1;
            sums[j] = products(q, keys, (ptrdiff_t) slot * head_size, head_size, kind);
        }
        _mm_storeu_ps(scores + i, _mm_mul_ps(_mm_set1_ps(scale), totals(sums)));
    }
}

AVX512_INLINE void one_head(const struct attention *a, int head, const enum page_kind kind) {
    const int head_size = a->head_size;
    const int slots = a->slots;
    const float *q = a->q + (ptrdiff_t) head * head_size;
    float *state = a->state + 2 * head;
    float *out = a->out + (ptrdiff_t) head * head_size;
    float scores[SLOTS + LANES] = {0};
    float largest = state[0];
    scores_of(q, head_size, a->scale, a->keys, kind, slots, scores);
    rescale(scores, a->key_scales, slots, kind);
    for (int i = 0; i < slots; i++) {
        largest = scores[i] > largest || isnan(scores[i]) ? scores[i] : largest;
    }
    float shrink = _mm512_cvtss_f32(exponential(_mm512_set1_ps(state[0] - largest)));
    float sum = state[1] * shrink;
    for (int i = 0; i < slots; i += LANES) {
        __m512 difference = _mm512_sub_ps(_mm512_loadu_ps(scores + i), _mm512_set1_ps(largest));
        _mm512_storeu_ps(scores + i, exponential(difference));
    }
    for (int i = 0; i < slots; i++) {
        sum += scores[i];
    }
    state[0] = largest;
    state[1] = sum;
    rescale(scores, a->value_scales, slots, kind);
    int at = 0;
    for (; at + 128 <= head_size; at += 128) {
        add_values(scores, a->values, at, kind, head_size, slots, shrink, out + at, 8);
    }
    for (; at + 64 <= head_size; at += 64) {
        add_values(scores, a->values, at, kind, head_size, slots, shrink, out + at, 4);
    }
    for (; at < head_size; at += LANES) {
        add_values(scores, a->values, at, kind, head_size, slots, shrink, out + at, 1);
    }
}

AVX512_INLINE void all_heads(const struct attention *a, const enum page_kind kind) {
    for (int h = 0; h < a->heads; h++) {
        one_head(a, h, kind);
    }
}

AVX512 void bitstack_avx512_attend(const struct attention *a) {
    if (a->kind == PAGE_BYTES) {
        all_heads(a, PAGE_BYTES);
    } else if (a->kind == PAGE_HALVES) {
        all_heads(a, PAGE_HALVES);
    } else {
        all_heads(a, PAGE_FLOATS);
    }
}
#endif
