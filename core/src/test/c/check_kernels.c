/*
 * Checks each instruction set of the native kernels that this processor has, on awkward sizes, against plain loops: for processors that the
 * Java tests do not run on. check_kernels.sh compiles it, for 64-bit ARM too, where it runs in an emulator.
 */
#include "bitstack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 11, MOST_COLUMNS = 1100, MOST_WORDS = 18 };

const struct kernels *bitstack_kernels(int32_t index);

static int failures;

static void expect(int good, const char *set, const char *what, int a, int b, double actual, double expected) {
    if (!good && failures++ < 20) {
        printf("%s: %s (%d, %d): %g instead of %g\n", set, what, a, b, actual, expected);
    }
}

static float gaussian(void) {
    float sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += (float) rand() / (float) RAND_MAX;
    }
    return sum - 6;
}

static int code_of(const struct planes *w, int row, int column) {
    int code = 0;
    for (int p = 0; p < w->level; p++) {
        code = 2 * code + (int) (w->plane[p][row * w->words + column / 64] >> (column % 64) & 1);
    }
    return code;
}

/* Where a wide table has the entry of a code: bitstack.h says so. */
static int place_of(int code, int level) {
    switch (level) {
        case 7:
            return (code >> 1) | (code & 1) << 6;
        case 8:
            return (code >> 2) | (code >> 1 & 1) << 6 | (code & 1) << 7;
        default:
            return code;
    }
}

/* Random bytes, and what they stand for. */
static void make_table(int level, struct quantised_table *t, float *exact) {
    int entries = 1 << level;
    t->wide_unit = 0.25f;
    t->smallest = -3;
    uint8_t low[256];
    uint8_t high[64];
    for (int i = 0; i < 256; i++) {
        low[i] = (uint8_t) rand();
        high[i % 64] = level > NARROW_LEVEL ? (uint8_t) rand() : 0;
    }
    for (int i = 0; i < 256; i++) {
        t->low[i] = low[i % entries];
        t->high[i % 64] = high[i % 64];
    }
    int shift = level >= PRECISE_LEVEL ? PRECISE_HIGH_SHIFT : HIGH_SHIFT;
    for (int c = 0; c < entries; c++) {
        int place = place_of(c, level);
        exact[c] = t->smallest + t->wide_unit * (float) ((high[place % 64] << shift) + low[place]);
    }
}

static void check_planes(const struct kernels *k, int level, int columns) {
    static uint64_t words[MAX_LEVEL][ROWS * MOST_WORDS];
    static int8_t quanta[2 * 64 * MOST_WORDS];
    static struct quantised_table table;
    float exact[256];
    float row_scale[ROWS];
    float x[MOST_COLUMNS];
    float scale[MOST_COLUMNS];
    float units[2 * MOST_WORDS + 2];
    float y[ROWS] = {0};
    make_table(level, &table, exact);
    struct planes w = {.level = level, .columns = columns, .words = (columns + 63) / 64, .row_scale = row_scale, .table = &table,
                       .exact_table = exact};
    for (int p = 0; p < level; p++) {
        for (int i = 0; i < ROWS * w.words; i++) {
            words[p][i] = (uint64_t) rand() << 42 ^ (uint64_t) rand() << 21 ^ (uint64_t) rand();
        }
        w.plane[p] = words[p];
    }
    for (int i = 0; i < ROWS; i++) {
        row_scale[i] = 1 + 0.5f * (float) (i % 3);
    }
    /* Whole numbers whose largest is 127 in each 32: quantising them changes nothing. */
    for (int j = 0; j < columns; j++) {
        x[j] = j % 32 == 0 ? 127 : (float) (rand() % 255 - 127);
        scale[j] = 1;
    }
    k->prepare(x, scale, columns, quanta, units);
    k->planes(&w, quanta, units, y, 1, ROWS - 1);
    expect(y[0] == 0 && y[ROWS - 1] == 0, k->name, "rows not asked for", level, columns, y[0], 0);
    for (int i = 1; i < ROWS - 1; i++) {
        double expected = 0;
        double size = 0;
        for (int j = 0; j < columns; j++) {
            double term = (double) exact[code_of(&w, i, j)] * x[j];
            expected += term;
            size += fabs(term);
        }
        expected *= row_scale[i];
        expect(fabs(y[i] - expected) <= 1e-5 * size + 1e-3, k->name, "planes", level, columns, y[i], expected);
    }
    static float dense[ROWS * MOST_COLUMNS];
    k->decode(&w, x, dense, 2, ROWS);
    for (int i = 2; i < ROWS; i++) {
        for (int j = 0; j < columns; j++) {
            float expected = exact[code_of(&w, i, j)] * x[j] * row_scale[i];
            float actual = dense[(i - 2) * columns + j];
            expect(actual == expected, k->name, "decode", level, columns, actual, expected);
        }
    }
    x[columns / 2] = NAN;
    k->prepare(x, scale, columns, quanta, units);
    k->planes(&w, quanta, units, y, 0, 1);
    expect(isnan(y[0]), k->name, "planes of NaN", level, columns, y[0], NAN);
}

