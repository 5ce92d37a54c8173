/*
 * Choosing the codes of a block of columns, for whichever instruction set includes this: 32 rows at a time, a strip, whose numbers lie by columns while their
 * codes are chosen one column after the other. All loops over the rows of a strip are element by element, without fused multiply-adds but where it says so:
 * the same bits from any compiler and on any processor, and from ColumnLoops.java.
 *
 * The file that includes this defines COLUMNS (attributes of a function), COLUMNS_INLINE, COLUMNS_NAME(name), and:
 *   columns_in(from, stride, rows, width, to): rows of a block, by columns; 0 for rows that are not there
 *   columns_out(from, rows, width, to, stride): the other way
 *   look_up(table, entries, index, out): out_l = table[index_l] for the rows of a strip; tables have MOST_ENTRIES floats
 *   differing(a, b): a bit for each row of a strip, set where two codes differ
 */
#include <string.h>

/* Of one call: tables with room for any code. */
struct choice {
    float table[MOST_ENTRIES];
    float middles[MOST_ENTRIES];
    int entries;
    int refines;
};

/* Of one strip. */
struct scales {
    float row[STRIP];
    float inverse[STRIP];
};

COLUMNS_INLINE void start(const struct coded_block *w, struct choice *c) {
    memset(c->table, 0, sizeof c->table);
    memset(c->middles, 0, sizeof c->middles);
    c->entries = w->entries;
    c->refines = w->refines;
    memcpy(c->table, w->table, sizeof(float) * (size_t) w->entries);
    memcpy(c->middles, w->middles, sizeof(float) * (size_t) (w->refines ? w->entries / 2 : w->entries - 1));
}

COLUMNS_INLINE void load_scales(const struct coded_block *w, int first, const int rows, struct scales *s) {
    for (int l = 0; l < STRIP; l++) {
        s->row[l] = l < rows ? w->row_scale[first + l] : 0;
        s->inverse[l] = l < rows ? w->inverse_row_scale[first + l] : 0;
    }
}

COLUMNS_INLINE void load_codes(const uint8_t *from, const int rows, int32_t *code) {
    for (int l = 0; l < STRIP; l++) {
        code[l] = l < rows ? from[l] : 0;
    }
}

COLUMNS_INLINE void store_codes(const int32_t *code, const int rows, uint8_t *to) {
    for (int l = 0; l < rows; l++) {
        to[l] = (uint8_t) code[l];
    }
}

/* The codes for values over their magnitudes; cell: those of the level before. */
COLUMNS_INLINE void choose(const struct choice *c, const float *z, const int32_t *cell, int32_t *code) {
    if (c->refines) {
        float middle[STRIP];
        look_up(c->middles, c->entries / 2, cell, middle);
        for (int l = 0; l < STRIP; l++) {
            code[l] = (2 * cell[l] + (z[l] > middle[l])) & (MOST_ENTRIES - 1);
        }
    } else {
        for (int l = 0; l < STRIP; l++) {
            code[l] = 0;
        }
        for (int m = 0; m < c->entries - 1; m++) {
            const float middle = c->middles[m];
            for (int l = 0; l < STRIP; l++) {
                code[l] += z[l] > middle;
            }
        }
    }
}

COLUMNS_INLINE void values_of(const struct choice *c, const int32_t *code, const struct scales *s, float column_scale, float *value) {
    look_up(c->table, c->entries, code, value);
    for (int l = 0; l < STRIP; l++) {
        value[l] = value[l] * s->row[l] * column_scale;
    }
}

