/*
 * Attention over one page of keys and values, AVX2: operation for operation what the Java providers compute (PageAttention.java and
 * Exponential.java), so that activations, and stacks made from them, do not depend on the provider.
 */
#ifdef __x86_64__
#include "avx2.h"

#include <math.h>

enum { SLOTS = 64, LANES = 8, MOST_REGISTERS = 8 };

/* The sum of all lanes in the one order that the Java providers use. */
AVX2_INLINE float total(__m256 v) {
    __m128 fours = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 twos = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
    return _mm_cvtss_f32(_mm_add_ss(twos, _mm_movehdup_ps(twos)));
}

/* A register of elements of a page, without the scales that bytes have. The conversion is exact. */
AVX2_INLINE __m256 elements(const void *from, ptrdiff_t at, const enum page_kind kind) {
    if (kind == PAGE_BYTES) {
        return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *) ((const int8_t *) from + at))));
    }
    if (kind == PAGE_HALVES) {
        return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) ((const uint16_t *) from + at)));
    }
    return _mm256_loadu_ps((const float *) from + at);
}

/* scores_i *= scales_i, where there are any. */
AVX2_INLINE void rescale(float *scores, const float *scales, int slots, const enum page_kind kind) {
    for (int i = 0; kind == PAGE_BYTES && i < slots; i++) {
        scores[i] *= scales[i];
    }
}

AVX2_INLINE float dot(const float *a, const void *keys, ptrdiff_t at, int length, const enum page_kind kind) {
    __m256 s0 = _mm256_setzero_ps();
    __m256 s1 = _mm256_setzero_ps();
    for (int i = 0; i < length; i += 2 * LANES) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), elements(keys, at + i, kind), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + LANES), elements(keys, at + i + LANES, kind), s1);
    }
    return total(_mm256_add_ps(s0, s1));
}

/* e to the power of x: Exponential.java says how. The order of operands lets NaN through, as Java's min and max do. */
AVX2_INLINE __m256 exponential(__m256 argument) {
    __m256 x = _mm256_min_ps(_mm256_set1_ps(88), _mm256_max_ps(_mm256_set1_ps(-87), argument));
    const __m256 rounder = _mm256_set1_ps(12582912.0f);
    __m256 shifted = _mm256_add_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.442695f)), rounder);
    __m256 k = _mm256_sub_ps(shifted, rounder);
    __m256i exponent = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(0x4B400000 - 127));
    __m256 r = _mm256_fnmadd_ps(
            k, _mm256_set1_ps(-2.12194440e-4f), _mm256_fnmadd_ps(k, _mm256_set1_ps(0.6933594f), x));
    __m256 series = _mm256_fmadd_ps(_mm256_set1_ps(1.0f / 5040), r, _mm256_set1_ps(1.0f / 720));
    series = _mm256_fmadd_ps(series, r, _mm256_set1_ps(1.0f / 120));
    series = _mm256_fmadd_ps(series, r, _mm256_set1_ps(1.0f / 24));
    series = _mm256_fmadd_ps(series, r, _mm256_set1_ps(1.0f / 6));
    series = _mm256_fmadd_ps(series, r, _mm256_set1_ps(0.5f));
    __m256 mantissa = _mm256_add_ps(_mm256_fmadd_ps(series, _mm256_mul_ps(r, r), r), _mm256_set1_ps(1));
    return _mm256_mul_ps(mantissa, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

AVX2_INLINE float exponential_of(float x) {
    return _mm256_cvtss_f32(exponential(_mm256_set1_ps(x)));
}

/* out = out * shrink, then out += p_i * v_i in the order of the slots; up to 64 elements of a head at a time. */
AVX2_INLINE void add_values(const float *p, const void *values, ptrdiff_t at, const enum page_kind kind, ptrdiff_t stride, int slots, float shrink, float *out, const int registers) {
    __m256 sum[MOST_REGISTERS];
    for (int r = 0; r < registers; r++) {
        sum[r] = _mm256_mul_ps(_mm256_loadu_ps(out + LANES * r), _mm256_set1_ps(shrink));
    }
    for (int i = 0; i < slots; i++) {
        __m256 weight = _mm256_set1_ps(p[i]);
        for (int r = 0; r < registers; r++) {
            sum[r] = _mm256_fmadd_ps(elements(values, at + i * stride + LANES * r, kind), weight, sum[r]);
        }
    }
    for (int r = 0; r < registers; r++) {
        _mm256_storeu_ps(out + LANES * r, sum[r]);
    }
}

AVX2_INLINE void one_head(const struct attention *a, int head, const enum page_kind kind) {
    const int head_size = a->head_size;
    const int slots = a->slots;
    const float *q = a->q + (ptrdiff_t) head * head_size;
    float *state = a->state + 2 * head;
    float *out = a->out + (ptrdiff_t) head * head_size;
    float scores[SLOTS + LANES];
    float largest = state[0];
    for (int i = 0; i < slots; i++) {
        scores[i] = a->scale * dot(q, a->keys, (ptrdiff_t) i * head_size, head_size, kind);
    }
    rescale(scores, a->key_scales, slots, kind);
    for (int i = 0; i < slots; i++) {
        largest = scores[i] > largest || isnan(scores[i]) ? scores[i] : largest;
    }
    for (int i = slots; i < slots + LANES; i++) {
        scores[i] = 0;
    }
    float shrink = exponential_of(state[0] - largest);
    float sum = state[1] * shrink;
    for (int i = 0; i < slots; i += LANES) {
        __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(scores + i), _mm256_set1_ps(largest));
        _mm256_storeu_ps(scores + i, exponential(difference));
    }
    for (int i = 0; i < slots; i++) {
        sum += scores[i];
    }
    state[0] = largest;
    state[1] = sum;
    rescale(scores, a->value_scales, slots, kind);
    int at = 0;
    for (; at + 64 <= head_size; at += 64) {
        add_values(scores, a->values, at, kind, head_size, slots, shrink, out + at, 8);
    }
    for (; at < head_size; at += 2 * LANES) {
        add_values(scores, a->values, at, kind, head_size, slots, shrink, out + at, 2);
    }
}

AVX2_INLINE void all_heads(const struct attention *a, const enum page_kind kind) {
    for (int h = 0; h < a->heads; h++) {
        one_head(a, h, kind);
    }
}

AVX2 void bitstack_avx2_attend(const struct attention *a) {
    if (a->kind == PAGE_BYTES) {
        all_heads(a, PAGE_BYTES);
    } else if (a->kind == PAGE_HALVES) {
        all_heads(a, PAGE_HALVES);
    } else {
        all_heads(a, PAGE_FLOATS);
    }
}
#endif