static void check_product(const struct kernels *k, int m, int n, int depth, int ldc) {
    float *a = malloc(sizeof(float) * (size_t) (m * depth));
    float *b = malloc(sizeof(float) * (size_t) (n * depth));
    float *c = malloc(sizeof(float) * (size_t) (m * ldc));
    for (int i = 0; i < m * depth; i++) {
        a[i] = gaussian();
    }
    for (int i = 0; i < n * depth; i++) {
        b[i] = gaussian();
    }
    /* In two parts, which must not show. */
    struct product p = {a, b, c, depth, depth, ldc, m, n, depth / 3, 0};
    k->product(&p);
    p = (struct product) {a + depth / 3, b + depth / 3, c, depth, depth, ldc, m, n, depth - depth / 3, 1};
    k->product(&p);
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
            float chain = 0;
            for (int d = 0; d < depth; d++) {
                chain = fmaf(a[i * depth + d], b[j * depth + d], chain);
            }
            expect(c[i * ldc + j] == chain, k->name, "product", m, n, c[i * ldc + j], chain);
        }
    }
    free(a);
    free(b);
    free(c);
}

static void check_scaled_rows(const struct kernels *k, int rows, int columns) {
    enum { TERMS = 9, B_ROWS = 7 };
    int32_t *first = malloc(sizeof(int32_t) * (size_t) rows);
    int32_t *end = malloc(sizeof(int32_t) * (size_t) rows);
    int32_t *index = malloc(sizeof(int32_t) * (size_t) (rows * TERMS));
    float *factor = malloc(sizeof(float) * (size_t) (rows * TERMS));
    float *b = malloc(sizeof(float) * (size_t) (B_ROWS * (columns + 3)));
    float *c = malloc(sizeof(float) * (size_t) (rows * (columns + 1)));
    float *before = malloc(sizeof(float) * (size_t) (rows * (columns + 1)));
    for (int i = 0; i < rows * TERMS; i++) {
        index[i] = rand() % B_ROWS;
        factor[i] = gaussian();
    }
    for (int i = 0; i < rows; i++) {
        first[i] = i * TERMS;
        end[i] = i * TERMS + i % (TERMS + 1);
    }
    for (int i = 0; i < B_ROWS * (columns + 3); i++) {
        b[i] = gaussian();
    }
    for (int i = 0; i < rows * (columns + 1); i++) {
        c[i] = before[i] = gaussian();
    }
    struct scaled_rows s = {first, end, index, factor, b, c, columns + 3, columns + 1, rows, columns};
    k->scaled_rows(&s);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j <= columns; j++) {
            float chain = before[i * (columns + 1) + j];
            for (int p = first[i]; p < end[i] && j < columns; p++) {
                chain = fmaf(factor[p], b[index[p] * (columns + 3) + j], chain);
            }
            expect(c[i * (columns + 1) + j] == chain, k->name, "scaled rows", i, j, c[i * (columns + 1) + j], chain);
        }
    }
    free(first);
    free(end);
    free(index);
    free(factor);
    free(b);
    free(c);
    free(before);
}

/* binary16 of a number that it holds exactly, which is zero or normal. */
static uint16_t half_of(float x) {
    int exponent;
    const float mantissa = frexpf(fabsf(x), &exponent);
    const int bits = x == 0 ? 0 : (exponent + 14) << 10 | ((int) (mantissa * 2048) & 1023);
    return (uint16_t) (bits | (signbit(x) ? 0x8000 : 0));
}

enum { HEAD_SLOTS = 64, HEAD_SIZE = 128 };

/* A page in each form that pages have, and what its elements stand for. */
struct page {
    float floats[HEAD_SLOTS * HEAD_SIZE];
    uint16_t halves[HEAD_SLOTS * HEAD_SIZE];
    int8_t bytes[HEAD_SLOTS * HEAD_SIZE];
    float scales[HEAD_SLOTS];
};

