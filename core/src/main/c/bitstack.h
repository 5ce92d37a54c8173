/* Inner loops of the kernel provider "native". Pointers may be unaligned; no function allocates, blocks or keeps state. */
#ifndef BITSTACK_H
#define BITSTACK_H

#include <stddef.h>
#include <stdint.h>

#define BITSTACK_EXPORT __attribute__((visibility("default")))

/* Raised with every change of a signature: the Java side refuses another number. */
#define BITSTACK_ABI 7

enum { MAX_LEVEL = 8, WORD_COLUMNS = 64 };

/* What fills one register of a plane's bits: of 256 bits, of 512 bits. */
enum { BLOCK_WORDS = 4, BLOCK_COLUMNS = 256, WIDE_WORDS = 8, WIDE_COLUMNS = 512 };

/*
 * Activations are whole numbers of at most this, each times the unit of its 32 neighbours. What is left, in parts of the unit, follows
 * them: a level from PRECISE_LEVEL on adds less than rounding would take.
 */
#define QUANTUM_LIMIT 127

enum { PRECISE_LEVEL = 7, RESTS = 128 };
enum { TABLE_ENTRIES = 16, FINE_TABLES = 16, COARSE_STEP = 32, WIDE_ENTRIES = 256, HIGH_ENTRIES = 64 };

/* Up to this level values have one byte in wide tables; above it a high one too, worth so many steps each: as a power of two. */
enum { NARROW_LEVEL = 5, HIGH_SHIFT = 8, PRECISE_HIGH_SHIFT = 6 };

/*
 * A table of 2^level values as whole numbers, twice. For shuffles of sixteen bytes: value c is smallest + unit * (COARSE_STEP * coarse[u] +
 * fine[l][u]), where u is the upper four bits of the code c (all of them, if there are no more) and l the others; coarse is 0 where there
 * are no others. coarse is at most 31, fine at most 127: two products of activations and fine values, eight of activations and coarse
 * ones, fit 16 bits. For shuffles of 64 bytes: smallest + wide_unit * (2^shift * high[d % HIGH_ENTRIES] + low[d]), where d is
 * the code with its upper six bits moved down and what was below them above: the seventh plane's bit is bit 6, the eighth's bit 7. high
 * is 0 up to NARROW_LEVEL, shift is HIGH_SHIFT or, from PRECISE_LEVEL on, PRECISE_HIGH_SHIFT. Small tables are repeated, so that bits above
 * a code do no harm.
 */
struct quantised_table {
    float unit;
    float wide_unit;
    float smallest;
    uint8_t coarse[TABLE_ENTRIES];
    uint8_t fine[FINE_TABLES][TABLE_ENTRIES];
    uint8_t low[WIDE_ENTRIES];
    uint8_t high[HIGH_ENTRIES];
};

/* Planes of a matrix, most significant first, and the row scale: row i of a plane starts at word i * words. */
struct planes {
    int level;
    int columns;
    int words;
    const uint64_t *plane[MAX_LEVEL];
    const float *row_scale;
    /* The same values twice: one for planes(), one for decode(). */
    const struct quantised_table *table;
    const float *exact_table;
};

/*
 * C = A * B^T, each element summed over k in ascending order with fused multiply-adds, so that tiling never shows; continued: from the sums that stand in C
 * on.
 */
struct product {
    const float *a;
    const float *b;
    float *c;
    ptrdiff_t lda;
    ptrdiff_t ldb;
    ptrdiff_t ldc;
    int m;
    int n;
    int k;
    int continued;
};

/* Columns that a product takes at a time, and where each thread keeps what it has transposed of them: 786 KB, in the second cache. */
enum { DEPTH = 384, PANEL_FLOATS = 512 * DEPTH };
extern _Thread_local float bitstack_panels[PANEL_FLOATS] __attribute__((visibility("hidden"), aligned(64)));

/*
 * Row i of C += the sum of factor[p] * row index[p] of B for p in [first[i], end[i]): each element one chain of fused multiply-adds in
 * ascending p, onto what stands there.
 */
struct scaled_rows {
    const int32_t *first;
    const int32_t *end;
    const int32_t *index;
    const float *factor;
    const float *b;
    float *c;
    ptrdiff_t ldb;
    ptrdiff_t ldc;
    int rows;
    int columns;
};

/* Columns of a block whose codes are chosen one after the other, at most. */
enum { BLOCK_WIDTH = 32, MOST_ENTRIES = 256 };

