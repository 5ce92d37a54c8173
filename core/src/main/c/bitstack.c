/*
 * The functions that Java calls. The first argument of each is the instruction set to run on, one of those that bitstack_kernels() gives.
 */
#include "bitstack.h"

_Thread_local float bitstack_panels[PANEL_FLOATS] __attribute__((aligned(64)));

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

/* Bit 20 of the processor's capabilities as Linux reports them: the dot product instructions. */
static int has_dot_products(void) {
    return (getauxval(AT_HWCAP) >> 20 & 1) != 0;
}
#elif defined(__aarch64__)
/* Every processor of Apple's own has them. */
static int has_dot_products(void) {
    return 1;
}
#endif

BITSTACK_EXPORT int bitstack_abi(void) {
    return BITSTACK_ABI;
}

/* What this processor can run, the fastest first; null from the number of them on. */
BITSTACK_EXPORT const struct kernels *bitstack_kernels(int32_t index) {
    const struct kernels *found[2] = {NULL, NULL};
    int count = 0;
#ifdef __x86_64__
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi")
            && __builtin_cpu_supports("avx512vnni")) {
        found[count++] = &bitstack_avx512;
    }
    if (avx2) {
        found[count++] = &bitstack_avx2;
    }
#elif defined(__aarch64__)
    if (has_dot_products()) {
        found[count++] = &bitstack_neon;
    }
#endif
    return index >= 0 && index < count ? found[index] : NULL;
}

BITSTACK_EXPORT const char *bitstack_name(const struct kernels *kernels) {
    return kernels->name;
}

BITSTACK_EXPORT void bitstack_prepare(
        const struct kernels *kernels, const float *x, int64_t x_offset, const float *scale, int32_t columns, int8_t *quanta,
        int64_t quanta_offset, float *units, int64_t units_offset) {
    kernels->prepare(x + x_offset, scale, columns, quanta + quanta_offset, units + units_offset);
}

static struct planes planes_of(
        const int64_t *addresses, int32_t level, int32_t columns, const float *row_scale, const struct quantised_table *table,
        const float *exact_table) {
    struct planes w = {.level = level, .columns = columns, .words = (columns + WORD_COLUMNS - 1) / WORD_COLUMNS};
    for (int p = 0; p < level; p++) {
        w.plane[p] = (const uint64_t *) (intptr_t) addresses[p];
    }
    w.row_scale = row_scale;
    w.table = table;
    w.exact_table = exact_table;
    return w;
}

/* y[y_offset + i] for rows i in [from, to). */
BITSTACK_EXPORT void bitstack_planes(
        const struct kernels *kernels, const int64_t *addresses, int32_t level, int32_t columns, const float *row_scale,
        const struct quantised_table *table, const int8_t *quanta, int64_t quanta_offset, const float *units, int64_t units_offset, float *y, int64_t y_offset,
        int32_t from, int32_t to) {
    struct planes w = planes_of(addresses, level, columns, row_scale, table, NULL);
    kernels->planes(&w, quanta + quanta_offset, units + units_offset, y + y_offset, from, to);
}

BITSTACK_EXPORT void bitstack_decode(
        const struct kernels *kernels, const int64_t *addresses, int32_t level, int32_t columns, const float *row_scale, const float *table,
        const float *column_scale, float *out, int32_t from, int32_t to) {
    struct planes w = planes_of(addresses, level, columns, row_scale, NULL, table);
    kernels->decode(&w, column_scale, out, from, to);
}

BITSTACK_EXPORT void bitstack_product(
        const struct kernels *kernels, const float *a, int64_t a_offset, int32_t lda, const float *b, int64_t b_offset, int32_t ldb, float *c,
        int64_t c_offset, int32_t ldc, int32_t m, int32_t n, int32_t k, int32_t continued) {
    struct product p = {a + a_offset, b + b_offset, c + c_offset, lda, ldb, ldc, m, n, k, continued};
    kernels->product(&p);
}

/* Rows from first_row on of C; first and end are those of row 0. */
BITSTACK_EXPORT void bitstack_scaled_rows(
        const struct kernels *kernels, const int32_t *first, const int32_t *end, const int32_t *index, const float *factor, const float *b,
        int64_t b_offset, int32_t ldb, float *c, int64_t c_offset, int32_t ldc, int32_t first_row, int32_t rows, int32_t columns) {
    struct scaled_rows s = {
            first + first_row, end + first_row, index, factor, b + b_offset, c + c_offset + (int64_t) first_row * ldc, ldb, ldc, rows, columns};
    kernels->scaled_rows(&s);
}