static void fill(struct page *page, int head_size, int slots) {
    for (int i = 0; i < slots * head_size; i++) {
        page->floats[i] = rintf(gaussian() * 128) / 128;
        page->halves[i] = half_of(page->floats[i]);
        page->bytes[i] = (int8_t) (rand() % 255 - 127);
    }
    for (int i = 0; i < slots; i++) {
        page->scales[i] = (float) (1 + rand() % 100) / 4000;
    }
}

static double element_of(const struct page *page, enum page_kind kind, int slot, int head_size, int e) {
    const int at = slot * head_size + e;
    return kind == PAGE_BYTES ? (double) page->bytes[at] * page->scales[slot] : page->floats[at];
}

static const void *elements_of(const struct page *page, enum page_kind kind) {
    return kind == PAGE_BYTES ? (const void *) page->bytes : kind == PAGE_HALVES ? (const void *) page->halves : page->floats;
}

static void check_attention_kind(const struct kernels *k, int head_size, int slots, enum page_kind kind) {
    static struct page keys;
    static struct page values;
    float q[2 * HEAD_SIZE];
    float state[4] = {-INFINITY, 0, -INFINITY, 0};
    float out[2 * HEAD_SIZE] = {0};
    for (int i = 0; i < 2 * head_size; i++) {
        q[i] = gaussian();
    }
    fill(&keys, head_size, slots);
    fill(&values, head_size, slots);
    struct attention a = {
            .q = q, .keys = elements_of(&keys, kind), .values = elements_of(&values, kind), .state = state, .out = out, .heads = 2,
            .head_size = head_size, .kind = kind, .slots = slots, .scale = 0.3f};
    if (kind == PAGE_BYTES) {
        a.key_scales = keys.scales;
        a.value_scales = values.scales;
    }
    k->attend(&a);
    for (int h = 0; h < 2; h++) {
        double weight[HEAD_SLOTS];
        double sum = 0;
        for (int i = 0; i < slots; i++) {
            double score = 0;
            for (int e = 0; e < head_size; e++) {
                score += q[h * head_size + e] * element_of(&keys, kind, i, head_size, e);
            }
            weight[i] = exp(0.3 * score);
            sum += weight[i];
        }
        for (int e = 0; e < head_size; e++) {
            double expected = 0;
            for (int i = 0; i < slots; i++) {
                expected += weight[i] / sum * element_of(&values, kind, i, head_size, e);
            }
            double actual = out[h * head_size + e] / state[2 * h + 1];
            expect(fabs(actual - expected) < 1e-4, k->name, "attention", head_size, slots, actual, expected);
        }
    }
}

static void check_attention(const struct kernels *k, int head_size, int slots) {
    check_attention_kind(k, head_size, slots, PAGE_FLOATS);
    check_attention_kind(k, head_size, slots, PAGE_HALVES);
    check_attention_kind(k, head_size, slots, PAGE_BYTES);
}

static void check_small(const struct kernels *k, int rank, int block) {
    enum { COUNT = 53 };
    float side[COUNT * 16];
    float u[16];
    float y[COUNT];
    float before[COUNT];
    for (int i = 0; i < COUNT; i++) {
        y[i] = before[i] = gaussian();
        for (int q = 0; q < rank; q++) {
            side[i * rank + q] = gaussian();
            u[q] = gaussian();
        }
    }
    k->side(side, rank, u, y, 1, COUNT - 1);
    for (int i = 0; i < COUNT; i++) {
        float chain = before[i];
        for (int q = 0; q < rank && i > 0 && i < COUNT - 1; q++) {
            chain = fmaf(side[i * rank + q], u[q], chain);
        }
        expect(y[i] == chain, k->name, "side", rank, i, y[i], chain);
    }
    float x[512];
    float twice[512];
    for (int i = 0; i < 2 * block; i++) {
        x[i] = twice[i] = gaussian();
    }
    k->hadamard(twice, 2 * block, block);
    double first = 0;
    for (int i = 0; i < block; i++) {
        first += x[i] / sqrt(block);
    }
    expect(fabs(twice[0] - first) < 1e-4, k->name, "hadamard", block, 0, twice[0], first);
    k->hadamard(twice, 2 * block, block);
    for (int i = 0; i < 2 * block; i++) {
        expect(fabs(twice[i] - x[i]) < 1e-4, k->name, "hadamard twice", block, i, twice[i], x[i]);
    }
}

/* One weight after the other. */
static int plain_code(const struct coded_block *w, float wanted, int i, int j, int cell) {
    const float z = wanted * w->inverse_row_scale[i] * (1 / w->column_scale[j]);
    if (w->refines) {
        return 2 * cell + (z > w->middles[cell]);
    }
    int code = 0;
    for (int m = 0; m < w->entries - 1; m++) {
        code += z > w->middles[m];
    }
    return code;
}