/* sum_l += the sum of factor[k] * missed[k][l] over k < column: four at a time. */
COLUMNS_INLINE void add_missed(float *sum, const float *factor, const float missed[][STRIP], int column) {
    int k = 0;
    for (; k + 4 <= column; k += 4) {
        const float f0 = factor[k];
        const float f1 = factor[k + 1];
        const float f2 = factor[k + 2];
        const float f3 = factor[k + 3];
        for (int l = 0; l < STRIP; l++) {
            sum[l] += f0 * missed[k][l] + f1 * missed[k + 1][l] + f2 * missed[k + 2][l] + f3 * missed[k + 3][l];
        }
    }
    for (; k < column; k++) {
        for (int l = 0; l < STRIP; l++) {
            sum[l] += factor[k] * missed[k][l];
        }
    }
}

/*
 * Asks for rows of the next strip, the share of one column, while the codes of that column are chosen: rows lie so far apart that no hardware sees what comes
 * next, and asked for all at once they would hold up the processor until most of them are there. The last float may lie in a line of its own.
 */
COLUMNS_INLINE void fetch_share(const float *rows_at, ptrdiff_t stride, int next, int rows, int column, int width) {
    const int end = rows - next < STRIP ? rows : next + STRIP;
    for (int i = next + column; i < end; i += width) {
        const float *row = rows_at + i * stride;
        for (int j = 0; j < width; j += 16) {
            __builtin_prefetch(row + j, 0, 2);
        }
        __builtin_prefetch(row + width - 1, 0, 2);
    }
}

COLUMNS_INLINE void fetch_targets(const struct coded_block *w, int first, int column) {
    fetch_share(w->target, w->target_stride, first + STRIP, w->rows, column, w->width);
}

COLUMNS_INLINE void feed_back_strip(const struct feedback *f, const struct choice *c, int first, const int rows) {
    const struct coded_block *w = &f->w;
    float target[BLOCK_WIDTH][STRIP];
    float sum[BLOCK_WIDTH][STRIP];
    float missed[BLOCK_WIDTH][STRIP];
    struct scales s;
    double loss[STRIP];
    load_scales(w, first, rows, &s);
    for (int l = 0; l < STRIP; l++) {
        loss[l] = l < rows ? f->loss[first + l] : 0;
    }
    for (int l = 0; l < rows; l++) {
        float *near = f->near + (ptrdiff_t) (first + l) * w->width;
        const float *far = f->far + (ptrdiff_t) (first + l) * f->far_stride;
        for (int j = 0; j < w->width; j++) {
            near[j] += far[j];
        }
    }
    columns_in(w->target + (ptrdiff_t) first * w->target_stride, w->target_stride, rows, w->width, target);
    columns_in(f->near + (ptrdiff_t) first * w->width, w->width, rows, w->width, sum);
    for (int j = 0; j < w->width; j++) {
        const float *factor = f->factor + j * f->factor_stride;
        const float diagonal = factor[j];
        const float inverse = 1 / diagonal;
        const float column_scale = w->column_scale[j];
        const float inverse_column_scale = 1 / column_scale;
        uint8_t *codes = w->codes + (ptrdiff_t) j * w->rows + first;
        float wanted[STRIP];
        float z[STRIP];
        float value[STRIP];
        int32_t cell[STRIP];
        int32_t code[STRIP];
        fetch_targets(w, first, j);
        fetch_share(f->errors, f->stride, first + STRIP, w->rows, j, w->width);
        fetch_share(f->missed, f->stride, first + STRIP, w->rows, j, w->width);
        fetch_share(f->far, f->far_stride, first + STRIP, w->rows, j, w->width);
        load_codes(codes, rows, cell);
        add_missed(sum[j], factor, missed, j);
        for (int l = 0; l < STRIP; l++) {
            wanted[l] = target[j][l] + sum[j][l] * inverse;
            z[l] = wanted[l] * s.inverse[l] * inverse_column_scale;
        }
        choose(c, z, cell, code);
        store_codes(code, rows, codes);
        values_of(c, code, &s, column_scale, value);
        for (int l = 0; l < STRIP; l++) {
            missed[j][l] = target[j][l] - value[l];
            target[j][l] = (wanted[l] - value[l]) * diagonal;
            loss[l] += (double) target[j][l] * target[j][l];
        }
    }
    columns_out(target, rows, w->width, f->errors + (ptrdiff_t) first * f->stride, f->stride);
    columns_out(missed, rows, w->width, f->missed + (ptrdiff_t) first * f->stride, f->stride);
    for (int l = 0; l < rows; l++) {
        f->loss[first + l] = loss[l];
    }
}