/* numbers: entries, refines, rows, width, of the block. */
static struct coded_block block_of(
        const float *table, const float *middles, const int32_t *numbers, uint8_t *codes, int64_t codes_offset, const float *row_scale,
        const float *inverse_row_scale, const float *column_scale, int64_t first_column, const float *target, int64_t target_offset, int32_t target_stride) {
    struct coded_block w = {table, middles, numbers[0], numbers[1], codes + codes_offset, row_scale, inverse_row_scale, column_scale + first_column,
                            target + target_offset, target_stride, numbers[2], numbers[3]};
    return w;
}

#define CODED_BLOCK                                                                                                    \
    const float *table, const float *middles, const int32_t *numbers, uint8_t *codes, int64_t codes_offset, const float *row_scale, \
            const float *inverse_row_scale, const float *column_scale, int64_t first_column, const float *target,      \
            int64_t target_offset, int32_t target_stride
#define THE_BLOCK                                                                                                      \
    block_of(                                                                                                          \
            table, middles, numbers, codes, codes_offset, row_scale, inverse_row_scale, column_scale, first_column, target, \
            target_offset, target_stride)

/* missed and errors begin at offset. */
BITSTACK_EXPORT void bitstack_feed_back(
        const struct kernels *kernels, CODED_BLOCK, float *near, const float *far, int64_t far_offset, int32_t far_stride, const float *factor,
        int64_t factor_offset, int32_t factor_stride, float *missed, float *errors, int64_t offset, int32_t stride, double *loss) {
    struct feedback f = {THE_BLOCK, near, far + far_offset, far_stride, factor + factor_offset, factor_stride, missed + offset, errors + offset,
                         stride, loss};
    kernels->feed_back(&f);
}

BITSTACK_EXPORT void bitstack_descend(
        const struct kernels *kernels, CODED_BLOCK, const float *moments, int32_t moment_stride, int32_t column, float ridge, float *slopes,
        int64_t offset, int32_t stride, double *loss, const int32_t *first, int32_t *end, int32_t *columns, float *decreases) {
    struct descent d = {THE_BLOCK, moments + column, moment_stride, column, ridge, slopes + offset, stride, loss, first, end, columns, decreases};
    kernels->descend(&d);
}

BITSTACK_EXPORT void bitstack_choose(const struct kernels *kernels, CODED_BLOCK) {
    struct coded_block w = THE_BLOCK;
    kernels->choose(&w);
}

/* write: whether D is wanted. */
BITSTACK_EXPORT void bitstack_missed(
        const struct kernels *kernels, CODED_BLOCK, float *out, int64_t offset, int32_t stride, int32_t write, double *squares) {
    struct coded_block w = THE_BLOCK;
    kernels->missed(&w, write ? out + offset : NULL, stride, squares);
}

BITSTACK_EXPORT void bitstack_side(
        const struct kernels *kernels, const float *side, int32_t rank, const float *u, int64_t u_offset, float *y, int64_t y_offset, int32_t from,
        int32_t to) {
    kernels->side(side, rank, u + u_offset, y + y_offset, from, to);
}

BITSTACK_EXPORT void bitstack_hadamard(
        const struct kernels *kernels, float *x, int64_t offset, int32_t length, int32_t block) {
    kernels->hadamard(x + offset, length, block);
}

BITSTACK_EXPORT void bitstack_attend(
        const struct kernels *kernels, const float *q, int64_t q_offset, int32_t heads, int32_t head_size, float scale, const void *page, int32_t kind,
        int64_t keys_offset, int64_t values_offset, const float *scales, int32_t slots, float *state, int64_t state_offset, float *out,
        int64_t out_offset) {
    static const int64_t SIZES[] = {[PAGE_FLOATS] = sizeof(float), [PAGE_HALVES] = sizeof(uint16_t), [PAGE_BYTES] = sizeof(int8_t)};
    struct attention a = {
            .q = q + q_offset, .keys = (const char *) page + SIZES[kind] * keys_offset, .values = (const char *) page + SIZES[kind] * values_offset,
            .state = state + state_offset, .out = out + out_offset, .heads = heads, .head_size = head_size, .kind = (enum page_kind) kind,
            .slots = slots, .scale = scale};
    if (kind == PAGE_BYTES) {
        a.key_scales = scales + keys_offset / head_size;
        a.value_scales = scales + values_offset / head_size;
    }
    kernels->attend(&a);
}