static float plain_value(const struct coded_block *w, int code, int i, int j) {
    return w->table[code] * w->row_scale[i] * w->column_scale[j];
}

/* Feedback, then descent, of a block that is alone in its group. */
static void check_columns(const struct kernels *k, int rows, int width, int level, int refines) {
    enum { MOST_ROWS = 70, STRIDE = BLOCK_WIDTH + 3 };
    static float target[MOST_ROWS * STRIDE], near[MOST_ROWS * BLOCK_WIDTH], sums[MOST_ROWS * BLOCK_WIDTH], far[MOST_ROWS * STRIDE];
    static float errors[2][MOST_ROWS * STRIDE], missed[2][MOST_ROWS * STRIDE], factor[BLOCK_WIDTH * STRIDE], moments[BLOCK_WIDTH * STRIDE];
    static uint8_t codes[2][MOST_ROWS * BLOCK_WIDTH];
    static double loss[2][MOST_ROWS], squares[MOST_ROWS];
    static int32_t first[MOST_ROWS], end[MOST_ROWS], columns[MOST_ROWS * BLOCK_WIDTH];
    static float decreases[MOST_ROWS * BLOCK_WIDTH], table[MOST_ENTRIES], middles[MOST_ENTRIES], row_scale[MOST_ROWS], inverse[MOST_ROWS],
            column_scale[BLOCK_WIDTH];
    const int entries = 1 << level;
    for (int c = 0; c < entries; c++) {
        table[c] = (float) (c - entries / 2) * 0.5f + 0.1f * gaussian();
    }
    for (int c = 0; c < entries; c++) {
        middles[c] = refines ? (table[2 * c % entries] + table[(2 * c + 1) % entries]) / 2 : (table[c] + table[(c + 1) % entries]) / 2;
    }
    for (int i = 0; i < MOST_ROWS; i++) {
        row_scale[i] = 1 + 0.1f * (float) (i % 5);
        inverse[i] = 1 / row_scale[i];
        loss[0][i] = loss[1][i] = squares[i] = 0;
        first[i] = end[i] = i * BLOCK_WIDTH;
    }
    for (int i = 0; i < MOST_ROWS * STRIDE; i++) {
        target[i] = (float) entries / 4 * gaussian();
        far[i] = gaussian();
        errors[0][i] = errors[1][i] = missed[0][i] = missed[1][i] = 0;
    }
    for (int i = 0; i < MOST_ROWS * BLOCK_WIDTH; i++) {
        sums[i] = near[i] = gaussian();
        codes[0][i] = codes[1][i] = (uint8_t) (rand() % (refines ? entries / 2 : entries));
    }
    for (int j = 0; j < BLOCK_WIDTH; j++) {
        column_scale[j] = 1 + 0.1f * (float) (j % 7);
        for (int q = 0; q < STRIDE; q++) {
            factor[j * STRIDE + q] = j == q ? 1.5f : 0.3f * gaussian();
            moments[j * STRIDE + q] = j == q ? 2 : 0.3f * gaussian();
        }
    }
    const struct coded_block w = {table, middles, entries, refines, codes[0], row_scale, inverse, column_scale, target, STRIDE, rows, width};
    struct feedback f = {w, near, far, STRIDE, factor, STRIDE, missed[0], errors[0], STRIDE, loss[0]};
    k->feed_back(&f);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < width; j++) {
            float sum = sums[i * width + j] + far[i * STRIDE + j];
            const float *g = factor + j * STRIDE;
            const float *m = missed[1] + i * STRIDE;
            int q = 0;
            for (; q + 4 <= j; q += 4) {
                sum += g[q] * m[q] + g[q + 1] * m[q + 1] + g[q + 2] * m[q + 2] + g[q + 3] * m[q + 3];
            }
            for (; q < j; q++) {
                sum += g[q] * m[q];
            }
            const float wanted = target[i * STRIDE + j] + sum * (1 / g[j]);
            const int code = plain_code(&w, wanted, i, j, codes[1][j * rows + i]);
            const float error = (wanted - plain_value(&w, code, i, j)) * g[j];
            codes[1][j * rows + i] = (uint8_t) code;
            missed[1][i * STRIDE + j] = target[i * STRIDE + j] - plain_value(&w, code, i, j);
            errors[1][i * STRIDE + j] = error;
            loss[1][i] += (double) error * error;
        }
    }
    expect(!memcmp(codes[0], codes[1], sizeof *codes), k->name, "codes of feedback", rows, width, 0, 0);
    expect(!memcmp(missed[0], missed[1], sizeof *missed), k->name, "missed of feedback", rows, width, 0, 0);
    expect(!memcmp(errors[0], errors[1], sizeof *errors), k->name, "errors of feedback", rows, width, 0, 0);
    expect(!memcmp(loss[0], loss[1], sizeof *loss), k->name, "loss of feedback", rows, width, 0, 0);
    struct descent d = {w, moments, STRIDE, 0, 0.5f, errors[0], STRIDE, loss[0], first, end, columns, decreases};
    k->descend(&d);
    for (int i = 0; i < rows; i++) {
        float slope[BLOCK_WIDTH];
        int changes = 0;
        memcpy(slope, errors[1] + i * STRIDE, sizeof(float) * (size_t) width);
        for (int j = 0; j < width; j++) {
            const float curvature = moments[j * STRIDE + j] + 0.5f;
            uint8_t *at = codes[1] + j * rows + i;
            const float value = plain_value(&w, *at, i, j);
            const int code = plain_code(&w, value + 1 / curvature * slope[j], i, j, *at >> 1);
            if (code == *at) {
                continue;
            }
            const float change = plain_value(&w, code, i, j) - value;
            *at = (uint8_t) code;
            loss[1][i] += change * ((double) change * curvature - 2.0 * slope[j]);
            errors[1][i * STRIDE + j] -= 0.5f * change;
            expect(columns[first[i] + changes] == j, k->name, "column that changed", i, j, columns[first[i] + changes], j);
            expect(decreases[first[i] + changes] == -change, k->name, "change", i, j, decreases[first[i] + changes], -change);
            changes++;
            for (int q = j + 1; q < width; q++) {
                slope[q] -= change * moments[j * STRIDE + q];
            }
        }
        expect(end[i] - first[i] == changes, k->name, "number of changes", i, width, end[i] - first[i], changes);
    }
    expect(!memcmp(codes[0], codes[1], sizeof *codes), k->name, "codes of descent", rows, width, 0, 0);
    expect(!memcmp(errors[0], errors[1], sizeof *errors), k->name, "slopes of descent", rows, width, 0, 0);
    expect(!memcmp(loss[0], loss[1], sizeof *loss), k->name, "loss of descent", rows, width, 0, 0);
    k->missed(&w, missed[0], STRIDE, squares);
    for (int i = 0; i < rows; i++) {
        double sum = 0;
        for (int j = 0; j < width; j++) {
            const float missing = target[i * STRIDE + j] - plain_value(&w, codes[1][j * rows + i], i, j);
            expect(missed[0][i * STRIDE + j] == missing, k->name, "missed", i, j, missed[0][i * STRIDE + j], missing);
            sum += (double) missing * missing;
        }
        expect(squares[i] == sum, k->name, "squares", i, width, squares[i], sum);
    }
}