/*
 * A block of columns of some rows of a matrix, and the codes of its weights. Codes lie by columns: that of row i and column j of the block at j * rows + i.
 * A code stands for table[code] * row_scale_i * column_scale_j. refines: a code is 2c or 2c + 1, the nearer of the two, where c is the code of the level
 * before, divided by middles[c]; else the nearest of an ascending table whose entries are divided by middles.
 */
struct coded_block {
    const float *table;
    const float *middles;
    int entries;
    int refines;
    uint8_t *codes;
    const float *row_scale;
    const float *inverse_row_scale;
    const float *column_scale;
    const float *target;
    ptrdiff_t target_stride;
    int rows;
    int width;
};

/*
 * Chooses the codes of a block, each so as to make up for the errors of those before it. The sums are near + far (rows of width and far_stride); near is
 * scratch afterwards. factor: the block of G on its diagonal. missed and errors: D and E, rows of stride. loss: of each row, to be added to.
 */
struct feedback {
    struct coded_block w;
    float *near;
    const float *far;
    ptrdiff_t far_stride;
    const float *factor;
    ptrdiff_t factor_stride;
    float *missed;
    float *errors;
    ptrdiff_t stride;
    double *loss;
};

/*
 * Chooses the codes of a block anew, each the best while all others stay. moments: of H', row of the group's first column, at the block's first column;
 * column: the block's first column in the group. slopes: of the block, rows of slope_stride, as they were before any code of the group changed. first, end,
 * columns and decreases: what has changed in the group, for each row, columns of the group; what changes is added.
 */
struct descent {
    struct coded_block w;
    const float *moments;
    ptrdiff_t moment_stride;
    int column;
    float ridge;
    float *slopes;
    ptrdiff_t slope_stride;
    double *loss;
    const int32_t *first;
    int32_t *end;
    int32_t *columns;
    float *decreases;
};

/* What a page's elements are: binary32, binary16, or whole numbers of one byte, each key and each value of which has a scale of its own. */
enum page_kind { PAGE_FLOATS, PAGE_HALVES, PAGE_BYTES };

/*
 * Some query heads that share the keys and values of a page: slots of head_size elements each; at most 64 slots, head_size a multiple of 16.
 * key_scales and value_scales: one for each slot, of pages of bytes alone. state: the largest score so far and the sum of the weights, for each
 * head; out: the weighted sum of values.
 */
struct attention {
    const float *q;
    const void *keys;
    const void *values;
    const float *key_scales;
    const float *value_scales;
    float *state;
    float *out;
    int heads;
    int head_size;
    enum page_kind kind;
    int slots;
    float scale;
};

/* What one instruction set offers. */
struct kernels {
    const char *name;
    /*
     * Quantises x_j * scale_j in the order in which planes() reads it. quanta: 64 for each word of columns, then the rests
     * alike; units: two for each word, and the sums of what all quanta stand for without and with the rests.
     */
    void (*prepare)(const float *x, const float *scale, int columns, int8_t *quanta, float *units);
    /* y_i = row_scale_i * sum_j table[c_ij] * x_j for rows [from, to). */
    void (*planes)(const struct planes *w, const int8_t *quanta, const float *units, float *y, int from, int to);
    /* Rows [from, to) as (table[c_ij] * column_scale_j) * row_scale_i, from out[0] on. */
    void (*decode)(const struct planes *w, const float *column_scale, float *out, int from, int to);
    void (*product)(const struct product *p);
    /* y_i += sum_q side_iq * u_q for rows [from, to): q ascending, fused multiply-adds onto y_i. */
    void (*side)(const float *side, int rank, const float *u, float *y, int from, int to);
    /* Orthonormal transform of each block of x; block is a power of two of at least 8. */
    void (*hadamard)(float *x, int length, int block);
    void (*attend)(const struct attention *a);
    void (*scaled_rows)(const struct scaled_rows *s);
    void (*feed_back)(const struct feedback *f);
    void (*descend)(const struct descent *d);
    /* Takes the code of each weight that is nearest to it; its code of the level before stands there, if it is refined. */
    void (*choose)(const struct coded_block *w);
    /* D to out, unless that is null, and its squares to what stands in squares, for each row, columns ascending. */
    void (*missed)(const struct coded_block *w, float *out, ptrdiff_t stride, double *squares);
};

extern const struct kernels bitstack_avx512;
extern const struct kernels bitstack_avx2;
extern const struct kernels bitstack_neon;

#endif