COLUMNS void COLUMNS_NAME(feed_back)(const struct feedback *f) {
    struct choice c;
    start(&f->w, &c);
    int first = 0;
    for (; first + STRIP <= f->w.rows; first += STRIP) {
        feed_back_strip(f, &c, first, STRIP);
    }
    if (first < f->w.rows) {
        feed_back_strip(f, &c, first, f->w.rows - first);
    }
}

/* Slopes of a row, with what has changed in the group: fused multiply-adds, in the order of the changes. */
COLUMNS_INLINE void slopes_of_row(const struct descent *d, int row, const int width, float *slope) {
    const float *before = d->slopes + row * d->slope_stride;
    for (int j = 0; j < width; j++) {
        slope[j] = before[j];
    }
    for (int p = d->first[row]; p < d->end[row]; p++) {
        const float *moments = d->moments + d->columns[p] * d->moment_stride;
        const float factor = d->decreases[p];
        for (int j = 0; j < width; j++) {
            slope[j] = __builtin_fmaf(factor, moments[j], slope[j]);
        }
    }
}

COLUMNS_INLINE void descend_strip(const struct descent *d, const struct choice *c, int first, const int rows) {
    const struct coded_block *w = &d->w;
    float by_rows[STRIP][BLOCK_WIDTH];
    float slope[BLOCK_WIDTH][STRIP];
    struct scales s;
    load_scales(w, first, rows, &s);
    for (int l = 0; l < rows; l++) {
        if (w->width == BLOCK_WIDTH) {
            slopes_of_row(d, first + l, BLOCK_WIDTH, by_rows[l]);
        } else {
            slopes_of_row(d, first + l, w->width, by_rows[l]);
        }
    }
    columns_in(by_rows[0], BLOCK_WIDTH, rows, w->width, slope);
    for (int j = 0; j < w->width; j++) {
        const float *moments = d->moments + (d->column + j) * d->moment_stride;
        const float curvature = moments[j] + d->ridge;
        const float step = 1 / curvature;
        const float column_scale = w->column_scale[j];
        const float inverse_column_scale = 1 / column_scale;
        uint8_t *codes = w->codes + (ptrdiff_t) j * w->rows + first;
        float z[STRIP];
        float value[STRIP];
        int32_t old[STRIP];
        int32_t cell[STRIP];
        int32_t code[STRIP];
        fetch_share(d->slopes, d->slope_stride, first + STRIP, w->rows, j, w->width);
        load_codes(codes, rows, old);
        values_of(c, old, &s, column_scale, value);
        for (int l = 0; l < STRIP; l++) {
            cell[l] = old[l] >> 1;
            z[l] = (value[l] + step * slope[j][l]) * s.inverse[l] * inverse_column_scale;
        }
        choose(c, z, cell, code);
        uint32_t changed = differing(code, old);
        if (rows < STRIP) {
            changed &= ((uint32_t) 1 << rows) - 1;
        }
        if (changed == 0) {
            continue;
        }
        float change[STRIP];
        values_of(c, code, &s, column_scale, change);
        for (int l = 0; l < STRIP; l++) {
            change[l] -= value[l];
        }
        store_codes(code, rows, codes);
        for (int later = j + 1; later < w->width; later++) {
            const float moment = moments[later];
            for (int l = 0; l < STRIP; l++) {
                slope[later][l] -= change[l] * moment;
            }
        }
        for (; changed != 0; changed &= changed - 1) {
            const int l = __builtin_ctz(changed);
            const int row = first + l;
            /* A parabola. */
            d->loss[row] += change[l] * ((double) change[l] * curvature - 2.0 * slope[j][l]);
            d->slopes[row * d->slope_stride + j] -= d->ridge * change[l];
            const int32_t at = d->end[row]++;
            d->columns[at] = d->column + j;
            d->decreases[at] = -change[l];
        }
    }
}

