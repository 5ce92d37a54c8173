/* Choosing the codes of a block of columns, AVX2. */
#ifdef __x86_64__
#include "avx2.h"

#define COLUMNS AVX2
#define COLUMNS_INLINE AVX2_INLINE
#define COLUMNS_NAME(NAME) bitstack_avx2_##NAME
#include "plain_columns.h"
#include "columns.h"
#endif