int main(void) {
    static const int columns[] = {1, 13, 63, 64, 65, 127, 128, 207, 256, 512, 576, MOST_COLUMNS};
    static const int sizes[] = {1, 5, 13, 16, 33, 65};
    const struct kernels *k;
    int sets = 0;
    for (; (k = bitstack_kernels(sets)) != NULL; sets++) {
        for (int level = 1; level <= MAX_LEVEL; level++) {
            /* AVX2 reads the other form of tables: the Java tests make that. */
            for (size_t i = 0; i < sizeof columns / sizeof *columns && strcmp(k->name, "avx2"); i++) {
                check_planes(k, level, columns[i]);
            }
        }
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            check_product(k, sizes[i], sizes[i] + 2, 2 * sizes[i] + 1, sizes[i] + 3);
            check_product(k, 7, sizes[i], 400, sizes[i] + 1);
            check_product(k, sizes[i], 512 + sizes[i] / 2, 600, 512 + sizes[i]);
            check_scaled_rows(k, 21, sizes[i]);
            check_scaled_rows(k, 3, 128 + sizes[i]);
            check_small(k, (int) (3 * i), 8 << i);
            check_columns(k, sizes[i], BLOCK_WIDTH, 3, 1);
            check_columns(k, sizes[i], 13, 2 + (int) i % 3, 0);
            check_columns(k, 70, 1 + (int) (5 * i), 3 + (int) i, 1);
        }
        check_product(k, 131, 520, 1200, 8009);
        for (int head_size = 16; head_size <= 128; head_size += 16) {
            check_attention(k, head_size, 64);
            check_attention(k, head_size, 13);
            check_attention(k, head_size, 1);
        }
        printf("checked %s\n", k->name);
    }
    if (sets == 0) {
        printf("this processor has none of the instruction sets\n");
    }
    printf("%d failures\n", failures);
    return failures > 0;
}