COLUMNS void COLUMNS_NAME(descend)(const struct descent *d) {
    struct choice c;
    start(&d->w, &c);
    int first = 0;
    for (; first + STRIP <= d->w.rows; first += STRIP) {
        descend_strip(d, &c, first, STRIP);
    }
    if (first < d->w.rows) {
        descend_strip(d, &c, first, d->w.rows - first);
    }
}

COLUMNS_INLINE void choose_strip(const struct coded_block *w, const struct choice *c, int first, const int rows) {
    float target[BLOCK_WIDTH][STRIP];
    struct scales s;
    load_scales(w, first, rows, &s);
    columns_in(w->target + (ptrdiff_t) first * w->target_stride, w->target_stride, rows, w->width, target);
    for (int j = 0; j < w->width; j++) {
        const float inverse_column_scale = 1 / w->column_scale[j];
        uint8_t *codes = w->codes + (ptrdiff_t) j * w->rows + first;
        int32_t cell[STRIP];
        int32_t code[STRIP];
        float z[STRIP];
        fetch_targets(w, first, j);
        load_codes(codes, rows, cell);
        for (int l = 0; l < STRIP; l++) {
            z[l] = target[j][l] * s.inverse[l] * inverse_column_scale;
        }
        choose(c, z, cell, code);
        store_codes(code, rows, codes);
    }
}

COLUMNS void COLUMNS_NAME(choose)(const struct coded_block *w) {
    struct choice c;
    start(w, &c);
    int first = 0;
    for (; first + STRIP <= w->rows; first += STRIP) {
        choose_strip(w, &c, first, STRIP);
    }
    if (first < w->rows) {
        choose_strip(w, &c, first, w->rows - first);
    }
}

COLUMNS_INLINE void missed_strip(
        const struct coded_block *w, const struct choice *c, float *out, ptrdiff_t stride, double *squares, int first, const int rows) {
    float missed[BLOCK_WIDTH][STRIP];
    struct scales s;
    double sum[STRIP];
    load_scales(w, first, rows, &s);
    for (int l = 0; l < STRIP; l++) {
        sum[l] = l < rows ? squares[first + l] : 0;
    }
    columns_in(w->target + (ptrdiff_t) first * w->target_stride, w->target_stride, rows, w->width, missed);
    for (int j = 0; j < w->width; j++) {
        int32_t code[STRIP];
        float value[STRIP];
        fetch_targets(w, first, j);
        if (out != NULL) {
            fetch_share(out, stride, first + STRIP, w->rows, j, w->width);
        }
        load_codes(w->codes + (ptrdiff_t) j * w->rows + first, rows, code);
        values_of(c, code, &s, w->column_scale[j], value);
        for (int l = 0; l < STRIP; l++) {
            missed[j][l] -= value[l];
            sum[l] += (double) missed[j][l] * missed[j][l];
        }
    }
    if (out != NULL) {
        columns_out(missed, rows, w->width, out + (ptrdiff_t) first * stride, stride);
    }
    for (int l = 0; l < rows; l++) {
        squares[first + l] = sum[l];
    }
}

COLUMNS void COLUMNS_NAME(missed)(const struct coded_block *w, float *out, ptrdiff_t stride, double *squares) {
    struct choice c;
    start(w, &c);
    int first = 0;
    for (; first + STRIP <= w->rows; first += STRIP) {
        missed_strip(w, &c, out, stride, squares, first, STRIP);
    }
    if (first < w->rows) {
        missed_strip(w, &c, out, stride, squares, first, w->rows - first);
    }
}
