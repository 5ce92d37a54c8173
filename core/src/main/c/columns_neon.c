/* Choosing the codes of a block of columns, NEON. */
#ifdef __aarch64__
#include "neon.h"

#define COLUMNS NEON
#define COLUMNS_INLINE NEON_INLINE
#define COLUMNS_NAME(NAME) bitstack_neon_##NAME
#include "plain_columns.h"
#include "columns.h"
#endif
